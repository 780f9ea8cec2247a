package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.SecretKeys;
import io.zrepl.config.yaml.SourceText;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.config.yaml.YamlReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The JSON Schema, as an editor applies it that reads YAML 1.2 and knows merge keys. */
class SchemaTest {
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
          .getSchema(ConfigurationSchema.jsonSchema());

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** What the schema can see, in the words of the program. */
  private static final Pattern OBVIOUS =
      Pattern.compile("unknown key|has no such key|but missing here|; allowed: ");

  static Stream<LanguageCase> cases() {
    return Stream.of(
            LanguageCasesTest.fileLevelAndNames(),
            LanguageCasesTest.filtersAndPaths(),
            LanguageCasesTest.intervalsNamesTimestamps(),
            LanguageCasesTest.cronExpressions(),
            LanguageCasesTest.hooks(),
            LanguageCasesTest.pruning(),
            LanguageCasesTest.sendReceiveReplication(),
            LanguageCasesTest.bandwidthAndProperties(),
            LanguageCasesTest.connecting(),
            LanguageCasesTest.serving(),
            LanguageCasesTest.globalSection())
        .flatMap(all -> all);
  }

  static Stream<LanguageCase> accepted() {
    return cases().filter(LanguageCase::valid);
  }

  static Stream<LanguageCase> obviouslyWrong() {
    return cases()
        .filter(each -> !each.valid())
        .filter(each ->
            ConfigurationText.reject(each.text()).problems().stream()
                .map(Problem::message)
                .anyMatch(message -> OBVIOUS.matcher(message).find()));
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void allowsWhatTheProgramReads(LanguageCase valid) {
    assertThat(problems(valid.text())).as(valid.text()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1_0", "0b1", "0x1F", "0X1f", "+1_000", "010", "1.9", "1_0.5"})
  void allowsNumbersOfYaml11(String number) {
    String text = ConfigurationText.rule("{type: last_n, count: %s}".formatted(number));
    ConfigurationText.load(text);
    assertThat(problems(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"'5'", "abc", "'1 0'", "1__x", "0", "-1"})
  void findsWhatIsNoPositiveNumber(String number) {
    String text = ConfigurationText.rule("{type: last_n, count: %s}".formatted(number));
    ConfigurationText.reject(text);
    assertThat(problems(text)).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("io.zrepl.config.DocumentationTest#samples")
  void allowsTheSamples(Path sample) throws Exception {
    assertThat(problems(Files.readString(sample))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("io.zrepl.config.DumpTest#files")
  void allowsDumps(String text) {
    LoadedConfiguration loaded = ConfigurationText.load(text);
    assertThat(problems(text)).isEmpty();
    assertThat(problems(loaded.effective().yaml())).isEmpty();
    assertThat(problems(loaded.effective().json())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("obviouslyWrong")
  void findsMisspeltKeysAndWordsAndMissingKeys(LanguageCase wrong) {
    assertThat(problems(wrong.text())).as(wrong.text()).isNotEmpty();
  }

  private static List<String> problems(String yaml) {
    return SCHEMA.validate(json(yaml)).stream().map(Object::toString).toList();
  }

  private static JsonNode json(String yaml) {
    SourceText source = new SourceText("test", yaml, SecretKeys.NONE);
    return json(YamlReader.read(source, new Problems(source)).orElseThrow());
  }

  private static JsonNode json(YamlNode node) {
    return switch (node) {
      case YamlNode.Mapping mapping -> {
        ObjectNode object = JSON.objectNode();
        mapping.entries().forEach(entry -> object.set(entry.key().text(), json(entry.value())));
        yield object;
      }
      case YamlNode.Sequence list -> {
        ArrayNode array = JSON.arrayNode();
        list.elements().forEach(element -> array.add(json(element)));
        yield array;
      }
      case YamlNode.Scalar scalar -> json(scalar);
    };
  }

  private static JsonNode json(YamlNode.Scalar scalar) {
    String text = scalar.text();
    Tag tag = new CoreScalarResolver(true).resolve(text, scalar.plain());
    if (tag.equals(Tag.NULL)) {
      return JSON.nullNode();
    }
    if (tag.equals(Tag.BOOL)) {
      return JSON.booleanNode(text.equalsIgnoreCase("true"));
    }
    if (tag.equals(Tag.INT)) {
      return JSON.numberNode(
          text.startsWith("0x")
              ? new BigInteger(text.substring(2), 16)
              : text.startsWith("0o")
                  ? new BigInteger(text.substring(2), 8)
                  : new BigInteger(text));
    }
    if (tag.equals(Tag.FLOAT) && text.matches("[-+.0-9eE]+")) {
      return JSON.numberNode(new BigDecimal(text));
    }
    return JSON.stringNode(text);
  }
}

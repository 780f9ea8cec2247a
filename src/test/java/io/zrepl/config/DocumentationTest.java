package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Reading;
import io.zrepl.config.schema.Section;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.SecretKeys;
import io.zrepl.config.yaml.SourceText;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.config.yaml.YamlReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/config} says what the program does. */
class DocumentationTest {
  private static final Path FOLDER = Path.of("docs/config");
  private static final Pattern EXAMPLE =
      Pattern.compile("^```yaml\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

  static List<Path> pages() throws IOException {
    return files(FOLDER, ".md");
  }

  static List<Path> samples() throws IOException {
    return files(FOLDER.resolve("samples"), ".yml");
  }

  private static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> result = all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
      assertThat(result).isNotEmpty();
      return result;
    }
  }

  static Stream<Section<?>> sections() {
    return ConfigurationSchema.sections().stream();
  }

  /**
   * One page has a chapter with the section's title, meaning, and a line for each key. With {@code
   * -Dzrepl.docs.write=true} the chapters that there are get their lines instead.
   */
  @ParameterizedTest
  @MethodSource("sections")
  void everyKeyHasItsLine(Section<?> section) throws IOException {
    if (Boolean.getBoolean("zrepl.docs.write")) {
      write(section);
    }
    assertThat(allPages())
        .containsOnlyOnce(title(section))
        .contains(title(section) + chapter(section) + "\n");
  }

  private static String title(Section<?> section) {
    return "### " + capitalized(section.title()) + "\n";
  }

  private static String chapter(Section<?> section) {
    StringBuilder expected = new StringBuilder(section.meaning()).append('\n');
    if (!section.fields().isEmpty()) {
      expected.append("\n| key | type | default | example | meaning |\n|---|---|---|---|---|\n");
      section.fields().stream().map(DocumentationTest::row).forEach(expected::append);
    }
    return expected.toString();
  }

  private static String row(Field<?> field) {
    String whenAbsent =
        field
            .defaultYaml()
            .map(yaml -> yaml.equals("~") ? "none" : "`%s`".formatted(yaml))
            .orElse("required");
    return "| `%s` | %s | %s | `%s` | %s |\n"
        .formatted(
            field.key(),
            field.kind().name(),
            whenAbsent,
            field.example().replace("|", "\\|"),
            field.meaning());
  }

  private static void write(Section<?> section) throws IOException {
    Pattern old =
        Pattern.compile(
            Pattern.quote(title(section)) + "(?:[^#\n|`][^\n]*\n)?(?:\n?(?:\\|[^\n]*\n)+)?");
    for (Path page : pages()) {
      String text = read(page);
      Matcher matcher = old.matcher(text);
      if (matcher.find()) {
        Files.writeString(
            page,
            text.substring(0, matcher.start())
                + title(section)
                + chapter(section)
                + text.substring(matcher.end()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sections")
  void exampleOfEachKeyIsValid(Section<?> section) {
    for (Field<?> field : section.fields()) {
      assertThat(field.example()).as("%s of a %s", field.key(), section.title()).isNotEmpty();
      SourceText source = new SourceText("example", field.example(), SecretKeys.NONE);
      Problems problems = new Problems(source);
      YamlNode node = YamlReader.read(source, problems).orElseThrow();
      assertThat(field.kind().read(node, field.key(), new Reading(problems)))
          .as("%s of a %s: %s", field.key(), section.title(), problems.errors())
          .isPresent();
    }
  }

  @Test
  void schemaForEditorsIsWhatTheProgramReads() throws IOException {
    Path file = Path.of("src/main/resources/io/zrepl/config/zrepl.schema.json");
    if (Boolean.getBoolean("zrepl.docs.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, ConfigurationSchema.jsonSchema());
    }
    assertThat(file).hasContent(ConfigurationSchema.jsonSchema());
    assertThat(read(FOLDER.resolve("README.md"))).contains("zrepl.schema.json");
  }

  private static String capitalized(String title) {
    return title.substring(0, 1).toUpperCase(Locale.ROOT) + title.substring(1);
  }

  private static String allPages() throws IOException {
    return pages().stream().map(DocumentationTest::read).collect(Collectors.joining("\n"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Path page) {
    Pattern.compile("\\]\\(([^):#]+)[^):]*\\)")
        .matcher(read(page))
        .results()
        .forEach(link -> assertThat(FOLDER.resolve(link.group(1))).exists());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void examplesAreValid(Path page) {
    List<String> examples =
        EXAMPLE.matcher(read(page)).results().map(match -> match.group(1)).toList();
    for (String example : examples) {
      ConfigurationText.load(wholeFile(example));
    }
    boolean hasNone = page.endsWith("README.md") || page.endsWith("environment.md");
    assertThat(examples.isEmpty()).isEqualTo(hasNone);
  }

  /** An example of keys of a job becomes one of a job. */
  private static String wholeFile(String example) {
    if (example.startsWith("jobs:") || example.startsWith("global:")) {
      return example;
    }
    List<String> keys = new ArrayList<>();
    for (String line : example.lines().toList()) {
      if (line.startsWith(" ")) {
        keys.add(keys.removeLast() + "\n" + line);
      } else {
        keys.add(line);
      }
    }
    String[] ofSink =
        keys.stream().filter(key -> key.matches("(?s)(recv|serve):.*")).toArray(String[]::new);
    String[] ofPush =
        keys.stream().filter(key -> !key.matches("(?s)(recv|serve):.*")).toArray(String[]::new);
    return ConfigurationText.file(
        ConfigurationText.pushJob(ofPush), ConfigurationText.sinkJob(ofSink));
  }

  @Test
  void everyEnvironmentVariableIsListed() {
    assertThat(read(FOLDER.resolve("environment.md")))
        .contains(EnvironmentVariables.names().stream().map("`%s`"::formatted).toList());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void samplesAreValidWithoutWarnings(Path sample) throws Exception {
    LoadedConfiguration loaded =
        ConfigurationLoader.load(sample, ConfigurationLoader.Certificates.SKIP);
    assertThat(loaded.warnings()).extracting(Problem::render).isEmpty();
    assertThat(loaded.configuration().jobs()).isNotEmpty();
    assertThat(read(FOLDER.resolve("README.md")))
        .contains("(samples/" + sample.getFileName() + ")");
  }

  @Test
  void firstConfigurationOfTheReadmeIsValid() {
    Pattern inList = Pattern.compile("```yaml\n(.*?)\n *```", Pattern.DOTALL);
    List<String> files =
        inList.matcher(read(Path.of("README.md"))).results().map(match -> match.group(1)).toList();
    assertThat(files).hasSize(1);
    assertThat(ConfigurationText.load(files.getFirst()).warnings()).isEmpty();
  }
}

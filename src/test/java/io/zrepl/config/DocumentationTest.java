package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.yaml.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

  /** One page has a chapter with the section's title, meaning, and a line for each key. */
  @ParameterizedTest
  @MethodSource("sections")
  void everyKeyHasItsLine(Section<?> section) throws IOException {
    String title = "### " + capitalized(section.title()) + "\n";
    List<String> expected = new ArrayList<>();
    expected.add(section.meaning());
    if (!section.fields().isEmpty()) {
      expected.add("");
      expected.add("| key | type | default | meaning |");
      expected.add("|---|---|---|---|");
      section.fields().stream().map(DocumentationTest::row).forEach(expected::add);
    }
    assertThat(allPages())
        .containsOnlyOnce(title)
        .contains(title + String.join("\n", expected) + "\n\n");
  }

  private static String row(Field<?> field) {
    String whenAbsent = field.defaultYaml().map("`%s`"::formatted).orElse("required");
    return "| `%s` | %s | %s | %s |"
        .formatted(field.key(), field.kind().name(), whenAbsent, field.meaning());
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
    Pattern.compile("\\]\\(([^):]+)\\)")
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
    assertThat(examples).hasSize(page.endsWith("README.md") ? 0 : 1);
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

  @ParameterizedTest
  @MethodSource("samples")
  void samplesAreValidWithoutWarnings(Path sample) throws Exception {
    LoadedConfiguration loaded = ConfigurationLoader.load(sample);
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

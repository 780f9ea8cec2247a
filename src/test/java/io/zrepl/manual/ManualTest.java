package io.zrepl.manual;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.ConfigurationLoader;
import io.zrepl.config.LoadedConfiguration;
import io.zrepl.config.yaml.Problem;
import io.zrepl.zfs.ZfsProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The manual: its links, its samples, its table of errors. Writes the site into target/manual. */
class ManualTest {
  private static final Path DOCS = Path.of("docs");
  private static final Pattern YAML =
      Pattern.compile("^```yaml\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

  @TempDir Path folder;

  @Test
  void linksLeadSomewhere() throws IOException {
    ManualSite site = new ManualSite(Path.of(""), List.of(DOCS, Path.of("lab"), Path.of("bench")));
    assertThat(site.deadLinks()).isEmpty();
    site.write(Path.of("target/manual"));
    assertThat(Files.readString(Path.of("target/manual/docs/index.html")))
        .contains("<title>", "href=\"quick-start.html\"", "href=\"config/index.html\"");
  }

  @Test
  void deadLinkIsFound() throws IOException {
    Files.createDirectory(folder.resolve("docs"));
    Files.writeString(
        folder.resolve("docs/a.md"),
        "# Some `code` here\n[a](#some-code-here) [b](#no) [c](b.md) [d](https://x) [e](a.md#some-code-here)\n");
    assertThat(new ManualSite(folder, List.of(DOCS)).deadLinks())
        .containsExactly("docs/a.md: #no", "docs/a.md: b.md");
  }

  static Stream<Arguments> samples() throws IOException {
    try (Stream<Path> files = Files.list(DOCS)) {
      List<Path> pages = files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
      Stream.Builder<Arguments> samples = Stream.builder();
      for (Path page : pages) {
        YAML.matcher(Files.readString(page))
            .results()
            .map(match -> match.group(1))
            .filter(text -> Pattern.compile("^jobs:", Pattern.MULTILINE).matcher(text).find())
            .forEach(text -> samples.add(Arguments.of(page, text)));
      }
      return samples.build();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void configurationOfTheManualIsValidWithoutWarnings(Path page, String text) throws Exception {
    Path file = Files.writeString(folder.resolve("zrepl.yml"), text);
    LoadedConfiguration loaded =
        ConfigurationLoader.load(file, ConfigurationLoader.Certificates.SKIP);
    assertThat(loaded.warnings()).as(page.toString()).extracting(Problem::render).isEmpty();
    assertThat(loaded.configuration().jobs()).isNotEmpty();
  }

  @Test
  void quickStartsHaveConfigurations() throws IOException {
    assertThat(samples().filter(sample -> DOCS.resolve("quick-start.md").equals(sample.get()[0])))
        .hasSizeGreaterThanOrEqualTo(6);
  }

  /** With {@code -Dzrepl.docs.write=true} the table is written instead. */
  @Test
  void everyProblemOfZfsHasItsLine() throws IOException {
    Path page = DOCS.resolve("troubleshooting.md");
    String begin = "| class | reaches | tried again | what to do |\n|---|---|---|---|\n";
    String table =
        begin + Stream.of(ZfsProblem.values()).map(ManualTest::row).collect(Collectors.joining());
    if (Boolean.getBoolean("zrepl.docs.write")) {
      String text = Files.readString(page);
      String old = Pattern.quote(begin) + "(?:\\|[^\n]*\n)*";
      Files.writeString(
          page, Pattern.compile(old).matcher(text).replaceFirst(_ -> table.replace("\\", "\\\\")));
    }
    assertThat(Files.readString(page)).contains(table + "\n");
  }

  private static String row(ZfsProblem problem) {
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            problem,
            problem.scope().name().toLowerCase(Locale.ROOT),
            problem.temporary() ? "yes" : "no",
            problem.advice().orElse("the message says what happened"));
  }
}

package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ManPagesTest {
  @TempDir Path folder;
  private final ProgramRun program = new ProgramRun();

  @BeforeEach
  void makePages() {
    assertThat(program.run("man-pages", folder.toString(), "2026-01-02")).isZero();
    assertThat(program.out() + program.err()).isEmpty();
  }

  @Test
  void everyCommandHasAPage() throws IOException {
    ProgramRun help = new ProgramRun();
    help.run("help");
    List<String> verbs =
        help.out()
            .lines()
            .dropWhile(line -> !line.startsWith("Commands:"))
            .skip(1)
            .filter(line -> line.matches("  [a-z].*"))
            .map(line -> line.strip().replaceAll(" .*", ""))
            .toList();
    assertThat(verbs).contains("daemon", "status");
    for (String verb : verbs) {
      assertThat(read("zrepl-" + verb + ".1")).contains(".SH NAME", ".SH SYNOPSIS");
      assertThat(read("zrepl.1")).contains(RoffText.escaped("zrepl-" + verb));
    }
    assertThat(read("zrepl.1")).doesNotContain("aot\\-training", "man\\-pages");
  }

  @Test
  void pageOfAGroupExplainsTheCommandsBelow() throws IOException {
    assertThat(read("zrepl-test.1"))
        .contains(".SH \"zrepl test filesystems\"", "\\fB\\-\\-job\\fR JOB");
  }

  @Test
  void pageOfTheConfigurationHasEveryKey() throws IOException {
    assertThat(read("zrepl.yml.5"))
        .contains(".SH \"PUSH JOB\"", "\\fBroot_fs\\fR", "\\fBstall_timeout\\fR (duration;");
  }

  @ParameterizedTest
  @CsvSource({
    "a-b, a\\-b",
    "'.TH', '\\&.TH'",
    "'''quoted''', \\(aqquoted\\(aq",
    "^x~, \\(hax\\(ti",
    "back\\slash, back\\eslash"
  })
  void textCannotBecomeARequest(String plain, String expected) {
    assertThat(RoffText.escaped(plain)).isEqualTo(expected);
  }

  @Test
  void folderThatIsMissingIsTold() {
    ProgramRun run = new ProgramRun();
    assertThat(run.run("man-pages", folder.resolve("none").toString(), "2026-01-02")).isEqualTo(1);
    assertThat(run.err()).startsWith("cannot write " + folder.resolve("none/zrepl.1"));
  }

  /** With the groff that reads manual pages on every Linux. */
  @Test
  @Tag("foreign")
  void groffHasNothingToWarnOf() throws Exception {
    try (Stream<Path> pages = Files.list(folder)) {
      for (Path page : pages.toList()) {
        assertGroffIsContent(page);
      }
    }
    assertGroffIsContent(Path.of("packaging/man/zrepl.8").toAbsolutePath());
    // that it would warn
    Path broken = Files.writeString(folder.resolve("broken.1"), ".TH A 1\n.nosuchmacro\n");
    assertThat(warnings(broken)).contains("nosuchmacro");
  }

  private static void assertGroffIsContent(Path page) throws Exception {
    assertThat(warnings(page)).as(page.toString()).isEmpty();
  }

  private static String warnings(Path page) throws Exception {
    Process groff =
        new ProcessBuilder("groff", "-man", "-ww", "-Tutf8", "-z", page.toString())
            .redirectErrorStream(true)
            .start();
    groff.getOutputStream().close();
    String text = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(groff.waitFor()).as(text).isZero();
    return text;
  }

  private String read(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }
}

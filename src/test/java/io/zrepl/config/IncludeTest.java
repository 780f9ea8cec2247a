package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.zrepl.config.yaml.Problem;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that include others. */
class IncludeTest {
  private static final String SNAP =
      "jobs: [{type: snap, name: %s, filesystems: {\"%s<\": true}, snapshotting: {type: manual}, pruning: {keep: [{type: last_n, count: 1}]}}]\n";

  @TempDir Path folder;

  @BeforeEach
  void directoryOfJobs() throws IOException {
    Files.createDirectory(folder.resolve("d"));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private LoadedConfiguration load(String main) throws Exception {
    write("zrepl.yml", main);
    return ConfigurationLoader.load(
        folder.resolve("zrepl.yml"), ConfigurationLoader.Certificates.SKIP);
  }

  private List<Problem> reject(String main) {
    ConfigurationException failure =
        catchThrowableOfType(ConfigurationException.class, () -> load(main));
    assertThat(failure).isNotNull();
    return failure.problems();
  }

  @Test
  void jobsOfTheMainFileComeFirstThenThoseOfEachEntryInOrder() throws Exception {
    write("d/b.yml", SNAP.formatted("b", "b"));
    write("d/a.yml", SNAP.formatted("a", "a"));
    write("d/.hidden.yml", SNAP.formatted("hidden", "h"));
    write("d/ignored.yaml", "not: [valid");
    write("one.yml", SNAP.formatted("one", "one"));
    assertThat(
            load("include: [%s/one.yml, d]\n".formatted(folder) + SNAP.formatted("main", "m"))
                .configuration()
                .jobs())
        .extracting(job -> job.id().toString())
        .containsExactly("main", "one", "hidden", "a", "b");
  }

  @Test
  void relativeEntriesAreRelativeToTheMainFileAndAreWarnedOf() throws Exception {
    write("d/a.yml", SNAP.formatted("a", "a"));
    assertThat(load("include: [d/a.yml]").warnings())
        .singleElement()
        .satisfies(warning -> {
          assertThat(warning.path()).isEqualTo("include[0]");
          assertThat(warning.message()).contains("relative to the main file");
        });
    assertThat(load("include: [d/a.yml]").notPortable()).hasSize(1);
    assertThat(load("include: [%s/d]".formatted(folder)).warnings()).isEmpty();
    assertThat(load("include: [%s/d]".formatted(folder)).notPortable()).isEmpty();
  }

  /** Go zrepl looks at whether the path of the main file is absolute, not at that of the entry. */
  @Test
  void whereGoLooksForEntriesDependsOnThePathOfTheMainFile() throws Exception {
    write("zrepl.yml", "include: [d, %s/d]".formatted(folder));
    Path relative = Path.of("").toAbsolutePath().relativize(folder.resolve("zrepl.yml"));
    assertThat(
            ConfigurationLoader.load(relative, ConfigurationLoader.Certificates.SKIP).notPortable())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.path()).isEqualTo("include[1]");
          assertThat(problem.message()).contains("absolute paths below the folder");
        });
  }

  @Test
  void whatIsNoTextIsToldWithItsPlace() throws Exception {
    Files.write(folder.resolve("x.yml"), new byte[] {'a', '\n', ' ', (byte) 0xff});
    assertThat(reject("include: [x.yml]"))
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.message()).contains("x.yml\":2:2: the bytes here are not UTF-8"));
  }

  @Test
  @Timeout(30)
  void namedPipesAreNotWaitedFor() throws Exception {
    Path pipe = folder.resolve("d/pipe.yml");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThat(reject("include: [d]"))
        .singleElement()
        .satisfies(
            problem -> assertThat(problem.message()).contains("pipe.yml", "not a regular file"));
    assertThat(reject("include: [d/pipe.yml]")).hasSize(1);
    assertThat(
            catchThrowableOfType(
                ConfigurationException.class,
                () -> ConfigurationLoader.load(pipe, ConfigurationLoader.Certificates.SKIP)))
        .hasMessageContaining("not a regular file");
  }

  @Test
  @Timeout(30)
  void openFilesCanBeNamed() throws Exception {
    try (FileInputStream open =
        new FileInputStream(Files.writeString(folder.resolve("f"), "jobs: []").toFile())) {
      // Which number it has cannot be asked for: one of those that are open leads to it.
      List<Path> numbers;
      try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
        numbers = all.toList();
      }
      Path number =
          numbers.stream()
              .filter(fd -> {
                try {
                  return Files.isSameFile(fd, folder.resolve("f"));
                } catch (IOException e) {
                  return false;
                }
              })
              .findFirst()
              .orElseThrow();
      assertThat(open.available()).isPositive();
      assertThat(
              ConfigurationLoader.load(number, ConfigurationLoader.Certificates.SKIP)
                  .configuration()
                  .jobs())
          .isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "y.yaml, must end in .yml",
    "missing.yml, there is no",
    "d/*.yml, there is no",
    "/dev/null, neither a file nor a directory"
  })
  void entryMustBeAFileOrADirectory(String entry, String message) throws Exception {
    write("y.yaml", SNAP.formatted("a", "a"));
    assertThat(reject("include: ['%s']".formatted(entry)))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.path()).isEqualTo("include[0]");
          assertThat(problem.message()).contains(message, entry);
          assertThat(problem.line()).isEqualTo(1);
          assertThat(problem.column()).isEqualTo(11);
          assertThat(problem.snippet()).contains(entry).endsWith(" ".repeat(12) + "^");
        });
  }

  @Test
  void emptyDirectoryIsFine() throws Exception {
    assertThat(load("include: [d]").configuration().jobs()).isEmpty();
  }

  @Test
  void includedFileMustNotIncludeOthers() throws Exception {
    write("x.yml", "include: [y.yml]");
    assertThat(reject("include: [x.yml]"))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.file()).isEqualTo(folder.resolve("x.yml").toString());
          assertThat(problem.message()).contains("must not include others");
        });
    write("x.yml", "include: []\n" + SNAP.formatted("a", "a"));
    assertThat(load("include: [x.yml]").configuration().jobs()).hasSize(1);
    write("x.yml", "include: ~\n" + SNAP.formatted("a", "a"));
    assertThat(load("include: [x.yml]").configuration().jobs()).hasSize(1);
    write("d/y.yml", "include: [z.yml]");
    assertThat(reject("include: [d]"))
        .singleElement()
        .satisfies(
            problem -> assertThat(problem.file()).isEqualTo(folder.resolve("d/y.yml").toString()));
  }

  @Test
  void globalSectionOfAnIncludedFileIsIgnoredWithAWarning() throws Exception {
    write("x.yml", "global: {control: {sockpath: /run/other}}");
    LoadedConfiguration loaded = load("include: [%s/x.yml]".formatted(folder));
    assertThat(loaded.configuration().controlSocket()).hasToString("/var/run/zrepl/control");
    assertThat(loaded.configuration().jobs()).isEmpty();
    assertThat(loaded.effective().yaml()).doesNotContain("/run/other");
    assertThat(loaded.warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning.message()).contains("ignored"));
  }

  @Test
  void problemsOfAllFilesAreToldAtOnceEachWithItsFile() throws Exception {
    write("d/a.yml", "jobs: [{type: snap}]");
    write("d/b.yml", "jobs: [");
    List<Problem> problems = reject("include: [d]\nfoo: 1");
    assertThat(problems)
        .extracting(problem -> Path.of(problem.file()).getFileName().toString())
        .contains("zrepl.yml", "a.yml", "b.yml");
  }

  @Test
  void namesAreUniqueOverAllFiles() throws Exception {
    write("x.yml", SNAP.formatted("main", "a"));
    assertThat(reject("include: [x.yml]\n" + SNAP.formatted("main", "m")))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.file()).endsWith("x.yml");
          assertThat(problem.message()).contains("also the name of jobs[0] of ");
        });
    assertThat(reject("include: [x.yml, x.yml]")).hasSize(1);
  }

  @Test
  void unreadableChildOfADirectoryIsTold() throws Exception {
    Files.createDirectory(folder.resolve("d/sub.yml"));
    Files.createSymbolicLink(folder.resolve("d/dangling.yml"), folder.resolve("nowhere"));
    assertThat(reject("include: [d]"))
        .extracting(Problem::message)
        .anyMatch(message -> message.contains("this is a directory"))
        .anyMatch(message -> message.contains("there is no such file"));
  }

  @Test
  void dumpIsOneFileThatMeansTheSame() throws Exception {
    write("x.yml", SNAP.formatted("a", "a"));
    LoadedConfiguration loaded = load("include: [x.yml]\n" + SNAP.formatted("main", "m"));
    assertThat(loaded.effective().yaml()).doesNotContain("include");
    assertThat(ConfigurationText.load(loaded.effective().yaml()).configuration().jobs())
        .extracting(job -> job.id().toString())
        .containsExactly("main", "a");
  }
}

package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code ./zrepl}, in a tree of its own and with a Java that only tells how it is
 * called.
 */
@Tag("foreign")
@Timeout(60)
class LauncherTest {
  /**
   * What the script was called with, one argument a line; with the request for a cache it writes
   * one.
   */
  private static final String JAVA =
      """
      #!/bin/sh
      for argument in "$@"; do
        case $argument in
          -XX:AOTCacheOutput=*)
            echo train >>"${0%/bin/java}/trainings"
            [ ! -e "${0%/bin/java}/fail" ] || exit 1
            while [ -e "${0%/bin/java}/hang" ]; do sleep 0.05; done
            echo code >"${argument#*=}"
            exit 0 ;;
        esac
      done
      [ ! -e "${0%/bin/java}/pid" ] || echo $$ >"${0%/bin/java}/pid"
      printf '%s\\n' "$@"
      exit 42
      """;

  @TempDir Path folder;
  private Path root;
  private Path java;
  private Path cache;
  private Path jar;
  private final Map<String, String> variables = new HashMap<>();

  @BeforeEach
  void makeTree() throws IOException {
    root = Files.createDirectories(folder.toRealPath().resolve("a tree"));
    Files.createDirectories(root.resolve("tools"));
    Files.createDirectories(root.resolve("target/lib"));
    Files.copy(Path.of("zrepl"), root.resolve("zrepl"));
    Files.copy(Path.of("tools/jdk.sh"), root.resolve("tools/jdk.sh"));
    Files.copy(Path.of("tools/launch.sh"), root.resolve("tools/launch.sh"));
    root.resolve("zrepl").toFile().setExecutable(true);
    jar = Files.writeString(root.resolve("target/zrepl.jar"), "jar");
    Files.writeString(root.resolve("target/lib/a.jar"), "a");
    java = Files.createDirectories(folder.toRealPath().resolve("java"));
    Files.writeString(java.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"25.0.3\"\n");
    script(Files.createDirectories(java.resolve("bin")).resolve("java"), JAVA);
    cache = folder.toRealPath().resolve("cache");
    variables.put("ZREPL_JAVA_HOME", java.toString());
    variables.put("ZREPL_CACHE", cache.toString());
    variables.put("ZREPL_AOT", "off");
  }

  /** What came out of a run of the script. */
  private record Run(int status, String out, String err) {
    List<String> arguments() {
      return out.lines().toList();
    }

    List<String> program() {
      return arguments().subList(arguments().indexOf("io.zrepl.cli.Main") + 1, arguments().size());
    }

    boolean usesCache() {
      return arguments().stream().anyMatch(argument -> argument.startsWith("-XX:AOTCache="));
    }
  }

  @Test
  void programGetsArgumentsAndGivesItsExitStatus() throws Exception {
    Run run = run("signal", "wakeup", "a  job", "", "*", "$HOME");
    assertThat(run.status()).isEqualTo(42);
    assertThat(run.err()).isEmpty();
    assertThat(run.program()).containsExactly("signal", "wakeup", "a  job", "", "*", "$HOME");
    assertThat(run.arguments()).containsSubsequence("-cp", jar.toString(), "io.zrepl.cli.Main");
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', '', '', C.UTF-8",
    "'', '', C, '', C.UTF-8",
    "POSIX, '', en_US.UTF-8, C.UTF-8, ''",
    "'', C, de_DE.UTF-8, '', C.UTF-8",
    "'', '', de_DE.UTF-8, '', ''",
    "'', de_DE.ISO-8859-1, C, '', de_DE.ISO-8859-1",
    "C.UTF-8, C, '', C.UTF-8, C"
  })
  void fileNamesMayHaveAnyCharactersWithoutALocaleToo(
      String all, String characters, String language, String allThen, String charactersThen)
      throws Exception {
    script(java.resolve("bin/java"), "#!/bin/sh\necho \"${LC_ALL:-} ${LC_CTYPE:-}\"\n");
    variables.put("LC_ALL", all);
    variables.put("LC_CTYPE", characters);
    variables.put("LANG", language);
    assertThat(run("status").out()).isEqualTo(allThen + " " + charactersThen + "\n");
  }

  @Test
  void programTakesThePlaceOfTheScript() throws Exception {
    Files.writeString(java.resolve("pid"), "");
    Process process = start(root.resolve("zrepl").toString(), "daemon");
    process.waitFor();
    assertThat(Files.readString(java.resolve("pid")).strip())
        .isEqualTo(String.valueOf(process.pid()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"daemon", "--config x daemon", "--config=x daemon"})
  void daemonGivesMemoryBackAndEndsWhenItRunsOut(String line) throws Exception {
    assertThat(run(line.split(" ")).arguments())
        .contains("-XX:MaxHeapFreeRatio=20", "-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC")
        .doesNotContain("-XX:TieredStopAtLevel=1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status daemon", "--config daemon status", "help daemon", "--help"})
  void otherCommandsGetTheFirstCompilerOnly(String line) throws Exception {
    assertThat(run(line.split(" ")).arguments())
        .contains("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
        .doesNotContain("-XX:+ExitOnOutOfMemoryError");
  }

  @Test
  void optionsOfTheUserComeLast() throws Exception {
    variables.put("ZREPL_JAVA_OPTS", "-Xmx1g -Da=*");
    List<String> arguments = run("daemon").arguments();
    assertThat(arguments)
        .containsSubsequence("-XX:+ExitOnOutOfMemoryError", "-Xmx1g", "-Da=*", "-cp");
  }

  @Test
  void scriptIsFoundThroughSymbolicLinks() throws Exception {
    Path elsewhere = Files.createDirectories(folder.resolve("else/where"));
    Files.createSymbolicLink(elsewhere.resolve("zrepl"), Path.of("../relative"));
    Files.createSymbolicLink(folder.resolve("else/relative"), root.resolve("zrepl"));
    assertThat(runScript(elsewhere.resolve("zrepl").toString(), "version").arguments())
        .contains(jar.toString());
  }

  @Test
  void missingProgramSaysHowToBuildIt() throws Exception {
    Files.delete(jar);
    Run run = run("version");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("not built", root + "/build --jar");
  }

  @Test
  void demoIsTheScriptOfTheLab() throws Exception {
    assertThat(run("demo").status()).isEqualTo(1);
    script(
        Files.createDirectories(root.resolve("lab")).resolve("demo"),
        "#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 7\n");
    Run run = run("demo", "--fast", "a b");
    assertThat(run.status()).isEqualTo(7);
    assertThat(run.out()).isEqualTo("<--fast><a b>");
  }

  @Test
  void cacheIsMadeOnceAndUsed() throws Exception {
    variables.put("ZREPL_AOT", "wait");
    assertThat(run("version").usesCache()).isTrue();
    assertThat(run("version").usesCache()).isTrue();
    assertThat(trainings()).isEqualTo(1);
    assertThat(cacheFiles()).hasSize(1).allMatch(file -> file.toString().endsWith(".aot"));
  }

  @Test
  void cacheIsMadeInTheBackground() throws Exception {
    variables.put("ZREPL_AOT", "auto");
    Files.writeString(java.resolve("hang"), "");
    assertThat(run("version").usesCache()).isFalse();
    await().until(() -> trainings() == 1);
    // Somebody else is at it: nobody waits, nobody tries.
    assertThat(run("version").usesCache()).isFalse();
    Files.delete(java.resolve("hang"));
    await().until(() -> run("version").usesCache());
    assertThat(trainings()).isEqualTo(1);
  }

  @Test
  void cacheIsMadeAnewWhenThePartsChange() throws Exception {
    variables.put("ZREPL_AOT", "wait");
    assertThat(run("version").status()).isEqualTo(42);
    List<Path> before = cacheFiles();
    // An older program with as many bytes, as after going back to an earlier version.
    Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    assertThat(run("version").usesCache()).isTrue();
    assertThat(cacheFiles()).hasSize(1).doesNotContainAnyElementsOf(before);
    Files.writeString(root.resolve("target/lib/b.jar"), "b");
    assertThat(run("version").usesCache()).isTrue();
    Files.writeString(java.resolve("release"), "JAVA_VERSION=\"25.0.10\"\n");
    assertThat(run("version").usesCache()).isTrue();
    assertThat(trainings()).isEqualTo(4);
    assertThat(cacheFiles()).hasSize(1);
  }

  @Test
  void failureToMakeACacheIsRememberedAndNotFatal() throws Exception {
    variables.put("ZREPL_AOT", "wait");
    Files.writeString(java.resolve("fail"), "");
    assertThat(run("version").status()).isEqualTo(42);
    Run second = run("version");
    assertThat(second.status()).isEqualTo(42);
    assertThat(second.usesCache()).isFalse();
    assertThat(second.err()).isEmpty();
    assertThat(trainings()).isEqualTo(1);
  }

  @Test
  void folderThatCannotBeMadeIsNotFatal() throws Exception {
    variables.put("ZREPL_AOT", "wait");
    Files.writeString(cache, "a file where the folder should be");
    Run run = run("version");
    assertThat(run.status()).isEqualTo(42);
    assertThat(run.err()).isEmpty();
    assertThat(run.usesCache()).isFalse();
  }

  @Test
  void lockOfADeadTrainingIsTakenOver() throws Exception {
    variables.put("ZREPL_AOT", "wait");
    assertThat(run("version").usesCache()).isTrue();
    Path aot = cacheFiles().getFirst();
    Files.delete(aot);
    Path lock = Files.createDirectory(aot.resolveSibling("lock"));
    assertThat(run("version").usesCache()).isFalse();
    Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    assertThat(run("version").usesCache()).isTrue();
    assertThat(lock).doesNotExist();
  }

  @Test
  void manyStartsAtOnceMakeOneCache() throws Exception {
    variables.put("ZREPL_AOT", "wait");
    List<Process> processes =
        Stream.generate(() -> startUnchecked(root.resolve("zrepl").toString(), "version"))
            .limit(8)
            .toList();
    for (Process process : processes) {
      assertThat(process.waitFor()).isEqualTo(42);
    }
    assertThat(trainings()).isEqualTo(1);
    assertThat(cacheFiles()).hasSize(1);
  }

  @Test
  void realProgramComesOutOfItsCache() throws Exception {
    variables.put("ZREPL_AOT", "wait");
    variables.put("ZREPL_JAVA_HOME", System.getProperty("java.home"));
    Path log = folder.resolve("classes");
    variables.put("ZREPL_JAVA_OPTS", "-Xlog:class+load:file=" + log);
    Run run = runScript(Path.of("zrepl").toAbsolutePath().toString(), "version", "--show=client");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("client: zrepl version=");
    assertThat(run.status()).isZero();
    assertThat(Files.readAllLines(log))
        .filteredOn(line -> line.contains("io.zrepl.") || line.contains("picocli."))
        .isNotEmpty()
        .allMatch(line -> line.contains("shared objects file"));
  }

  private int trainings() throws IOException {
    Path file = java.resolve("trainings");
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  private List<Path> cacheFiles() throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private Run run(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = root.resolve("zrepl").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return runScript(command);
  }

  private Run runScript(String... command) throws Exception {
    Process process = start(command);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, err);
  }

  private Process startUnchecked(String... command) {
    try {
      return start(command);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Process start(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(variables);
    return builder.start();
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    file.toFile().setExecutable(true);
  }
}

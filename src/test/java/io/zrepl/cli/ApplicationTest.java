package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.control.ControlJson;
import io.zrepl.control.FakeDaemon;
import io.zrepl.control.VersionInformation;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.Placeholder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ApplicationTest {
  private static final String STATUS =
      """
      {"Jobs":{"_control":{"internal":null,"type":"internal"},
      "sink":{"sink":{"Snapper":null},"type":"sink"},
      "b":{"type":"snap","snap":{"Snapshotting":{"Type":"manual","Manual":{}}}}}}
      """;

  private static final String TOKEN =
      "1-b338b54f3-c0-789c636064000310a500c4ec50360710e72765a52697303030419460caa7a515a796806474e0f26c48f2499525a9c540ba42430fabfe92fcf4d2cc140686c88a76d578ae45530c90e439c1f27989b9a90c0c5545a905390539892569f945b940234bf48b8b921d12c1660200c61a1aba";

  @TempDir Path folder;
  private final ProgramRun program = new ProgramRun();

  @ParameterizedTest
  @ValueSource(strings = {"", "help", "-h", "--help", "--config x", "--config=x --help"})
  void programWithoutVerbExplainsItself(String line) {
    assertThat(program.run(words(line))).isZero();
    assertThat(program.out())
        .contains("Usage: zrepl", "daemon", "status", "signal", "configcheck", "version", "test")
        .doesNotContain("aot-training");
    assertThat(program.err()).isEmpty();
    assertThat(program.requests).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "test, Usage: zrepl test",
    "help test, Usage: zrepl test",
    "help test filesystems, Usage: zrepl test filesystems",
    "test filesystems --help, Usage: zrepl test filesystems",
    "status -h, Usage: zrepl status",
    "--config x signal --help, Usage: zrepl signal",
    "completion, Usage: zrepl completion",
    "gencompletion, Usage: zrepl gencompletion"
  })
  void verbsExplainThemselves(String line, String usage) {
    assertThat(program.run(words(line))).isZero();
    assertThat(program.out()).contains(usage);
    assertThat(program.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"foo, zrepl, foo", "--config x foo bar, zrepl, foo", "test foo, zrepl test, foo"})
  void unknownVerbIsToldInTwoLines(String line, String group, String verb) {
    assertThat(program.run(words(line))).isEqualTo(1);
    assertThat(program.out()).isEmpty();
    assertThat(program.err().lines())
        .containsExactly(
            "Error: unknown command \"%s\" for \"%s\"".formatted(verb, group),
            "Run '%s --help' for usage.".formatted(group));
  }

  @Test
  void configcheckPrintsTheEffectiveConfigurationIfAsked() {
    assertThat(new ProgramRun().run("configcheck", "--format", "yaml")).isZero();
    ProgramRun json = new ProgramRun();
    assertThat(json.run("configcheck", "--format", "json")).isZero();
    assertThat(json.out()).startsWith("{").contains("\"jobs\"");
  }

  @Test
  void helpForUnknownVerbFails() {
    assertThat(program.run("help", "test", "foo")).isEqualTo(1);
    assertThat(program.err().lines()).containsExactly("unknown command \"foo\" for \"zrepl test\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--bad",
        "status --bad",
        "status --mode",
        "signal wakeup",
        "signal stop job",
        "signal",
        "signal wakeup a b",
        "test filesystems",
        "configcheck --skip-cert-check=perhaps",
        "daemon @/etc/passwd --bad"
      })
  void badOptionIsToldWithTheUsage(String line) {
    assertThat(program.run(words(line))).isEqualTo(1);
    assertThat(program.out()).isEmpty();
    assertThat(program.err()).startsWith("Error: ").contains("Usage: zrepl");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--config /a/b.yml configcheck",
        "configcheck --config /a/b.yml",
        "configcheck --config=/a/b.yml",
        "--config=/a/b.yml configcheck surplus arguments"
      })
  void configurationFileIsNamedBeforeOrAfterTheVerb(String line) {
    assertThat(program.run(words(line))).isZero();
    assertThat(program.requests)
        .containsExactly(new ConfigurationSource.Request(Optional.of(Path.of("/a/b.yml")), false));
  }

  @Test
  void configurationFileOfGroupedVerbIsNamedAnywhere() {
    for (String line :
        List.of(
            "--config /c test filesystems --job laptop --input tank",
            "test --config /c filesystems --job laptop --input tank",
            "test filesystems --job laptop --input tank --config /c")) {
      assertThat(program.run(words(line))).isZero();
    }
    assertThat(program.requests)
        .hasSize(3)
        .allMatch(request -> request.file().equals(Optional.of(Path.of("/c"))));
  }

  @Test
  void emptyConfigurationFileMeansTheUsualPlaces() {
    assertThat(program.run("configcheck", "--config", "")).isZero();
    assertThat(program.requests)
        .containsExactly(new ConfigurationSource.Request(Optional.empty(), false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "daemon",
        "configcheck",
        "status --mode raw",
        "status --mode dump",
        "signal wakeup a",
        "version --show daemon",
        "test filesystems --job laptop --all"
      })
  void brokenConfigurationIsTold(String line) {
    program.configurationProblem = "zrepl.yml:3:5: jobs[0].type: missing";
    assertThat(program.run(words(line))).isEqualTo(1);
    assertThat(program.out()).isEmpty();
    assertThat(program.err())
        .isEqualTo("could not parse config: zrepl.yml:3:5: jobs[0].type: missing\n");
  }

  @Test
  void configcheckIsSilentWhenAllIsWell() {
    assertThat(program.run("configcheck")).isZero();
    assertThat(program.out() + program.err()).isEmpty();
  }

  @Test
  void configcheckPrintsWarningsAndSucceeds() {
    program.warnings = List.of("zrepl.yml:3:5: a", "zrepl.yml:4:5: b");
    assertThat(program.run("configcheck", "--what", "jobs")).isZero();
    assertThat(program.out()).isEmpty();
    assertThat(program.err()).isEqualTo("warning: zrepl.yml:3:5: a\nwarning: zrepl.yml:4:5: b\n");
  }

  @ParameterizedTest
  @CsvSource({
    "configcheck, false",
    "configcheck --skip-cert-check, true",
    "configcheck --skip-cert-check=true, true",
    "configcheck --skip-cert-check=false, false"
  })
  void configcheckCanSkipCertificates(String line, boolean skip) {
    assertThat(program.run(words(line))).isZero();
    assertThat(program.requests)
        .containsExactly(new ConfigurationSource.Request(Optional.empty(), skip));
  }

  @ParameterizedTest
  @CsvSource({
    "configcheck --format xml, invalid --format",
    "configcheck --what nothing, invalid --what",
    "status --mode full, invalid --mode",
    "status, use --mode dump",
    "status --mode interactive, use --mode dump",
    "status --mode legacy -d 5s, use --mode dump",
    "status --mode dump, is the daemon running",
    "status --mode raw, is the daemon running",
    "signal wakeup a, is the daemon running",
    "version --show daemon, is the daemon running",
    "version --show server, use client or daemon",
    "test filesystems --job laptop, exactly one of",
    "test filesystems --job laptop --all --input tank, exactly one of",
    "test filesystems --job laptop --input tank@a, invalid --input",
    "test filesystems --job laptops --all, it is a sink job",
    "test filesystems --job other --all, 'it has: \"laptop\", \"laptops\"'",
    "completion tcsh, 'use bash, zsh or fish'",
    "gencompletion tcsh /tmp/x, 'use bash, zsh or fish'",
    "gencompletion bash, missing FILE",
    "gencompletion bash /dev/null/x, cannot write /dev/null/x"
  })
  void failureIsOneMessageWithoutStackTrace(String line, String message) {
    assertThat(program.run(words(line))).isEqualTo(1);
    assertThat(program.out()).isEmpty();
    assertThat(program.err()).containsIgnoringCase(message).doesNotContain("\tat ");
    assertThat(program.err().lines()).hasSize(1);
  }

  @Test
  void daemonGetsTheConfigurationAndGivesTheExitStatus() {
    program.daemon = configuration -> configuration.jobs().size() + 40;
    assertThat(program.run("daemon", "surplus")).isEqualTo(42);
  }

  @Test
  void daemonThatCannotStartIsTold() {
    program.daemon =
        configuration -> {
          throw new CommandException("another daemon is running");
        };
    assertThat(program.run("daemon")).isEqualTo(1);
    assertThat(program.err()).isEqualTo("another daemon is running\n");
  }

  @Test
  void unexpectedFailureShowsItsPlaceOnlyOnRequest() {
    program.daemon =
        configuration -> {
          throw new IllegalStateException("odd");
        };
    assertThat(program.run("daemon")).isEqualTo(1);
    assertThat(program.err())
        .contains("internal error", "odd", "ZREPL_DEBUG")
        .doesNotContain("\tat ");
    program.variables = Map.of("ZREPL_DEBUG", "1");
    assertThat(program.run("daemon")).isEqualTo(1);
    assertThat(program.err()).contains("\tat io.zrepl");
  }

  @Test
  void versionOfTheClientNeedsNoConfiguration() {
    assertThat(program.run("version", "--show", "client")).isZero();
    assertThat(program.out())
        .matches("client: zrepl version=\\S+ go=java25\\S* GOOS=\\S+ GOARCH=\\S+ Compiler=\\S+\n");
    assertThat(program.requests).isEmpty();
  }

  @Test
  void versionShowsBothAndWarnsWhenTheyDiffer() throws Exception {
    program.socket = folder.resolve("control");
    VersionInformation other = new VersionInformation("0.0.1", "go1", "linux", "amd64", "gc");
    try (FakeDaemon daemon =
        new FakeDaemon(program.socket, FakeDaemon.answer(200, ControlJson.toJson(other)))) {
      assertThat(program.run("version")).isZero();
      assertThat(daemon.requests()).hasSize(1);
    }
    assertThat(program.out().lines())
        .containsExactly(
            "client: " + VersionInformation.current(),
            "server: zrepl version=0.0.1 go=go1 GOOS=linux GOARCH=amd64 Compiler=gc");
    assertThat(program.err()).startsWith("warning: ");
  }

  @Test
  void versionOfTheSameDaemonIsNoReasonForAWarning() throws Exception {
    program.socket = folder.resolve("control");
    String json = ControlJson.toJson(VersionInformation.current());
    try (FakeDaemon daemon = new FakeDaemon(program.socket, FakeDaemon.answer(200, json))) {
      assertThat(program.run("version", "--show", "daemon")).isZero();
      assertThat(program.run("version")).isZero();
      assertThat(daemon.requests()).hasSize(2);
    }
    assertThat(program.out().lines()).hasSize(3);
    assertThat(program.err()).isEmpty();
  }

  @Test
  void versionWithoutDaemonShowsTheClientAndFails() {
    assertThat(program.run("version")).isEqualTo(1);
    assertThat(program.out()).startsWith("client: ");
    assertThat(program.err()).contains("there is no such socket");
  }

  @Test
  void rawStatusIsWhatTheDaemonSaidWithoutTheLastNewline() throws Exception {
    program.socket = folder.resolve("control");
    try (FakeDaemon daemon =
        new FakeDaemon(program.socket, FakeDaemon.answer(200, "not even JSON\n"))) {
      assertThat(program.run("status", "--mode", "raw", "--job", "ignored")).isZero();
      assertThat(daemon.requests()).hasSize(1);
    }
    assertThat(program.out()).isEqualTo("not even JSON");
  }

  @Test
  void dumpShowsAllJobs() throws Exception {
    program.socket = folder.resolve("control");
    try (FakeDaemon daemon = new FakeDaemon(program.socket, FakeDaemon.answer(200, STATUS))) {
      assertThat(program.run("status", "--mode=dump")).isZero();
      assertThat(daemon.requests()).hasSize(1);
    }
    assertThat(program.out())
        .startsWith("Job: b\nType: snap\n")
        .contains("-".repeat(80) + "\nJob: sink\n");
  }

  @Test
  void dumpShowsOneJobWithoutALine() throws Exception {
    program.socket = folder.resolve("control");
    try (FakeDaemon daemon = new FakeDaemon(program.socket, FakeDaemon.answer(200, STATUS))) {
      assertThat(program.run("status", "--mode=dump", "--job", "sink")).isZero();
      assertThat(daemon.requests()).hasSize(1);
    }
    assertThat(program.out()).startsWith("Job: sink\n").doesNotContain("---", "Job: b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown", "_control"})
  void dumpOfAJobThatIsNotThereFails(String job) throws Exception {
    program.socket = folder.resolve("control");
    try (FakeDaemon daemon = new FakeDaemon(program.socket, FakeDaemon.answer(200, STATUS))) {
      assertThat(program.run("status", "--mode=dump", "--job", job)).isEqualTo(1);
      assertThat(daemon.requests()).hasSize(1);
    }
    assertThat(program.err()).contains("\"" + job + "\" does not exist", "\"b\", \"sink\"");
  }

  @Test
  void signalIsSilentWhenTaken() throws Exception {
    program.socket = folder.resolve("control");
    try (FakeDaemon daemon = new FakeDaemon(program.socket, FakeDaemon.answer(200, "{}\n"))) {
      assertThat(program.run("signal", "reset", "a job")).isZero();
      assertThat(daemon.requests().getFirst()).endsWith("{\"Name\":\"a job\",\"Op\":\"reset\"}\n");
    }
    assertThat(program.out() + program.err()).isEmpty();
  }

  @Test
  void signalThatIsRefusedPrintsTheTextOfTheDaemon() throws Exception {
    program.socket = folder.resolve("control");
    try (FakeDaemon daemon =
        new FakeDaemon(program.socket, FakeDaemon.answer(500, "already woken up"))) {
      assertThat(program.run("signal", "wakeup", "a")).isEqualTo(1);
      assertThat(daemon.requests()).hasSize(1);
    }
    assertThat(program.err()).isEqualTo("already woken up\n");
  }

  @ParameterizedTest
  @CsvSource({
    "tank, ACCEPT, tank<",
    "tank/a, ACCEPT, tank<",
    "tank/tmp, REJECT, tank/tmp<",
    "tank/tmp/x, ACCEPT, tank/tmp/x",
    "other, REJECT, no pattern matches"
  })
  void filterOfAJobIsTried(String dataset, String verdict, String pattern) {
    assertThat(program.run("test", "filesystems", "--job", "laptop", "--input", dataset)).isZero();
    assertThat(program.out()).isEqualTo(verdict + "\t" + dataset + "\t\t" + pattern + "\n");
  }

  @Test
  void filterOfAJobIsTriedOnAllDatasets() {
    program.datasets = ProgramRun.datasets(ProgramRun.dataset("other"), ProgramRun.dataset("tank"));
    assertThat(program.run("test", "filesystems", "--job=laptop", "--all=true")).isZero();
    assertThat(program.out())
        .isEqualTo("REJECT\tother\t\tno pattern matches\nACCEPT\ttank\t\ttank<\n");
  }

  @Test
  void listingThatFailsIsTold() {
    program.datasets =
        _ -> {
          throw OperationException.permanent("zfs list failed: no such program");
        };
    assertThat(program.run("test", "filesystems", "--job=laptop", "--all")).isEqualTo(1);
    assertThat(program.err()).isEqualTo("zfs list failed: no such program\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void completionKnowsVerbsAndOptions(String shell) throws Exception {
    Path file = folder.resolve("completion");
    assertThat(program.run("gencompletion", shell, file.toString())).isZero();
    assertThat(program.out()).isEmpty();
    assertThat(program.run("completion", shell)).isZero();
    assertThat(program.out())
        .isEqualTo(Files.readString(file))
        .contains("configcheck", "skip-cert-check", "filesystems")
        .doesNotContain("aot-training", "man-pages");
  }

  @Test
  void trainingUsesTheDaemonsClassesAndLeavesNothingBehind() {
    boolean[] trained = new boolean[1];
    program.daemon =
        new DaemonLauncher() {
          @Override
          public int run(io.zrepl.config.Configuration configuration) {
            throw new AssertionError("the training started the daemon");
          }

          @Override
          public void train(io.zrepl.config.Configuration configuration) {
            trained[0] = true;
          }
        };
    assertThat(program.run("aot-training", "commands")).isZero();
    assertThat(trained[0]).isFalse();
    assertThat(program.run("aot-training", "daemon")).isZero();
    assertThat(trained[0]).isTrue();
    assertThat(program.run("aot-training", "else")).isNotZero();
    assertThat(program.out()).isEmpty();
    assertThat(program.requests)
        .isNotEmpty()
        .allMatch(request -> Files.notExists(request.file().orElseThrow().getParent()));
  }

  @Test
  void portabilityIsToldAndFails() {
    assertThat(program.run("configcheck", "--portable")).isZero();
    program.notPortable = List.of("zrepl.yml:3:5: jobs[0].x: Go zrepl does not know this key");
    assertThat(program.run("configcheck", "--portable")).isEqualTo(1);
    assertThat(program.out())
        .isEqualTo("zrepl.yml:3:5: jobs[0].x: Go zrepl does not know this key\n");
    assertThat(program.run("configcheck")).isZero();
  }

  @Test
  void configurationIsComparedWithTheDatasets() {
    program.datasets =
        ProgramRun.datasets(ProgramRun.dataset("tank"), ProgramRun.dataset("tank/tmp"));
    assertThat(program.run("configcheck", "--against-zfs")).isZero();
    assertThat(program.err().lines().filter(line -> !line.startsWith(" ")))
        .containsExactly(
            "warning: zrepl.yml:4:54: jobs[0].filesystems[\"tank/tmp/x\"]: there is no dataset tank/tmp/x",
            "warning: zrepl.yml:8:42: jobs[1].root_fs: there is no dataset pool/sink; create it, for example with: zfs create -p -o mountpoint=none pool/sink");
  }

  @Test
  void outputThatCannotBeWrittenIsAFailure() {
    program.outputFails = true;
    assertThat(program.run("configcheck", "--format", "json")).isEqualTo(1);
    assertThat(program.err()).isEqualTo("the standard output could not be written\n");
    assertThat(program.run("configcheck")).isZero();
    assertThat(program.run("version", "--show", "client")).isEqualTo(1);
    assertThat(program.run("help")).isEqualTo(1);
  }

  @Test
  void valuesOfVariablesThatCountAreCheckedToo() {
    program.variables = Map.of("ZREPL_REPLICATION_MAX_ATTEMPTS", "abc");
    assertThat(program.run("configcheck")).isZero();
    assertThat(program.err())
        .isEqualTo(
            "warning: environment variable ZREPL_REPLICATION_MAX_ATTEMPTS=abc is not a number of at least 1: the daemon does not start with it\n");
    assertThat(program.run("daemon")).isEqualTo(1);
    assertThat(program.err())
        .contains(
            "cannot start: environment variable ZREPL_REPLICATION_MAX_ATTEMPTS=abc is not a number of at least 1");
  }

  @Test
  void fileNameThatCannotBeIsNoInternalError() {
    assertThat(program.run("configcheck", "--config", "a\0b")).isEqualTo(1);
    assertThat(program.err()).startsWith("--config: this is not a path: ");
  }

  @Test
  void schemaIsPrintedWithoutAConfiguration() {
    assertThat(program.run("configcheck", "--schema")).isZero();
    assertThat(program.out()).startsWith("{").contains("json-schema.org");
    assertThat(program.requests).isEmpty();
  }

  @Test
  void placeholdersAreShown() {
    program.datasets =
        ProgramRun.datasets(
            ProgramRun.dataset("tank"),
            new Dataset(
                DatasetPath.of("tank/p"),
                new Placeholder(true, Optional.of("on")),
                Optional.empty(),
                false));
    assertThat(program.run("test", "placeholder", "--all")).isZero();
    assertThat(program.out())
        .isEqualTo("IS_PLACEHOLDER\tDATASET\tzrepl:placeholder\nno\ttank\t\nyes\ttank/p\ton\n");
    assertThat(program.run("test", "placeholder", "--dataset", "tank/q")).isEqualTo(1);
    assertThat(program.err()).isEqualTo("there is no dataset tank/q\n");
    assertThat(program.run("test", "placeholder")).isEqualTo(1);
  }

  @Test
  void resumeTokenIsDecodedWithoutZfsAndConfiguration() {
    program.configurationProblem = "none";
    assertThat(program.run("test", "decoderesumetoken", "--token", TOKEN)).isZero();
    assertThat(program.out())
        .contains("\"HasToGUID\": true,", "\"ToName\": \"", "\"HasSavedOk\": false,");
    assertThat(program.run("test", "decoderesumetoken", "--token", "1-nonsense")).isEqualTo(1);
    assertThat(program.err()).startsWith("cannot decode the token: ");
  }

  private static String[] words(String line) {
    return line.isEmpty() ? new String[0] : line.split(" ");
  }
}

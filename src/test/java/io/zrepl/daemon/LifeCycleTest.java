package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A real process ends while it does something, with a {@code zfs} in its {@code PATH} that hangs
 * where we want. Transfers on real ZFS: {@code io.zrepl.endtoend.InterruptionTest}.
 */
@Tag("slow")
@Timeout(120)
class LifeCycleTest {
  private static final String ZFS =
      """
      #!/bin/sh
      echo "zfs $*" >> FOLDER/commands
      case "$1" in
      "$(cat FOLDER/hangs)") exec sleep 60 ;;
      get) printf 'tank\\tzrepl:placeholder\\t-\\t-\\ntank\\treceive_resume_token\\t-\\t-\\ntank\\tencryption\\toff\\t-\\n' ;;
      list) printf 'tank@a\\t1\\t1\\t1500000000\\t0\\ntank@b\\t2\\t2\\t1500000100\\t0\\n' ;;
      esac
      """;

  /** The one before a snapshot hangs if told to; both say what they did. */
  private static final String HOOK =
      """
      #!/bin/sh
      echo "$ZREPL_HOOKTYPE begins" >> FOLDER/commands
      if [ "$ZREPL_HOOKTYPE" = "$(cat FOLDER/hangs)" ]; then exec sleep 60; fi
      if [ "$ZREPL_HOOKTYPE" = "$(cat FOLDER/waits)" ]; then
        while [ ! -e FOLDER/go ]; do sleep 0.1; done
      fi
      echo "$ZREPL_HOOKTYPE ends" >> FOLDER/commands
      """;

  @TempDir private Path folder;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void makeFolder() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    script("zfs", ZFS);
    script("zpool", "#!/bin/sh\n");
    script("hook", HOOK);
    Files.writeString(folder.resolve("commands"), "");
    Files.writeString(folder.resolve("hangs"), "nothing");
    Files.writeString(folder.resolve("waits"), "nothing");
    configure(1);
  }

  @AfterEach
  void endProcesses() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private void configure(int keep) throws IOException {
    Files.writeString(
        folder.resolve("zrepl.yml"),
        """
        global:
          logging: [{type: stdout, level: debug, format: human, color: false}]
          control: {sockpath: "FOLDER/control"}
        jobs:
        - name: snap
          type: snap
          filesystems: {"tank<": true}
          snapshotting:
            type: periodic
            interval: 1h
            prefix: zrepl_
            hooks: [{type: command, path: FOLDER/hook, timeout: 1m}]
          pruning: {keep: [{type: last_n, count: KEEP}]}
        """
            .replace("FOLDER", folder.toString())
            .replace("KEEP", String.valueOf(keep)));
  }

  private void script(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text.replace("FOLDER", folder.toString()));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "--default-signal=INT,HUP",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                "io.zrepl.cli.Main",
                "--config",
                folder.resolve("zrepl.yml").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    builder.environment().put("STATE_DIRECTORY", folder.resolve("state").toString());
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve(arguments[0] + ".log").toFile()));
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private static String classPath() {
    return LifeCycleTest.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
        : System.getProperty("java.class.path");
  }

  private int signal(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("signal"));
    all.addAll(List.of(arguments));
    return awaitExit(start(all.toArray(String[]::new)));
  }

  private int awaitExit(Process process) throws Exception {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(this::log).isTrue();
    return process.exitValue();
  }

  private Process startDaemonAndAwait(String command) throws Exception {
    Process daemon = start("daemon");
    awaitCommand(daemon, command);
    return daemon;
  }

  private void awaitCommand(Process daemon, String command) {
    Awaitility.await(command)
        .atMost(Duration.ofMinutes(1))
        .failFast("the daemon ended", () -> !daemon.isAlive())
        .until(() -> commands().contains(command));
  }

  private String commands() throws IOException {
    return Files.readString(folder.resolve("commands"));
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("daemon.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void end(Process daemon, String way) throws Exception {
    if (way.equals("stop")) {
      assertThat(signal("stop")).isZero();
    } else {
      assertThat(new ProcessBuilder("kill", "-" + way, "" + daemon.pid()).start().waitFor())
          .isZero();
    }
  }

  private void assertNothingIsLeft(Process daemon, List<ProcessHandle> children) throws Exception {
    assertThat(awaitExit(daemon)).as(this::log).isZero();
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(folder.resolve("control")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "list, zfs list, TERM",
    "pre_snapshot, pre_snapshot begins, TERM",
    "pre_snapshot, pre_snapshot begins, stop",
    "snapshot, zfs snapshot, INT",
    "snapshot, zfs snapshot, stop",
    "destroy, zfs destroy, TERM",
    "destroy, zfs destroy, stop",
  })
  void endsAtOnceWhateverRunsAndTheNextStartGoesOn(String hangs, String command, String way)
      throws Exception {
    Files.writeString(folder.resolve("hangs"), hangs);
    Process daemon = startDaemonAndAwait(command);
    List<ProcessHandle> children = daemon.descendants().toList();
    assertThat(children).isNotEmpty();
    end(daemon, way);
    assertNothingIsLeft(daemon, children);
    if (hangs.equals("snapshot")) {
      assertThat(commands()).as("what began is undone").contains("post_snapshot ends");
    }

    Files.writeString(folder.resolve("hangs"), "nothing");
    Files.writeString(folder.resolve("commands"), "");
    Process second = startDaemonAndAwait("zfs destroy");
    end(second, way);
    assertNothingIsLeft(second, List.of());
  }

  @Test
  void shutdownLetsTheRoundOfSnapshotsEndAndBeginsNoPruning() throws Exception {
    Files.writeString(folder.resolve("waits"), "pre_snapshot");
    Process daemon = startDaemonAndAwait("pre_snapshot begins");
    assertThat(signal("shutdown")).isZero();
    assertThat(daemon.isAlive()).isTrue();
    Files.createFile(folder.resolve("go"));
    assertNothingIsLeft(daemon, List.of());
    assertThat(commands())
        .contains("pre_snapshot ends", "zfs snapshot", "post_snapshot ends")
        .doesNotContain("zfs destroy");
  }

  @Test
  void secondShutdownEndsAtOnce() throws Exception {
    Files.writeString(folder.resolve("hangs"), "destroy");
    Process daemon = startDaemonAndAwait("zfs destroy");
    List<ProcessHandle> children = daemon.descendants().toList();
    assertThat(signal("shutdown")).isZero();
    assertThat(daemon.isAlive()).isTrue();
    assertThat(signal("shutdown")).isZero();
    assertNothingIsLeft(daemon, children);
  }

  @Test
  void pauseEndsTheJobAndLastsOverARestart() throws Exception {
    Files.writeString(folder.resolve("hangs"), "destroy");
    Process daemon = startDaemonAndAwait("zfs destroy");
    List<ProcessHandle> children = daemon.descendants().toList();
    assertThat(signal("pause", "snap")).isZero();
    Awaitility.await().until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(signal("wakeup", "snap")).isOne();
    end(daemon, "TERM");
    assertNothingIsLeft(daemon, children);

    Files.writeString(folder.resolve("hangs"), "nothing");
    Files.writeString(folder.resolve("commands"), "");
    Process second = start("daemon");
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> Files.exists(folder.resolve("control")));
    assertThat(signal("wakeup", "snap")).isOne();
    assertThat(Files.readString(folder.resolve("signal.log"))).contains("signal resume snap");
    assertThat(commands()).isEmpty();
    assertThat(signal("resume", "snap")).isZero();
    awaitCommand(second, "zfs destroy");
    end(second, "TERM");
    assertNothingIsLeft(second, List.of());
  }

  @Test
  void reloadExchangesTheJobThatChanged() throws Exception {
    Files.writeString(folder.resolve("hangs"), "destroy");
    Process daemon = startDaemonAndAwait("zfs destroy");
    List<ProcessHandle> children = daemon.descendants().toList();
    assertThat(signal("reload")).isZero();
    assertThat(children).as("unchanged").allMatch(ProcessHandle::isAlive);
    Files.writeString(folder.resolve("commands"), "");
    Files.writeString(folder.resolve("hangs"), "nothing");
    configure(2);
    assertThat(signal("reload")).isZero();
    assertThat(Files.readString(folder.resolve("signal.log")))
        .contains("unchanged: snap", "begun again with other settings: snap");
    awaitCommand(daemon, "post_snapshot ends");
    assertThat(children).as("changed").noneMatch(ProcessHandle::isAlive);
    end(daemon, "TERM");
    assertNothingIsLeft(daemon, List.of());
  }
}

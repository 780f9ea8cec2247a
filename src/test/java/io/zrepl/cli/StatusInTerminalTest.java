package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zrepl.control.FakeDaemon;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code zrepl status} in a real terminal, that of tmux, with the daemon played by a fake. */
@Tag("foreign")
@Timeout(180)
class StatusInTerminalTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  @BeforeEach
  void shell() throws Exception {
    Files.writeString(
        folder.resolve("zrepl.yml"),
        "global: {control: {sockpath: %s}}\njobs: []\n".formatted(folder.resolve("control")));
    Files.writeString(
        folder.resolve("status"),
        """
        size=$(stty size)
        exec '%s/bin/java' -XX:TieredStopAtLevel=1 -Dzrepl.terminal.columns=${size#* } \
          -cp '%s' io.zrepl.cli.Main --config '%s' status "$@"
        """
            .formatted(
                System.getProperty("java.home"),
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                folder.resolve("zrepl.yml")));
    tmux(
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-x",
        "80",
        "-y",
        "24",
        "env PS1='$ ' ENV= LC_ALL=C.UTF-8 sh");
    awaitScreen("$");
  }

  @AfterEach
  void end() throws Exception {
    tmux("kill-server");
  }

  private String tmux(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tmux", "-S", folder.resolve("t").toString()));
    command.addAll(Arrays.asList(arguments));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new AssertionError("tmux is missing: install the package tmux", e);
    }
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }

  private void keys(String... keys) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("send-keys"));
    arguments.addAll(Arrays.asList(keys));
    tmux(arguments.toArray(String[]::new));
  }

  private void startStatus() throws Exception {
    keys("sh " + folder.resolve("status"), "Enter");
  }

  private String awaitScreen(String... texts) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> tmux("capture-pane", "-p"),
            screen -> Arrays.stream(texts).allMatch(screen::contains));
  }

  /** Waits until the shell asks for the next command. */
  private String awaitPrompt() {
    return await()
        .atMost(PATIENCE)
        .until(() -> tmux("capture-pane", "-p"), screen -> screen.stripTrailing().endsWith("\n$"));
  }

  private static String answer(int filesystems) {
    String zero = "\"0001-01-01T00:00:00Z\"";
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < filesystems; i++) {
      boolean fails = i == filesystems - 1;
      all.append(i == 0 ? "" : ",")
          .append("{\"Info\":{\"Name\":\"tank/fs%05d\"},\"BlockedOn\":\"nothing\",".formatted(i))
          .append("\"State\":\"%s\",\"PlanError\":null,".formatted(fails ? "step-error" : "done"))
          .append("\"StepError\":")
          .append(fails ? "{\"Err\":\"out of \\u001b[31mspace\",\"Time\":" + zero + "}" : "null")
          .append(",\"CurrentStep\":0,\"Steps\":[]}");
    }
    return """
    {"Jobs":{"laptop":{"type":"push","push":{"Replication":{"StartAt":ZERO,"FinishAt":ZERO,
    "WaitReconnectSince":ZERO,"WaitReconnectUntil":ZERO,"WaitReconnectError":null,"Attempts":[
    {"State":"filesystem-error","StartAt":ZERO,"FinishAt":ZERO,"PlanError":null,"Filesystems":[ALL]}]},
    "PruningSender":null,"PruningReceiver":null,"Snapshotting":null}},
    "sink":{"type":"sink","sink":{"Snapper":null}}},
    "Global":{"ZFSCmds":{"Active":null},"Envconst":{"Entries":null},"OsEnviron":[]}}
    """
        .replace("ZERO", zero)
        .replace("ALL", all);
  }

  private FakeDaemon daemon(int filesystems) throws IOException {
    return new FakeDaemon(folder.resolve("control"), FakeDaemon.answer(200, answer(filesystems)));
  }

  @Test
  void theOneFailureOfTenThousandIsSeenAtOnceAndQuittingRestoresTheTerminal() throws Exception {
    try (FakeDaemon daemon = daemon(10_000)) {
      startStatus();
      awaitScreen(
          "! laptop",
          "10000 filesystems: 1 failed, 9999 done",
          "! tank/fs09999",
          "out of ?[31mspace");
      keys("q");
      assertThat(awaitPrompt()).doesNotContain("10000 filesystems");
      keys("stty -a | tr ' ' '\\n' | grep icanon", "Enter");
      awaitScreen("\nicanon");
      assertThat(daemon.requests()).isNotEmpty();
    }
  }

  @Test
  void survivesARestartOfTheDaemonAndAnotherSize() throws Exception {
    try (FakeDaemon first = daemon(3)) {
      startStatus();
      awaitScreen("3 filesystems: 1 failed");
      assertThat(first.requests()).isNotEmpty();
    }
    awaitScreen("NO ANSWER from the daemon", "What follows is", "3 filesystems: 1 failed");
    tmux("resize-window", "-x", "120", "-y", "40");
    Files.delete(folder.resolve("control"));
    try (FakeDaemon second = daemon(4)) {
      String screen = awaitScreen("4 filesystems: 1 failed");
      assertThat(screen.lines().toList().getLast()).startsWith("q quit");
      assertThat(screen.lines()).hasSize(40);
      assertThat(second.requests()).isNotEmpty();
    }
  }

  @Test
  void aSignalIsSentAfterTheQuestion() throws Exception {
    try (FakeDaemon daemon = daemon(1)) {
      startStatus();
      awaitScreen("1 filesystem: 1 failed");
      keys("S");
      awaitScreen("Signal to job laptop");
      assertThat(daemon.requests()).noneMatch(request -> request.contains("/signal"));
      keys("Right", "Enter");
      awaitScreen("reset: sent to laptop");
      assertThat(daemon.requests())
          .anyMatch(request -> request.contains("/signal") && request.contains("reset"));
    }
  }

  @Test
  void suspendingAndEndingBySignalRestoreTheTerminal() throws Exception {
    try (FakeDaemon daemon = daemon(1)) {
      startStatus();
      awaitScreen("1 filesystem: 1 failed");
      keys("C-z");
      assertThat(awaitScreen("Stopped")).doesNotContain("1 filesystem");
      keys("fg", "Enter");
      awaitScreen("1 filesystem: 1 failed");
      String pid = tmux("display-message", "-p", "#{pane_pid}").strip();
      long child =
          ProcessHandle.of(Long.parseLong(pid))
              .orElseThrow()
              .children()
              .findFirst()
              .orElseThrow()
              .pid();
      ProcessHandle.of(child).orElseThrow().destroy();
      assertThat(awaitPrompt()).doesNotContain("1 filesystem");
      assertThat(daemon.requests()).isNotEmpty();
    }
  }
}

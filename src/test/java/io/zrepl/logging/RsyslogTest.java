package io.zrepl.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Against Debian's rsyslog, on a socket of its own; it ends and comes again. */
@Tag("foreign")
@Timeout(60)
class RsyslogTest {
  private static final Path DAEMON = Path.of("/usr/sbin/rsyslogd");

  @TempDir private Path folder;
  private final Logger log = LoggerFactory.getLogger("io.zrepl.job.PushJob#push");
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();

  @AfterEach
  void silence() {
    Silence.again();
  }

  private Process start() throws Exception {
    assertThat(DAEMON).as("install the package rsyslog").isExecutable();
    Path file = folder.resolve("rsyslog.conf");
    Files.writeString(
        file,
        """
        global(workDirectory="%1$s")
        module(load="imuxsock" SysSock.Use="off")
        input(type="imuxsock" Socket="%1$s/log" CreatePath="off" RateLimit.Interval="0")
        template(name="all" type="string" string="%%syslogfacility-text%%.%%syslogseverity-text%% %%programname%%:%%msg%%\\n")
        *.* action(type="omfile" file="%1$s/out" template="all" asyncWriting="off" flushOnTXEnd="on")
        """
            .formatted(folder));
    Process process =
        new ProcessBuilder(DAEMON.toString(), "-n", "-f", file.toString(), "-i", folder + "/pid")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("rsyslogd.out").toFile())
            .start();
    while (!Files.exists(folder.resolve("log"))) {
      assertThat(process.isAlive()).as("rsyslogd runs").isTrue();
      Thread.sleep(20);
    }
    return process;
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  private List<String> received(int count) throws Exception {
    Path out = folder.resolve("out");
    while (!Files.exists(out) || Files.readAllLines(out, StandardCharsets.UTF_8).size() < count) {
      Thread.sleep(20);
    }
    return Files.readAllLines(out, StandardCharsets.UTF_8);
  }

  @Test
  void receivesEachLineWithFacilityAndSeverity() throws Exception {
    LoggingSettings settings =
        new LoggingSettings(
            List.of(
                new OutletSettings.Syslog(
                    LogLevel.DEBUG, LogFormat.HUMAN, SyslogFacility.LOCAL3, Duration.ofMillis(50)),
                new OutletSettings.Stdout(LogLevel.WARN, LogFormat.HUMAN, false, false)));
    Process first = start();
    try (LogOutlets _ =
        LogOutlets.install(
            settings, Map.of(), stdout, LogObserver.NONE, List.of(folder.resolve("log")))) {
      log.debug("one");
      log.atInfo().addKeyValue("fs", "tank/ä").log("two");
      log.warn("three");
      log.error("four " + "x".repeat(20_000));
      List<String> lines = received(4);
      assertThat(lines.subList(0, 3))
          .containsExactly(
              "local3.debug zrepl: [push][job]: one",
              "local3.info zrepl: [push][job]: two fs=\"tank/ä\"",
              "local3.warning zrepl: [push][job]: three");
      assertThat(lines.get(3))
          .startsWith("local3.err zrepl: [push][job]: four xx")
          .endsWith("… (cut)");
      end(first);
      log.info("while it is gone");
      Process second = start();
      assertThat(received(7).subList(4, 7))
          .satisfiesExactly(
              line -> assertThat(line).endsWith("while it is gone"),
              line -> assertThat(line).startsWith("local3.err").contains("outlet error"),
              line -> assertThat(line).startsWith("local3.warning").contains("works again"));
      end(second);
    } finally {
      end(first);
    }
    assertThat(stdout.toString(StandardCharsets.UTF_8)).contains("outlet error", "works again");
  }
}

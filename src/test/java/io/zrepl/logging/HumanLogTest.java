package io.zrepl.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a log line for people looks like. */
class HumanLogTest {
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final Logger log = LoggerFactory.getLogger("io.zrepl.replicate.run.Replication");

  private Optional<LogOutlets> outlets = Optional.empty();

  private void install(LogLevel level, boolean time) {
    outlets =
        Optional.of(
            LogOutlets.install(
                new LoggingSettings(
                    List.of(new OutletSettings.Stdout(level, LogFormat.HUMAN, time, true))),
                Map.of(),
                output,
                LogObserver.NONE));
  }

  private String text() {
    outlets.orElseThrow().close();
    return output.toString(StandardCharsets.UTF_8);
  }

  @AfterEach
  void silenceAgain() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).reset();
    ((LoggerContext) LoggerFactory.getILoggerFactory())
        .getLogger(Logger.ROOT_LOGGER_NAME)
        .setLevel(ch.qos.logback.classic.Level.OFF);
  }

  @Test
  void jobAndSubsystemComeFirstThenMessageThenFields() {
    install(LogLevel.INFO, false);
    log.atInfo().addKeyValue("job", "to vault").addKeyValue("fs", "tank/a").log("step done");
    assertThat(text()).isEqualTo("[INFO][to vault][repl]: step done fs=\"tank/a\"\n");
  }

  @Test
  void jobMayStandInTheNameOfTheLogger() {
    install(LogLevel.INFO, false);
    LoggerFactory.getLogger("io.zrepl.prune.PruneRun#a.b c").info("done");
    assertThat(text()).isEqualTo("[INFO][a.b c][pruning]: done\n");
  }

  @Test
  void lineBeginsWithTheTimeIfWanted() {
    install(LogLevel.INFO, true);
    log.info("hello");
    assertThat(text())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d) \\[INFO].*\\n");
  }

  @Test
  void linesBelowTheLevelAreLeftOut() {
    install(LogLevel.WARN, false);
    log.info("quiet");
    log.warn("loud");
    assertThat(text()).isEqualTo("[WARN][repl]: loud\n");
  }

  @Test
  void textFromOutsideCannotForgeALine() {
    install(LogLevel.INFO, false);
    log.atInfo().addKeyValue("snap", "a\"\n[ERRO]: forged\u001b[2J").log("x");
    assertThat(text()).isEqualTo("[INFO][repl]: x snap=\"a\\\"\\n[ERRO]: forged\\x1b[2J\"\n");
  }

  @Test
  void programFaultComesWithItsStackTrace() {
    install(LogLevel.INFO, false);
    log.error("bug", new IllegalStateException("why"));
    assertThat(text())
        .startsWith("[ERRO][repl]: bug\n    java.lang.IllegalStateException: why\n    at ");
  }
}

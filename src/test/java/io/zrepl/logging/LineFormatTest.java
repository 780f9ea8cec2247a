package io.zrepl.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the formats make of an entry. */
class LineFormatTest {
  private static final LineFormat HUMAN = new HumanFormat(true, true, false, ZoneOffset.UTC);
  private static final LineFormat COLOR = new HumanFormat(false, true, true, ZoneOffset.UTC);
  private static final LineFormat HUMAN_SYSLOG =
      new HumanFormat(false, false, false, ZoneOffset.UTC);
  private static final LineFormat LOGFMT = new LogfmtFormat(true, true, ZoneOffset.UTC);
  private static final LineFormat LOGFMT_SYSLOG = new LogfmtFormat(false, false, ZoneOffset.UTC);
  private static final LineFormat JSON = new JsonFormat(ZoneOffset.UTC);

  private static final LogEntry OF_JOB =
      entry(LogLevel.WARN, "to vault", "repl", "it's \"odd\"", Map.entry("fs", "tank/a b"));
  private static final LogEntry OF_DAEMON =
      entry(LogLevel.DEBUG, null, "job", "go", Map.entry("n", "1"), Map.entry("a", "x\ny"));

  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  private static LogEntry entry(
      LogLevel level,
      @Nullable String job,
      @Nullable String subsystem,
      String message,
      Map.Entry<String, String>... fields) {
    return new LogEntry(
        Instant.parse("2026-11-23T03:04:05.123456789Z"),
        level,
        Optional.ofNullable(job),
        Optional.ofNullable(subsystem),
        message,
        List.of(fields),
        List.of());
  }

  static Stream<Arguments> lines() {
    return Stream.of(
        arguments(
            HUMAN,
            OF_JOB,
            "2026-11-23T03:04:05Z [WARN][to vault][repl]: it's \"odd\" fs=\"tank/a b\""),
        arguments(HUMAN, OF_DAEMON, "2026-11-23T03:04:05Z [DEBG][job]: go n=\"1\" a=\"x\\ny\""),
        arguments(COLOR, OF_DAEMON, "[\u001b[94mDEBG\u001b[0m][job]: go n=\"1\" a=\"x\\ny\""),
        arguments(HUMAN_SYSLOG, OF_JOB, "[to vault][repl]: it's \"odd\" fs=\"tank/a b\""),
        arguments(
            LOGFMT,
            OF_JOB,
            "time=2026-11-23T03:04:05.123456789Z level=warn job=\"to vault\" subsystem=repl msg=\"it's \\\"odd\\\"\" fs=\"tank/a b\""),
        arguments(
            LOGFMT,
            OF_DAEMON,
            "time=2026-11-23T03:04:05.123456789Z level=debug msg=go subsystem=job n=1 a=\"x\\ny\""),
        arguments(LOGFMT_SYSLOG, OF_DAEMON, "msg=go subsystem=job n=1 a=\"x\\ny\""),
        arguments(
            JSON,
            OF_JOB,
            "{\"fs\":\"tank/a b\",\"job\":\"to vault\",\"level\":\"warn\",\"msg\":\"it's \\\"odd\\\"\",\"subsystem\":\"repl\",\"time\":\"2026-11-23T03:04:05Z\"}"),
        arguments(
            JSON,
            OF_DAEMON,
            "{\"a\":\"x\\ny\",\"level\":\"debug\",\"msg\":\"go\",\"n\":\"1\",\"subsystem\":\"job\",\"time\":\"2026-11-23T03:04:05Z\"}"));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void isAsDocumented(LineFormat format, LogEntry entry, String line) {
    assertThat(format.line(entry)).isEqualTo(line);
  }

  @Test
  void fieldsCannotTakeThePlaceOfTheLevelInJson() {
    assertThat(JSON.line(entry(LogLevel.ERROR, null, null, "x", Map.entry("level", "info"))))
        .contains("\"level\":\"error\"")
        .doesNotContain("info");
  }

  @Test
  void keysCannotForgeFieldsInLogfmt() {
    assertThat(LOGFMT_SYSLOG.line(entry(LogLevel.ERROR, null, null, "x", Map.entry("a b=\n", ""))))
        .isEqualTo("msg=x a_b__=");
  }
}

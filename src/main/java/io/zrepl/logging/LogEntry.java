package io.zrepl.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.KeyValuePair;

/**
 * What one log line says, before it is brought into a format. Texts are without secrets, but may
 * have control characters.
 *
 * @param time when it happened
 * @param level how bad it is
 * @param job to which it belongs; empty for the daemon itself
 * @param subsystem documented name of the part of the program; empty for libraries
 * @param message what happened
 * @param fields what belongs to it, in the order in which the program gave it; without job
 * @param stackTrace of a fault of the program, one line each
 */
record LogEntry(
    Instant time,
    LogLevel level,
    Optional<String> job,
    Optional<String> subsystem,
    String message,
    List<Map.Entry<String, String>> fields,
    List<String> stackTrace) {
  /** The field that names the job. */
  static final String JOB = "job";

  /** Reads an event; the job is a field of that name, or stands in the name of the logger. */
  static LogEntry of(ILoggingEvent event) {
    LoggerName logger = LoggerName.parse(event.getLoggerName());
    Optional<String> job = logger.job();
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    List<KeyValuePair> pairs =
        event.getKeyValuePairs() == null ? List.of() : event.getKeyValuePairs();
    for (KeyValuePair field : pairs) {
      String value = Secrets.hidden(String.valueOf(field.value));
      if (field.key.equals(JOB)) {
        job = Optional.of(value);
      } else {
        fields.add(Map.entry(field.key, value));
      }
    }
    List<String> trace =
        event.getThrowableProxy() == null
            ? List.of()
            : Secrets.hidden(ThrowableProxyUtil.asString(event.getThrowableProxy()))
                .lines()
                .map(String::strip)
                .toList();
    return new LogEntry(
        event.getInstant(),
        levelOf(event.getLevel()),
        job,
        logger.subsystem(),
        Secrets.hidden(String.valueOf(event.getFormattedMessage())),
        List.copyOf(fields),
        trace);
  }

  /** The same with another level. */
  LogEntry withLevel(LogLevel other) {
    return new LogEntry(time, other, job, subsystem, message, fields, stackTrace);
  }

  /** The same with one field more. */
  LogEntry withField(String key, String value) {
    List<Map.Entry<String, String>> more = new ArrayList<>(fields);
    more.add(Map.entry(key, value));
    return new LogEntry(time, level, job, subsystem, message, List.copyOf(more), stackTrace);
  }

  /** The job of an event; empty for the daemon itself. */
  static Optional<String> jobOf(ILoggingEvent event) {
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair field : event.getKeyValuePairs()) {
        if (field.key.equals(JOB)) {
          return Optional.of(String.valueOf(field.value));
        }
      }
    }
    return LoggerName.parse(event.getLoggerName()).job();
  }

  static LogLevel levelOf(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> LogLevel.ERROR;
      case Level.WARN_INT -> LogLevel.WARN;
      case Level.INFO_INT -> LogLevel.INFO;
      default -> LogLevel.DEBUG;
    };
  }
}

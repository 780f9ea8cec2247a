package io.zrepl.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Log lines for people: {@code TIME [LEVEL][job][subsystem]: message key="value" …}.
 *
 * <p>The fields stand in the order in which the program gave them. The job is the field {@value
 * #JOB}, or stands in the logger's name behind "#"; the subsystem follows from the rest of that
 * name. A line never contains a line break or a control character that came from outside, so that
 * no name of a snapshot can forge a line.
 */
final class HumanEncoder extends EncoderBase<ILoggingEvent> {
  /** The field that names the job. */
  static final String JOB = "job";

  private static final byte[] NONE = new byte[0];
  private static final String RESET = "\u001b[0m";

  private final boolean time;
  private final boolean color;
  private final ZoneId zone;

  HumanEncoder(boolean time, boolean color, ZoneId zone) {
    this.time = time;
    this.color = color;
    this.zone = zone;
  }

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    if (time) {
      line.append(
              DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                  event.getInstant().truncatedTo(ChronoUnit.SECONDS).atZone(zone)))
          .append(' ');
    }
    appendLevel(line, event.getLevel());
    List<KeyValuePair> fields =
        event.getKeyValuePairs() == null ? List.of() : event.getKeyValuePairs();
    LoggerName logger = LoggerName.parse(event.getLoggerName());
    Optional<String> job = logger.job();
    List<KeyValuePair> rest = new ArrayList<>();
    for (KeyValuePair field : fields) {
      if (field.key.equals(JOB)) {
        job = Optional.of(String.valueOf(field.value));
      } else {
        rest.add(field);
      }
    }
    job.ifPresent(name -> line.append('[').append(clean(name)).append(']'));
    logger.subsystem().ifPresent(name -> line.append('[').append(name).append(']'));
    line.append(": ").append(clean(event.getFormattedMessage()));
    for (KeyValuePair field : rest) {
      line.append(' ').append(field.key).append("=\"");
      line.append(clean(String.valueOf(field.value)).replace("\"", "\\\"")).append('"');
    }
    line.append('\n');
    appendStackTrace(line, event.getThrowableProxy());
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void appendLevel(StringBuilder line, Level level) {
    String name =
        switch (level.toInt()) {
          case Level.ERROR_INT -> "ERRO";
          case Level.WARN_INT -> "WARN";
          case Level.INFO_INT -> "INFO";
          default -> "DEBG";
        };
    line.append('[');
    if (color) {
      line.append(colorOf(level)).append(name).append(RESET);
    } else {
      line.append(name);
    }
    line.append(']');
  }

  private static String colorOf(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> "\u001b[91m";
      case Level.WARN_INT -> "\u001b[93m";
      case Level.INFO_INT -> "\u001b[92m";
      default -> "\u001b[94m";
    };
  }

  /** A failure of the program itself comes with its stack trace, indented below the line. */
  private static void appendStackTrace(StringBuilder line, @Nullable IThrowableProxy failure) {
    if (failure != null) {
      ThrowableProxyUtil.asString(failure)
          .lines()
          .forEach(frame -> line.append("    ").append(frame.strip()).append('\n'));
    }
  }

  private static String clean(String text) {
    @Nullable StringBuilder result = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x20 && c != 0x7f) {
        if (result != null) {
          result.append(c);
        }
        continue;
      }
      if (result == null) {
        result = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      switch (c) {
        case '\n' -> result.append("\\n");
        case '\t' -> result.append("\\t");
        case '\r' -> result.append("\\r");
        default -> result.append("\\x%02x".formatted((int) c));
      }
    }
    return result == null ? text : result.toString();
  }
}

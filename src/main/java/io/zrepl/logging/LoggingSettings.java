package io.zrepl.logging;

import java.util.List;

/**
 * Where log lines go ({@code global.logging}).
 *
 * @param outlets in the order of the configuration
 */
public record LoggingSettings(List<OutletSettings> outlets) {
  /** One outlet: stdout, warnings and errors, for humans. */
  public static final LoggingSettings DEFAULT =
      new LoggingSettings(
          List.of(new OutletSettings.Stdout(LogLevel.WARN, LogFormat.HUMAN, true, true)));

  /** Copies the list. */
  public LoggingSettings {
    outlets = List.copyOf(outlets);
  }
}

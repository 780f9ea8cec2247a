package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.config.schema.Words;
import io.zrepl.logging.LogFormat;
import io.zrepl.logging.LogLevel;
import io.zrepl.logging.OutletSettings;
import java.util.List;
import java.util.Optional;

/** {@code global.logging}. */
final class LoggingSections {
  /** What an explicitly empty list of outlets stands for. */
  static final OutletSettings BARE =
      new OutletSettings.Stdout(LogLevel.WARN, LogFormat.HUMAN, false, false);

  private static final Kind<LogLevel> LEVEL =
      Words.<LogLevel>named("log level")
          .word("debug", LogLevel.DEBUG)
          .word("info", LogLevel.INFO)
          .word("warn", LogLevel.WARN)
          .word("error", LogLevel.ERROR)
          .kind();

  private static final Kind<LogFormat> FORMAT =
      Words.<LogFormat>named("log format")
          .word("human", LogFormat.HUMAN)
          .planned("logfmt", "json")
          .kind();

  static final Kind<List<OutletSettings>> OUTLETS =
      ListKind.of(
              "outlets",
              Union.<OutletSettings>named("log outlet")
                  .variant("stdout", new Stdout())
                  .planned("syslog", "tcp"))
          .withCheck(LoggingSections::onlyOneStdout);

  private LoggingSections() {}

  private static Optional<String> onlyOneStdout(
      List<OutletSettings> earlier, OutletSettings outlet) {
    return outlet instanceof OutletSettings.Stdout
            && earlier.stream().anyMatch(OutletSettings.Stdout.class::isInstance)
        ? Optional.of("only one outlet may have the type stdout")
        : Optional.empty();
  }

  private static final class Stdout extends Section<OutletSettings.Stdout> {
    private final Field<LogLevel> level =
        required("level", LEVEL, "Lines below this level are left out.");
    private final Field<LogFormat> format = required("format", FORMAT, "How lines look.");
    private final Field<Boolean> time =
        optional(
            "time",
            ConfigurationKinds.BOOL,
            "true",
            "Whether lines begin with the time. On a terminal they always do.");
    private final Field<Boolean> color =
        optional(
            "color",
            ConfigurationKinds.BOOL,
            "true",
            "Whether lines are coloured. Only on a terminal, and not if `NO_COLOR` is set.");

    Stdout() {
      super("stdout log outlet", "Writes log lines to the standard output.");
    }

    @Override
    protected OutletSettings.Stdout build(Values values) {
      return new OutletSettings.Stdout(
          values.get(level), values.get(format), values.get(time), values.get(color));
    }
  }
}

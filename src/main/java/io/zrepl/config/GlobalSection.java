package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.logging.LoggingSettings;
import io.zrepl.logging.OutletSettings;
import io.zrepl.monitoring.PrometheusSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code global}. */
final class GlobalSection extends Section<GlobalSection.Settings> {
  /** What concerns the daemon as a whole. */
  record Settings(
      LoggingSettings logging,
      Optional<PrometheusSettings> monitoring,
      Path controlSocket,
      Duration stallTimeout,
      Path stdinserverDirectory) {}

  private final Field<List<OutletSettings>> logging =
      withDefault(
          "logging",
          LoggingSections.OUTLETS,
          "[{type: stdout, level: warn, format: human}]",
          "Where log lines go. An empty list gives bare lines on stdout.");
  private final Field<List<PrometheusSettings>> monitoring =
      optional(
          "monitoring",
          MonitoringSections.MONITORING,
          "[]",
          "How metrics are offered. At most one entry.");
  private final Field<Path> control =
      withDefaults("control", new ControlSection(), "How commands reach the daemon.");
  private final Field<Path> serve =
      withDefaults("serve", new ServeSection(), "What concerns all serving jobs.");

  private final Field<Duration> stallTimeout =
      extension(
          "stall_timeout",
          ConfigurationKinds.POSITIVE_JOB_DURATION,
          "10m",
          "How long planning, a size estimate, a step, pruning, a hook or any command of ZFS may go on without any progress (bytes, processor time) before it is cancelled and tried again. An addition of this program: Go zrepl refuses it.");

  GlobalSection() {
    super("global", "What concerns the daemon as a whole.");
  }

  @Override
  protected Settings build(Values values) {
    List<OutletSettings> outlets = values.get(logging);
    return new Settings(
        new LoggingSettings(outlets.isEmpty() ? List.of(LoggingSections.BARE) : outlets),
        values.get(monitoring).stream().findFirst(),
        values.get(control),
        values.get(stallTimeout),
        values.get(serve));
  }

  private static final class ControlSection extends Section<Path> {
    private final Field<Path> sockpath =
        optional(
            "sockpath",
            ConfigurationKinds.SOCKET_PATH,
            Configuration.DEFAULT_CONTROL_SOCKET.toString(),
            "The daemon's unix socket. Its directory must exist and be closed to others (no mode bit of 0007).");

    ControlSection() {
      super("control", "How commands such as `zrepl status` reach the daemon.");
    }

    @Override
    protected Path build(Values values) {
      return values.get(sockpath);
    }
  }

  private static final class ServeSection extends Section<Path> {
    private final Field<Path> stdinserver =
        withDefaults(
            "stdinserver", new StdinserverSection(), "Where `zrepl stdinserver` finds the daemon.");

    ServeSection() {
      super("global serve", "What concerns all serving jobs.");
    }

    @Override
    protected Path build(Values values) {
      return values.get(stdinserver);
    }
  }

  private static final class StdinserverSection extends Section<Path> {
    private final Field<Path> sockdir =
        optional(
            "sockdir",
            ConfigurationKinds.PATH_OR_EMPTY,
            Configuration.DEFAULT_STDINSERVER_DIRECTORY.toString(),
            "A directory for one unix socket per client. It must exist and be closed to others (no mode bit of 0007).",
            "/run/zrepl/stdinserver");

    StdinserverSection() {
      super("global serve stdinserver", "Where `zrepl stdinserver` finds the daemon.");
    }

    @Override
    protected Path build(Values values) {
      return values.get(sockdir);
    }
  }
}

package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Scalars;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.model.NameRules;
import io.zrepl.snapshot.CronSchedule;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.snapshot.hook.HookSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code snapshotting}. */
final class SnapshottingSections {
  static final Kind<SnapshottingSettings> SNAPSHOTTING =
      Union.<SnapshottingSettings>named("snapshotting section")
          .variant("periodic", new Periodic())
          .variant("cron", new Cron())
          .variant("manual", new Manual());

  private SnapshottingSections() {}

  private static final class Manual extends Section<SnapshottingSettings.Manual> {
    Manual() {
      super(
          "manual snapshotting",
          "Takes no snapshots by itself; `zrepl signal snapshot JOB` takes some, `zrepl signal wakeup JOB` replicates.");
    }

    @Override
    protected SnapshottingSettings.Manual build(Values values) {
      return new SnapshottingSettings.Manual();
    }
  }

  /** What all sections that take snapshots have. */
  private abstract static class Taking<T extends SnapshottingSettings> extends Section<T> {
    private static final String VALID_PREFIX = "x";

    private final Field<String> prefix =
        required(
            "prefix",
            ConfigurationKinds.TEXT,
            "What the names of its snapshots begin with.",
            "zrepl_");
    private final Field<String> timestampFormat =
        optional(
            "timestamp_format",
            ConfigurationKinds.TEXT,
            "dense",
            "What follows the prefix: `dense`, `human`, `iso-8601`, `unix-seconds` or a layout.",
            "iso-8601");
    private final Field<String> timestampLocation =
        optional(
            "timestamp_location",
            ConfigurationKinds.TEXT,
            "UTC",
            "Time zone of the timestamp. `dense`, `human` and `unix-seconds` need `UTC`.",
            "Europe/Berlin");
    private final Field<List<HookSettings>> hooks =
        optional(
            "hooks",
            HookSections.HOOKS,
            "[]",
            "What happens around each snapshot, in this order; see [hooks](hooks.md).");

    Taking(String title, String meaning) {
      super(title, meaning);
    }

    List<HookSettings> hooks(Values values) {
      return values.get(hooks);
    }

    SnapshotNaming naming(Values values) {
      try {
        return SnapshotNaming.of(
            values.get(prefix), values.get(timestampFormat), values.get(timestampLocation));
      } catch (InvalidValueException e) {
        throw new IllegalStateException("problems() found none", e);
      }
    }

    /** For a value that is not valid itself stands one that goes with all others. */
    @Override
    protected Map<Field<?>, String> problems(Values values) {
      String location = values.find(timestampLocation).orElse("UTC");
      String format = values.find(timestampFormat).orElse("iso-8601");
      Optional<String> start = values.find(prefix);
      return namingProblems(start.orElse(VALID_PREFIX), format, location);
    }

    /** Blames the key that is invalid with valid others; if it takes them together, the prefix. */
    private Map<Field<?>, String> namingProblems(String start, String format, String location) {
      Map<Field<?>, String> problems = new LinkedHashMap<>();
      Optional<String> whole = problem(start, format, location);
      if (whole.isEmpty()) {
        return problems;
      }
      prefixProblem(start).ifPresent(text -> problems.put(prefix, text));
      if (problem(VALID_PREFIX, format, "UTC").isPresent()) {
        problem(prefixProblem(start).isEmpty() ? start : VALID_PREFIX, format, "UTC")
            .ifPresent(text -> problems.put(timestampFormat, text));
      } else {
        problem(VALID_PREFIX, format, location)
            .ifPresent(text -> problems.put(timestampLocation, text));
      }
      if (problems.keySet().equals(Set.of(prefix))) {
        problems.clear(); // the message of the whole shows the name as it would be
      }
      if (problems.isEmpty()) {
        problems.put(prefix, lengthProblem(start, format, location).orElse(whole.get()));
      }
      return problems;
    }

    private static Optional<String> lengthProblem(String start, String format, String location) {
      try {
        SnapshotNaming.of(VALID_PREFIX, format, location);
        NameRules.requireComponent("prefix", start);
        return Optional.of(
            "with this prefix of %d characters, names are longer than the %d that ZFS allows"
                .formatted(start.length(), NameRules.MAXIMUM_LENGTH));
      } catch (InvalidValueException e) {
        return Optional.empty();
      }
    }

    private static Optional<String> prefixProblem(String start) {
      try {
        NameRules.requireComponent("prefix", start);
        return Optional.empty();
      } catch (InvalidValueException e) {
        return Optional.of(text(e));
      }
    }

    private static Optional<String> problem(String prefix, String format, String location) {
      try {
        SnapshotNaming.of(prefix, format, location);
        return Optional.empty();
      } catch (InvalidValueException e) {
        return Optional.of(text(e));
      }
    }

    private static String text(InvalidValueException e) {
      return Optional.ofNullable(e.getMessage()).orElse("not valid");
    }
  }

  private static final class Periodic extends Taking<SnapshottingSettings.Periodic> {
    private final Field<Duration> interval =
        required(
            "interval",
            ConfigurationKinds.POSITIVE_JOB_DURATION,
            "Time from one round of snapshots to the next.");

    Periodic() {
      super("periodic snapshotting", "Takes snapshots of all filesystems at a fixed interval.");
    }

    @Override
    protected SnapshottingSettings.Periodic build(Values values) {
      return new SnapshottingSettings.Periodic(values.get(interval), naming(values), hooks(values));
    }
  }

  private static final class Cron extends Taking<SnapshottingSettings.Cron> {
    private final Field<CronSchedule> cron =
        required(
            "cron",
            Scalars.parsed("cron expression", CronSchedule::parse).withExample("\"5,35 * * * *\""),
            "Minute, hour, day of the month, month, day of the week; optionally the second before them.");

    Cron() {
      super("cron snapshotting", "Takes snapshots of all filesystems by the calendar.");
    }

    @Override
    protected SnapshottingSettings.Cron build(Values values) {
      return new SnapshottingSettings.Cron(values.get(cron), naming(values), hooks(values));
    }
  }
}

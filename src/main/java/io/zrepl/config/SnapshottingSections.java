package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.InvalidFieldsException;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.snapshot.SnapshottingSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code snapshotting}. */
final class SnapshottingSections {
  static final Kind<SnapshottingSettings> SNAPSHOTTING =
      Union.<SnapshottingSettings>named("snapshotting section")
          .variant("periodic", new Periodic())
          .variant("manual", new Manual())
          .planned("cron");

  private SnapshottingSections() {}

  private static final class Manual extends Section<SnapshottingSettings.Manual> {
    Manual() {
      super("manual snapshotting", "Takes no snapshots; `zrepl signal wakeup JOB` replicates.");
    }

    @Override
    protected SnapshottingSettings.Manual build(Values values) {
      return new SnapshottingSettings.Manual();
    }
  }

  private static final class Periodic extends Section<SnapshottingSettings.Periodic> {
    private final Field<String> prefix =
        required("prefix", ConfigurationKinds.TEXT, "What the names of its snapshots begin with.");
    private final Field<Duration> interval =
        required(
            "interval",
            ConfigurationKinds.POSITIVE_JOB_DURATION,
            "Time from one round of snapshots to the next.");
    private final Field<String> timestampFormat =
        optional(
            "timestamp_format",
            ConfigurationKinds.TEXT,
            "dense",
            "What follows the prefix: `dense`, `human`, `iso-8601` or `unix-seconds`.");
    private final Field<String> timestampLocation =
        optional(
            "timestamp_location",
            ConfigurationKinds.TEXT,
            "UTC",
            "Time zone of the timestamp. All formats but `iso-8601` need `UTC`.");

    Periodic() {
      super("periodic snapshotting", "Takes snapshots of all filesystems at a fixed interval.");
      planned("hooks");
    }

    @Override
    protected SnapshottingSettings.Periodic build(Values values) throws InvalidFieldsException {
      return new SnapshottingSettings.Periodic(
          values.get(interval),
          naming(values.get(prefix), values.get(timestampFormat), values.get(timestampLocation)));
    }

    /** Blames the key that is invalid with valid others; if it takes them together, the prefix. */
    private SnapshotNaming naming(String start, String format, String location)
        throws InvalidFieldsException {
      try {
        return SnapshotNaming.of(start, format, location);
      } catch (InvalidValueException e) {
        Map<Field<?>, String> problems = new LinkedHashMap<>();
        problem(start, "unix-seconds", "UTC").ifPresent(text -> problems.put(prefix, text));
        Optional<String> ofFormat = problem("x", format, "UTC");
        ofFormat.ifPresent(text -> problems.put(timestampFormat, text));
        if (ofFormat.isEmpty()) {
          problem("x", format, location).ifPresent(text -> problems.put(timestampLocation, text));
        }
        if (problems.isEmpty()) {
          problems.put(prefix, Optional.ofNullable(e.getMessage()).orElse("not valid"));
        }
        throw new InvalidFieldsException(problems);
      }
    }

    private static Optional<String> problem(String prefix, String format, String location) {
      try {
        SnapshotNaming.of(prefix, format, location);
        return Optional.empty();
      } catch (InvalidValueException e) {
        return Optional.of(Optional.ofNullable(e.getMessage()).orElse("not valid"));
      }
    }
  }
}

package io.zrepl.cli;

import io.zrepl.control.PruningStatus;
import io.zrepl.control.Quantities;
import io.zrepl.job.PruneOnce;
import io.zrepl.model.OperationException;
import io.zrepl.prune.KeepReason;
import io.zrepl.prune.PrunePhase;
import io.zrepl.prune.PruneSide;
import io.zrepl.prune.PrunerReport;
import io.zrepl.prune.PrunerReport.FilesystemReport;
import io.zrepl.prune.PrunerReport.SnapshotReport;
import io.zrepl.prune.SkipReason;
import io.zrepl.zfs.Reclaimable;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;

/** What {@code zrepl prune} tells of one side. */
final class PruneReportText {
  private PruneReportText() {}

  /**
   * One filesystem.
   *
   * @param outlook what destroying would do; nothing is known of it where all is over
   */
  record Filesystem(FilesystemReport report, Reclaimable outlook) {
    /** Why ZFS would not destroy a snapshot that no rule keeps; empty if it would. */
    Optional<String> refusal(SnapshotReport snapshot) {
      return Optional.ofNullable(outlook.refused().get(snapshot.name()))
          .map(words -> "no rule keeps it, but it cannot be destroyed: " + words);
    }
  }

  /**
   * One side.
   *
   * @param filesystems by path
   * @param dryRun whether nothing was destroyed
   */
  record Side(PruneSide side, PrunerReport report, List<Filesystem> filesystems, boolean dryRun) {

    /** Puts it together; in a dry run it asks ZFS what would be freed. */
    static Side of(PruneOnce.Part part, PrunerReport report, boolean dryRun)
        throws InterruptedException {
      List<FilesystemReport> all =
          Stream.concat(report.pending().stream(), report.completed().stream())
              .sorted(Comparator.comparing(FilesystemReport::filesystem))
              .toList();
      List<Filesystem> filesystems = new ArrayList<>();
      for (FilesystemReport each : all) {
        filesystems.add(new Filesystem(each, dryRun ? outlook(part, each) : Reclaimable.UNKNOWN));
      }
      return new Side(part.side(), report, filesystems, dryRun);
    }

    private static Reclaimable outlook(PruneOnce.Part part, FilesystemReport filesystem)
        throws InterruptedException {
      if (filesystem.destroyList().isEmpty()) {
        return Reclaimable.NOTHING;
      }
      try {
        return part.reclaimable(
            filesystem.filesystem(),
            filesystem.destroyList().stream().map(SnapshotReport::name).toList());
      } catch (OperationException e) {
        return Reclaimable.UNKNOWN; // only what is told depends on it
      }
    }

    boolean failed() {
      return report.phase() == PrunePhase.PLAN_ERROR
          || report.phase() == PrunePhase.EXECUTE_ERROR
          || filesystems.stream().anyMatch(f -> !f.report().lastError().isEmpty());
    }
  }

  /** One line on how far a pruning is. */
  static String progress(PruneSide side, PrunerReport report) {
    long all = report.pending().size() + (long) report.completed().size();
    return report.phase().isPlanned()
        ? "%s: %d of %d filesystems are done"
            .formatted(side.label(), report.completed().size(), all)
        : "%s: planning".formatted(side.label());
  }

  /** How far a pruning by the daemon is; empty text before it begins. */
  static String progress(Map<String, PruningStatus> sides) {
    return sides.entrySet().stream()
        .map(side -> {
          PruningStatus pruning = side.getValue();
          int all = pruning.pending().size() + pruning.completed().size();
          return pruning.state().planned()
              ? "%s: %d of %d filesystems are done"
                  .formatted(side.getKey(), pruning.completed().size(), all)
              : "%s: %s".formatted(side.getKey(), pruning.state().wireName());
        })
        .collect(Collectors.joining("; "));
  }

  /**
   * What a pruning by the daemon did.
   *
   * @return whether something failed
   */
  static boolean print(Map<String, PruningStatus> sides, Console console) {
    PrintStream out = console.out();
    boolean failed = false;
    for (Map.Entry<String, PruningStatus> side : sides.entrySet()) {
      PruningStatus pruning = side.getValue();
      failed |= pruning.state() != PruningStatus.State.DONE;
      for (PruningStatus.Filesystem filesystem : pruning.completed()) {
        String what =
            !filesystem.skipReason().isEmpty()
                ? "skipped: "
                    + filesystem.skipReason()
                    + (filesystem.onlyOnReceiver()
                        ? ageAndSize(filesystem.newestSnapshot(), filesystem.usedBytes())
                        : "")
                : !filesystem.lastError().isEmpty()
                    ? "ERROR: " + filesystem.lastError()
                    : "%d of %d snapshots destroyed"
                        .formatted(filesystem.destroyed().size(), filesystem.snapshots().size());
        out.println(side.getKey() + " " + filesystem.name());
        filesystem.spared().forEach(text -> out.println("  stays " + text));
        out.println("  " + what);
      }
      if (!pruning.error().isEmpty()) {
        out.println("%s: ERROR: %s".formatted(side.getKey(), pruning.error()));
      }
    }
    out.flush();
    return failed;
  }

  static void print(Side side, Console console) {
    PrintStream out = console.out();
    for (Filesystem filesystem : side.filesystems()) {
      FilesystemReport report = filesystem.report();
      out.println("%s %s".formatted(side.side().label(), report.filesystem()));
      if (report.skipReason().isPresent()) {
        out.println(
            "  skipped: "
                + report.skipReason().get().text()
                + (report.skipReason().get() == SkipReason.NO_CORRESPONDENCE
                    ? ageAndSize(report.newestSnapshot(), report.usedBytes())
                    : ""));
        continue;
      }
      if (side.dryRun()) {
        report.snapshotList().forEach(snapshot -> out.println("  " + line(filesystem, snapshot)));
      } else {
        report.sparedTexts().forEach(text -> out.println("  stays " + text));
      }
      if (!report.lastError().isEmpty()) {
        out.println("  ERROR: " + report.lastError());
        report.advice().ifPresent(advice -> out.println("         " + advice));
        continue;
      }
      out.println("  " + summary(side, filesystem));
    }
    if (side.filesystems().isEmpty() && side.report().error().isEmpty()) {
      out.println(side.side().label() + ": there are no filesystems");
    }
    if (!side.report().error().isEmpty()) {
      out.println("%s: ERROR: %s".formatted(side.side().label(), side.report().error()));
      side.report().advice().ifPresent(advice -> out.println("  " + advice));
    }
    out.flush();
  }

  private static String ageAndSize(Optional<Instant> newestSnapshot, OptionalLong usedBytes) {
    return "; its newest snapshot is %s, its size %s"
        .formatted(
            newestSnapshot.map(time -> "of " + time).orElse("unknown"),
            usedBytes.isPresent() ? "is " + Quantities.size(usedBytes.getAsLong()) : "unknown");
  }

  private static String line(Filesystem filesystem, SnapshotReport snapshot) {
    return "%s  %s  @%s  %s"
        .formatted(
            goes(filesystem, snapshot) ? "goes " : "stays",
            snapshot.date(),
            snapshot.name(),
            String.join("; ", reasons(filesystem, snapshot)));
  }

  private static boolean goes(Filesystem filesystem, SnapshotReport snapshot) {
    return snapshot.kept().isEmpty() && filesystem.refusal(snapshot).isEmpty();
  }

  private static List<String> reasons(Filesystem filesystem, SnapshotReport snapshot) {
    if (snapshot.kept().isEmpty()) {
      return filesystem.refusal(snapshot).map(List::of).orElse(snapshot.objections());
    }
    return snapshot.kept().stream()
        .map(reason ->
            reason instanceof KeepReason.ByRule rule
                ? "rule %d, %s".formatted(rule.number(), rule.text())
                : reason.text())
        .toList();
  }

  private static String summary(Side side, Filesystem filesystem) {
    FilesystemReport report = filesystem.report();
    int goes =
        report.destroyList().size() - report.inUse().size() - filesystem.outlook().refused().size();
    String freed =
        filesystem.outlook().bytes().isPresent() && goes > 0
            ? ", which frees " + Quantities.size(filesystem.outlook().bytes().getAsLong())
            : "";
    return "%d of %d snapshots %s%s"
        .formatted(
            goes,
            report.snapshotList().size(),
            side.dryRun() ? "would be destroyed" : "destroyed",
            freed);
  }

  /** The same as one JSON object. */
  static String json(String job, List<Side> sides) {
    return AbstractionJson.write(json -> {
      json.writeStartObject();
      json.writeStringProperty("Job", job);
      json.writeName("Sides");
      json.writeStartArray();
      sides.forEach(side -> side(json, side));
      json.writeEndArray();
      json.writeEndObject();
    });
  }

  private static void side(JsonGenerator json, Side side) {
    json.writeStartObject();
    json.writeStringProperty("Side", side.side().label());
    json.writeStringProperty("Error", side.report().error());
    json.writeName("Filesystems");
    json.writeStartArray();
    for (Filesystem filesystem : side.filesystems()) {
      FilesystemReport report = filesystem.report();
      json.writeStartObject();
      json.writeStringProperty("Filesystem", report.filesystem().toString());
      json.writeStringProperty("SkipReason", report.skipReason().map(SkipReason::text).orElse(""));
      json.writeStringProperty(
          "Error",
          Stream.concat(Stream.of(report.lastError()), report.advice().stream())
              .collect(Collectors.joining("; ")));
      number(json, "FreesBytes", filesystem.outlook().bytes());
      if (report.skipReason().equals(Optional.of(SkipReason.NO_CORRESPONDENCE))) {
        json.writeName("NewestSnapshot");
        if (report.newestSnapshot().isPresent()) {
          json.writeString(report.newestSnapshot().get().toString());
        } else {
          json.writeNull();
        }
        number(json, "UsedBytes", report.usedBytes());
      }
      json.writeName("Snapshots");
      json.writeStartArray();
      report.snapshotList().forEach(snapshot -> snapshot(json, filesystem, snapshot));
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, OptionalLong number) {
    json.writeName(name);
    if (number.isPresent()) {
      json.writeNumber(number.getAsLong());
    } else {
      json.writeNull();
    }
  }

  private static void snapshot(JsonGenerator json, Filesystem filesystem, SnapshotReport snapshot) {
    json.writeStartObject();
    json.writeStringProperty("Name", snapshot.name());
    json.writeStringProperty("Date", snapshot.date().toString());
    json.writeBooleanProperty("Replicated", snapshot.replicated());
    json.writeBooleanProperty("Stays", !goes(filesystem, snapshot));
    json.writeName("Reasons");
    json.writeStartArray();
    reasons(filesystem, snapshot).forEach(json::writeString);
    json.writeEndArray();
    json.writeEndObject();
  }
}

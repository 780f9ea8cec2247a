package io.zrepl.cli.status;

import io.zrepl.control.SnapshottingStatus;
import io.zrepl.control.SnapshottingStatus.PeriodicState;
import java.time.Instant;
import java.util.Optional;

/** What all kinds of snapshotters have in common. */
final class Snapshots {
  private Snapshots() {}

  /** What failed last, empty text if nothing did. */
  static String error(SnapshottingStatus status) {
    return switch (status) {
      case SnapshottingStatus.Periodic periodic -> periodic.error();
      case SnapshottingStatus.Cron cron -> String.join("\n", cron.errors());
      case SnapshottingStatus.Manual manual -> manual.error();
      case SnapshottingStatus.Unknown _ -> "";
    };
  }

  static boolean running(SnapshottingStatus status) {
    return switch (status) {
      case SnapshottingStatus.Periodic periodic ->
          periodic.state() == PeriodicState.PLANNING
              || periodic.state() == PeriodicState.SNAPSHOTTING;
      case SnapshottingStatus.Cron cron -> cron.running();
      case SnapshottingStatus.Manual manual -> manual.running();
      case SnapshottingStatus.Unknown _ -> false;
    };
  }

  /** What it does, in a word. */
  static String state(SnapshottingStatus status) {
    return switch (status) {
      case SnapshottingStatus.Periodic periodic -> periodic.state().text();
      case SnapshottingStatus.Cron cron -> cron.running() ? "running" : "waiting";
      case SnapshottingStatus.Manual manual ->
          manual.running() ? "running" : "only on request (zrepl signal snapshot)";
      case SnapshottingStatus.Unknown _ -> "unknown to this version";
    };
  }

  /** When the next round begins, if that is known. */
  static Optional<Instant> next(SnapshottingStatus status) {
    return switch (status) {
      case SnapshottingStatus.Periodic periodic -> periodic.nextDue().or(periodic::sleepUntil);
      case SnapshottingStatus.Cron cron ->
          cron.running() ? cron.nextDue() : cron.nextDue().or(cron::wakeupTime);
      case SnapshottingStatus.Manual _, SnapshottingStatus.Unknown _ -> Optional.empty();
    };
  }
}

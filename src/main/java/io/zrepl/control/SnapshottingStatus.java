package io.zrepl.control;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The snapshotter of a job. */
public sealed interface SnapshottingStatus {

  /** What the JSON calls the kind of snapshotter, for example {@code periodic}. */
  String type();

  /** The filesystems of the current or last round; empty if they are not known. */
  default List<Filesystem> filesystems() {
    return switch (this) {
      case Periodic periodic -> periodic.progress();
      case Cron cron -> cron.progress();
      case Manual manual -> manual.progress();
      case Unknown _ -> List.of();
    };
  }

  /** The current or last round; empty if there was none yet, or it is not known. */
  Optional<Round> round();

  /**
   * A round of snapshots; not known to Go zrepl.
   *
   * @param begunAt when it began
   * @param endedAt when it ended; empty while it runs
   * @param error what failed in it, empty text if nothing did or it runs
   */
  record Round(Instant begunAt, Optional<Instant> endedAt, String error) {}

  /**
   * Takes snapshots every so often.
   *
   * @param state what it does now
   * @param sleepUntil when the wait ends, if it waits
   * @param error the last failure, empty text if none
   * @param progress the filesystems of the current or last round
   * @param nextDue when the next round is due, also while one runs; not known to Go zrepl
   * @param round the current or last round
   */
  record Periodic(
      PeriodicState state,
      Optional<Instant> sleepUntil,
      String error,
      List<Filesystem> progress,
      Optional<Instant> nextDue,
      Optional<Round> round)
      implements SnapshottingStatus {
    /** Copies the list. */
    public Periodic {
      progress = List.copyOf(progress);
    }

    @Override
    public String type() {
      return "periodic";
    }
  }

  /**
   * Takes snapshots at times of a cron expression.
   *
   * @param running whether a round runs now
   * @param wakeupTime when the next round begins, or when the current one began
   * @param errors failures of the last round
   * @param progress the filesystems of the current or last round
   * @param nextDue when the next round is due, also while one runs; not known to Go zrepl
   * @param round the current or last round
   */
  record Cron(
      boolean running,
      Optional<Instant> wakeupTime,
      List<String> errors,
      List<Filesystem> progress,
      Optional<Instant> nextDue,
      Optional<Round> round)
      implements SnapshottingStatus {
    /** Copies the lists. */
    public Cron {
      errors = List.copyOf(errors);
      progress = List.copyOf(progress);
    }

    @Override
    public String type() {
      return "cron";
    }
  }

  /**
   * Never takes snapshots by itself, only on request. Go zrepl knows none of what follows.
   *
   * @param running whether a round runs now
   * @param error the last failure, empty text if none
   * @param progress the filesystems of the current or last round
   * @param round the current or last round
   */
  record Manual(boolean running, String error, List<Filesystem> progress, Optional<Round> round)
      implements SnapshottingStatus {
    /** Copies the list. */
    public Manual {
      progress = List.copyOf(progress);
    }

    /** Nothing was requested yet. */
    public Manual() {
      this(false, "", List.of(), Optional.empty());
    }

    @Override
    public String type() {
      return "manual";
    }
  }

  /**
   * A snapshotter that this version does not know; only ever read.
   *
   * @param type what the daemon calls it
   */
  record Unknown(String type) implements SnapshottingStatus {
    @Override
    public Optional<Round> round() {
      return Optional.empty();
    }
  }

  /** What a periodic snapshotter does. */
  enum PeriodicState {
    /** Waits so that all filesystems get into step. */
    SYNC_UP(1, "SyncUp"),
    /** Could not find out when to begin, and waits to try again. */
    SYNC_UP_ERROR_WAIT(2, "SyncUpErrWait"),
    /** Lists the filesystems. */
    PLANNING(4, "Planning"),
    /** Takes snapshots. */
    SNAPSHOTTING(8, "Snapshotting"),
    /** Waits for the next round. */
    WAITING(16, "Waiting"),
    /** The last round failed; waits for the next one. */
    ERROR_WAIT(32, "ErrorWait"),
    /** Has ended. */
    STOPPED(64, "Stopped"),
    /** Something that this version does not know; only ever read. */
    UNKNOWN(0, "Unknown");

    private final int number;
    private final String text;

    PeriodicState(int number, String text) {
      this.number = number;
      this.text = text;
    }

    /** The number in JSON. */
    public int number() {
      return number;
    }

    /** The name for people. */
    public String text() {
      return text;
    }

    static PeriodicState of(long number) {
      for (PeriodicState state : values()) {
        if (state.number == number) {
          return state;
        }
      }
      return UNKNOWN;
    }
  }

  /** How far a filesystem is in a round. */
  enum FilesystemState {
    /** Its snapshot is not begun. */
    PENDING(1, "SnapPending"),
    /** Its snapshot, or a hook before or after it, runs. */
    STARTED(2, "SnapStarted"),
    /** Its snapshot is taken. */
    DONE(4, "SnapDone"),
    /** It has no snapshot of this round, or a hook around it failed. */
    ERROR(8, "SnapError"),
    /** Something that this version does not know; only ever read. */
    UNKNOWN(0, "SnapUnknown");

    private final int number;
    private final String text;

    FilesystemState(int number, String text) {
      this.number = number;
      this.text = text;
    }

    /** The number in JSON. */
    public int number() {
      return number;
    }

    /** The name for people. */
    public String text() {
      return text;
    }

    static FilesystemState of(long number) {
      for (FilesystemState state : values()) {
        if (state.number == number) {
          return state;
        }
      }
      return UNKNOWN;
    }
  }

  /**
   * One filesystem of a round.
   *
   * @param path its path
   * @param state how far it is
   * @param snapshotName without {@code @}
   * @param startedAt when its turn began
   * @param hooks report of the hooks, several lines; empty text without hooks
   * @param hooksHadError whether one of them failed
   * @param doneAt when it was done or failed
   * @param error what failed, empty text if nothing did; not known to Go zrepl
   * @param lastName its newest snapshot, empty text if none is known; not known to Go zrepl
   * @param lastAt when that was taken; not known to Go zrepl
   */
  record Filesystem(
      String path,
      FilesystemState state,
      String snapshotName,
      Optional<Instant> startedAt,
      String hooks,
      boolean hooksHadError,
      Optional<Instant> doneAt,
      String error,
      String lastName,
      Optional<Instant> lastAt) {}
}

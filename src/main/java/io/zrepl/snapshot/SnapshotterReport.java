package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.hook.Bracket;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the snapshotter of a job does. Immutable. */
public sealed interface SnapshotterReport {

  /** {@code Type} in status reports. */
  String type();

  /** Filesystems of the current or last round, by path. */
  List<FilesystemProgress> progress();

  /** The current or last round; empty before the first. */
  Optional<Round> round();

  /** When the next round is due, also while one runs; empty if only on request, or not known. */
  Optional<Instant> nextDue();

  /**
   * Takes no snapshots by itself, only on request.
   *
   * @param running whether a round runs now
   * @param error the last failure, empty text if none
   * @param progress filesystems of the current or last round, by path
   * @param round the current or last round
   */
  record Manual(
      boolean running, String error, List<FilesystemProgress> progress, Optional<Round> round)
      implements SnapshotterReport {
    /** Copies the list. */
    public Manual {
      progress = List.copyOf(progress);
    }

    /** Nothing was requested yet. */
    public Manual() {
      this(false, "", List.of(), Optional.empty());
    }

    @Override
    public Optional<Instant> nextDue() {
      return Optional.empty();
    }

    @Override
    public String type() {
      return "manual";
    }
  }

  /**
   * Takes snapshots every so often.
   *
   * @param state what it does
   * @param sleepUntil when its wait ends, if it waits
   * @param nextDue when the next round is due
   * @param error the last failure, empty text if none
   * @param progress filesystems of the current or last round, by path
   * @param round the current or last round
   */
  record Periodic(
      SnapshotterPhase state,
      Optional<Instant> sleepUntil,
      Optional<Instant> nextDue,
      String error,
      List<FilesystemProgress> progress,
      Optional<Round> round)
      implements SnapshotterReport {
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
   * Takes snapshots by the calendar.
   *
   * @param running whether a round runs now
   * @param wakeupTime when the current round began, else when the next one begins
   * @param nextDue when the next round is due
   * @param errors what failed in the current or last round
   * @param progress filesystems of the current or last round, by path
   * @param round the current or last round
   */
  record Cron(
      boolean running,
      Optional<Instant> wakeupTime,
      Optional<Instant> nextDue,
      List<String> errors,
      List<FilesystemProgress> progress,
      Optional<Round> round)
      implements SnapshotterReport {
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
   * A round of snapshots, or the attempt at one whose filesystems could not be listed.
   *
   * @param begunAt when it began, before the filesystems were listed
   * @param endedAt when it ended; empty while it runs
   * @param error what failed in it, empty text if nothing did or it runs
   */
  record Round(Instant begunAt, Optional<Instant> endedAt, String error) {
    Round ended(Instant now, String why) {
      return endedAt.isPresent() ? this : new Round(begunAt, Optional.of(now), why);
    }
  }

  /**
   * The newest snapshot of a filesystem that the job took, as far as it knows.
   *
   * @param name without "@"
   * @param at when
   */
  record LastSnapshot(String name, Instant at) {}

  /**
   * One filesystem of a round.
   *
   * @param path the filesystem
   * @param state how far it is
   * @param snapshotName without "@"
   * @param startedAt when its turn began
   * @param hooks report of the hooks; empty text without hooks
   * @param hooksHadError whether a hook failed
   * @param doneAt when it was done or failed
   * @param error what failed, a hook or the snapshot; empty text if nothing did
   * @param last its newest snapshot; empty if none is known
   */
  record FilesystemProgress(
      DatasetPath path,
      State state,
      String snapshotName,
      Optional<Instant> startedAt,
      String hooks,
      boolean hooksHadError,
      Optional<Instant> doneAt,
      String error,
      Optional<LastSnapshot> last) {

    /** How far a filesystem is. */
    public enum State {
      /** Its turn has not come. */
      PENDING(1),
      /** Its snapshot is being taken. */
      STARTED(2),
      /** Its snapshot is taken. */
      DONE(4),
      /** It has no snapshot of this round, or a hook around it failed. */
      ERROR(8);

      private final int number;

      State(int number) {
        this.number = number;
      }

      /** The number in status reports. */
      public int number() {
        return number;
      }
    }

    static FilesystemProgress pending(DatasetPath path, String snapshotName) {
      return new FilesystemProgress(
          path,
          State.PENDING,
          snapshotName,
          Optional.empty(),
          "",
          false,
          Optional.empty(),
          "",
          Optional.empty());
    }

    FilesystemProgress started(Instant now) {
      return in(State.STARTED, startedAt.or(() -> Optional.of(now)), Optional.empty(), "");
    }

    FilesystemProgress done(Instant now) {
      return in(State.DONE, startedAt, Optional.of(now), "");
    }

    FilesystemProgress failed(Instant now, String why) {
      return in(State.ERROR, startedAt, Optional.of(now), why);
    }

    private FilesystemProgress in(
        State next, Optional<Instant> started, Optional<Instant> done, String why) {
      return new FilesystemProgress(
          path, next, snapshotName, started, hooks, hooksHadError, done, why, last);
    }

    FilesystemProgress withHooks(Bracket bracket) {
      return new FilesystemProgress(
          path,
          state,
          snapshotName,
          startedAt,
          bracket.text(),
          bracket.hookFailed(),
          doneAt,
          error,
          last);
    }

    FilesystemProgress withLast(Optional<LastSnapshot> newest) {
      return new FilesystemProgress(
          path, state, snapshotName, startedAt, hooks, hooksHadError, doneAt, error, newest);
    }
  }
}

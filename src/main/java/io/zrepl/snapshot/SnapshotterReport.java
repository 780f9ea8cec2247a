package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the snapshotter of a job does. Immutable. */
public sealed interface SnapshotterReport {

  /** {@code Type} in status reports. */
  String type();

  /** Takes no snapshots by itself. */
  record Manual() implements SnapshotterReport {
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
   * @param error the last failure, empty text if none
   * @param progress filesystems of the current or last round, by path
   */
  record Periodic(
      PeriodicPhase state,
      Optional<Instant> sleepUntil,
      String error,
      List<FilesystemProgress> progress)
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
   * One filesystem of a round.
   *
   * @param path the filesystem
   * @param state how far it is
   * @param snapshotName without "@"
   * @param startedAt when its turn began
   * @param hooks report of the hooks; empty text without hooks
   * @param hooksHadError whether a hook failed
   * @param doneAt when it was done or failed
   * @param error why it has no snapshot of this round, empty text if it has or will have
   */
  record FilesystemProgress(
      DatasetPath path,
      State state,
      String snapshotName,
      Optional<Instant> startedAt,
      String hooks,
      boolean hooksHadError,
      Optional<Instant> doneAt,
      String error) {

    /** How far a filesystem is. */
    public enum State {
      /** Its turn has not come. */
      PENDING(1),
      /** Its snapshot is being taken. */
      STARTED(2),
      /** Its snapshot is taken. */
      DONE(4),
      /** It has no snapshot of this round. */
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
          path, State.PENDING, snapshotName, Optional.empty(), "", false, Optional.empty(), "");
    }

    FilesystemProgress started(Instant now) {
      return new FilesystemProgress(
          path,
          State.STARTED,
          snapshotName,
          startedAt.or(() -> Optional.of(now)),
          hooks,
          hooksHadError,
          Optional.empty(),
          "");
    }

    FilesystemProgress done(Instant now) {
      return new FilesystemProgress(
          path, State.DONE, snapshotName, startedAt, hooks, hooksHadError, Optional.of(now), "");
    }

    FilesystemProgress failed(Instant now, String why) {
      return new FilesystemProgress(
          path, State.ERROR, snapshotName, startedAt, hooks, hooksHadError, Optional.of(now), why);
    }
  }
}

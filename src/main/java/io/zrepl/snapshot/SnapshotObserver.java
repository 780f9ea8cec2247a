package io.zrepl.snapshot;

import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.hook.HookObserver;
import io.zrepl.snapshot.hook.HookStep;
import io.zrepl.snapshot.hook.HookSubject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Told what there is to count about snapshots, by the threads that take them; must neither block
 * nor throw.
 */
public interface SnapshotObserver extends HookObserver {
  /** Counts nothing. */
  SnapshotObserver NONE = new SnapshotObserver() {};

  /** The filter of the job names datasets that do not exist; told at each listing. */
  default void unmatched(int count) {}

  /** A round begins, of these filesystems and no others. */
  default void roundBegan(List<DatasetPath> filesystems) {}

  /**
   * A filesystem has its snapshot.
   *
   * @param duration of the command, which may have taken others, too
   */
  default void snapshotTaken(DatasetPath filesystem, Instant at, Duration duration) {}

  /** A filesystem has no snapshot of a round, or a hook around it failed. */
  default void filesystemFailed(DatasetPath filesystem) {}

  @Override
  default void hookEnded(HookSubject subject, String type, HookStep step) {}

  /**
   * A round is over.
   *
   * @param failed whether anything in it failed, a hook included
   */
  default void roundEnded(Duration duration, boolean failed) {}

  /** Rounds by the calendar were left out, since another one took too long. */
  default void roundsMissed(int count) {}

  /** It has become known when the next round is due; empty if only on request. */
  default void nextDue(Optional<Instant> due) {}
}

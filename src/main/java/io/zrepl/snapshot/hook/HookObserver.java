package io.zrepl.snapshot.hook;

import java.time.Duration;

/**
 * Told what there is to count about hooks, by the threads that run them; must neither block nor
 * throw.
 */
public interface HookObserver {
  /** Counts nothing. */
  HookObserver NONE = (subject, type, step) -> {};

  /**
   * A step of a hook is over, or was left out.
   *
   * @param type the {@code type} of the hook in the configuration
   * @param step with status, start and end
   */
  void hookEnded(HookSubject subject, String type, HookStep step);

  /**
   * A hook made no progress and was ended.
   *
   * @param quiet for how long
   */
  default void hookStalled(HookSubject subject, Duration quiet) {}
}

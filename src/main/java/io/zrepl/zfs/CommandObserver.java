package io.zrepl.zfs;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * Hears of every child process, for metrics and logs. Methods are called by whichever thread starts
 * or reaps the child, and must neither block nor throw.
 */
public interface CommandObserver {
  /** Hears nothing. */
  CommandObserver NONE = new CommandObserver() {};

  /** A child was started. */
  default void started(RunningCommand command) {}

  /**
   * A send or receive did nothing although it was its turn, and is being killed for that.
   *
   * @param quiet for how long
   */
  default void stalled(RunningCommand command, Duration quiet) {}

  /**
   * A child is gone, or has been handed to the reaper. Called once for each start.
   *
   * @param duration since its start
   * @param status 128 + N if signal N ended it; empty if it was killed but does not die
   */
  default void finished(RunningCommand command, Duration duration, OptionalInt status) {}
}

package io.zrepl.base;

import java.time.Duration;

/** Lets the calling thread wait. Injected, so that tests can let years pass at once. */
@FunctionalInterface
public interface Sleeper {
  /** Really waits. */
  Sleeper SYSTEM = Thread::sleep;

  /**
   * Returns after that time; not at all affected by changes of the wall clock.
   *
   * @param duration returns at once if it is not positive
   */
  void sleep(Duration duration) throws InterruptedException;
}

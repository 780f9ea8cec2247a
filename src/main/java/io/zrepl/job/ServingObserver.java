package io.zrepl.job;

/** Who counts what a job does for clients on other machines. Any thread; must not block. */
@FunctionalInterface
public interface ServingObserver {
  /** Counts nothing. */
  ServingObserver NONE = _ -> {};

  /**
   * A data request of a client ended, well or not.
   *
   * @param bytes how much of its stream went through
   */
  void requestEnded(long bytes);
}

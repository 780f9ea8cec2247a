package io.zrepl.cli.status;

/** What the shell must do after an event. */
sealed interface Effect {
  /** Draw, nothing else. */
  record Draw() implements Effect {}

  /** End. */
  record Quit() implements Effect {}

  /** Give the terminal back and stop until continued. */
  record Suspend() implements Effect {}

  /** Draw everything anew. */
  record Redraw() implements Effect {}

  /**
   * Send a signal to a job of the daemon.
   *
   * @param job its name
   * @param operation wakeup or reset
   */
  record Signal(String job, String operation) implements Effect {}
}

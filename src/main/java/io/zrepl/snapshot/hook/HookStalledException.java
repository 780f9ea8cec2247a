package io.zrepl.snapshot.hook;

import io.zrepl.base.UnitDuration;
import java.time.Duration;

/** A hook did nothing for too long, although its timeout was not over yet, and was ended. */
final class HookStalledException extends HookException {
  private static final long serialVersionUID = 1L;

  private final Duration quiet;

  /**
   * Of a program.
   *
   * @param program its path
   * @param quiet for how long it did nothing
   */
  HookStalledException(String program, Duration quiet) {
    super(
        "command hook failed: %s made no progress (no processor time, no input, no output) for %s and was killed; global.stall_timeout sets the limit"
            .formatted(program, UnitDuration.format(quiet)));
    this.quiet = quiet;
  }

  /** For how long it did nothing. */
  Duration quiet() {
    return quiet;
  }
}

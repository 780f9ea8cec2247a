package io.zrepl.replicate.run;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ResourceExhaustedException;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.model.OperationException;

/** What is special about a failure, besides how far it reaches and whether it may pass. */
enum FailureKind {
  /** Nothing. */
  GENERAL,
  /** The same step may be tried without its resume token. */
  RESUME_TOKEN_UNUSABLE,
  /** The settings of a side forbid it; no estimate may hide this. */
  FORBIDDEN,
  /** A side has too much to do: nothing new is asked of it for a while. */
  EXHAUSTED,
  /** The watchdog cancelled it. */
  STALLED;

  static FailureKind of(OperationException e) {
    return switch (e) {
      case ResumeTokenException _ -> RESUME_TOKEN_UNUSABLE;
      case PolicyException _ -> FORBIDDEN;
      case ResourceExhaustedException _ -> EXHAUSTED;
      default -> GENERAL;
    };
  }
}

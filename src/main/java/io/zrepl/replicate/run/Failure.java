package io.zrepl.replicate.run;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.report.ReportedError;
import java.time.Instant;
import java.util.Optional;

/**
 * A failure as a value: what the driver decides by, and what the report shows.
 *
 * @param side where it happened
 * @param scope how far it reaches
 * @param temporary whether trying again can help
 * @param kind what is special about it
 * @param message what failed and why
 * @param advice what the administrator can do
 */
record Failure(
    Side side,
    FailureScope scope,
    boolean temporary,
    FailureKind kind,
    String message,
    Optional<String> advice) {

  static Failure of(Side side, OperationException e) {
    return new Failure(side, e.scope(), e.temporary(), FailureKind.of(e), e.message(), e.advice());
  }

  /** A failure of one filesystem that trying again will not cure. */
  static Failure permanent(Side side, String message, Optional<String> advice) {
    return new Failure(side, FailureScope.FILESYSTEM, false, FailureKind.GENERAL, message, advice);
  }

  /** The same with another text. */
  Failure withMessage(String other) {
    return new Failure(side, scope, temporary, kind, other, advice);
  }

  /** The same with another reach. */
  Failure withScope(FailureScope other) {
    return new Failure(side, other, temporary, kind, message, advice);
  }

  /** The same, but to be tried again. */
  Failure asTemporary() {
    return new Failure(side, scope, true, kind, message, advice);
  }

  boolean is(FailureKind wanted) {
    return kind == wanted;
  }

  ReportedError at(Instant time) {
    return new ReportedError(message, advice, temporary, time);
  }
}

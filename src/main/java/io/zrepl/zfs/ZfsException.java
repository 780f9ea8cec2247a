package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import org.jspecify.annotations.Nullable;

/** A {@code zfs} or {@code zpool} command failed. Subclasses stand for recognised messages. */
public class ZfsException extends OperationException {
  private static final long serialVersionUID = 1L;

  private final ZfsProblem problem;

  /**
   * Creates the exception; see {@link OperationException} for the parameters.
   *
   * @param message includes the command's own words
   */
  public ZfsException(
      FailureScope scope,
      boolean temporary,
      String message,
      @Nullable String advice,
      @Nullable Throwable cause) {
    super(scope, temporary, message, advice, cause);
    this.problem = ZfsProblem.UNRECOGNISED;
  }

  /**
   * A recognised problem, with its scope and advice.
   *
   * @param message includes the command's own words
   */
  public ZfsException(ZfsProblem problem, String message, @Nullable Throwable cause) {
    super(problem.scope(), problem.temporary(), message, problem.advice().orElse(null), cause);
    this.problem = problem;
  }

  /** What is wrong, as far as it was recognised. */
  public final ZfsProblem problem() {
    return problem;
  }
}

package io.zrepl.endpoint;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;

/** The settings of the job or the rules of the endpoint forbid what was asked. */
public final class PolicyException extends OperationException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was forbidden, on which dataset, and by which setting
   */
  public PolicyException(String message) {
    super(FailureScope.FILESYSTEM, false, message, null, null);
  }
}

package io.zrepl.endpoint;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;

/** A resume token cannot be used: not decodable, or not of the step that was asked for. */
public final class ResumeTokenException extends OperationException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is wrong with the token, without the token itself
   */
  public ResumeTokenException(String message) {
    super(FailureScope.FILESYSTEM, false, message, null, null);
  }
}

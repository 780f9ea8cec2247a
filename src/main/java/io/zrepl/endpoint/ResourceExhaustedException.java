package io.zrepl.endpoint;

import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;

/**
 * A side has as much to do as it can, and refuses to take more. Nothing is wrong: whoever asked
 * waits a while before asking that side for anything again.
 */
public final class ResourceExhaustedException extends OperationException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was refused, and which limit has been reached
   */
  public ResourceExhaustedException(String message) {
    super(FailureScope.FILESYSTEM, true, message, null, null);
  }
}

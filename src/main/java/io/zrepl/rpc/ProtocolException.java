package io.zrepl.rpc;

import java.io.IOException;

/** The other end does not keep to the protocol. The connection cannot be used any more. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what came, and what was expected
   */
  public ProtocolException(String message) {
    super(message);
  }
}

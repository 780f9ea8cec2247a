package io.zrepl.transport;

import java.io.EOFException;

/** The other end closed the connection where more was expected. */
public final class ConnectionEndedException extends EOFException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param peer the other end
   */
  public ConnectionEndedException(String peer) {
    super(peer + " closed the connection");
  }
}

package io.zrepl.rpc.frame;

import java.io.IOException;

/** The other end has begun to close the connection. */
public final class PeerClosingException extends IOException {
  private static final long serialVersionUID = 1L;

  PeerClosingException(String peer) {
    super(peer + " has begun to close the connection");
  }
}

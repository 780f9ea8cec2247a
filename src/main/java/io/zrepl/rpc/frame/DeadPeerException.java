package io.zrepl.rpc.frame;

import java.io.IOException;

/** The other end gives no sign of life. */
public final class DeadPeerException extends IOException {
  private static final long serialVersionUID = 1L;

  DeadPeerException(String message) {
    super(message);
  }
}

package io.zrepl.rpc.frame;

import java.io.IOException;

/** The stream ended with the news that its source failed. */
public final class SourceErrorException extends IOException {
  private static final long serialVersionUID = 1L;

  SourceErrorException(String text) {
    super(text);
  }
}

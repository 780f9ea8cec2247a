package io.zrepl.transport;

import java.io.Closeable;
import java.io.IOException;

/** Closes what is not needed any more, where a failure of that tells nothing. */
final class Closing {
  private Closing() {}

  static void quietly(Closeable resource) {
    try {
      resource.close();
    } catch (IOException e) {
      // nothing was to be written any more
    }
  }
}

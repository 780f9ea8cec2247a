package io.zrepl.zfs;

import java.io.IOException;
import java.nio.channels.Channel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closing of pipes of which nothing more is expected. */
final class Closing {
  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private Closing() {}

  /** Closes; a failure is of no consequence and only logged. */
  static void quietly(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("cannot close a pipe");
    }
  }
}

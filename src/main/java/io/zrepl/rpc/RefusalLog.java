package io.zrepl.rpc;

import io.zrepl.rpc.frame.PeerText;
import java.time.Duration;
import org.slf4j.Logger;

/** Logs what strangers do wrong, but no more than a few lines a minute: it costs them nothing. */
final class RefusalLog {
  private static final int LINES = 20;
  private static final long PERIOD = Duration.ofMinutes(1).toNanos();

  private final Logger log;
  // guarded by this
  private long periodBegan = System.nanoTime();
  private int lines;
  private long left;

  RefusalLog(Logger log) {
    this.log = log;
  }

  synchronized void refused(String origin, String why) {
    long now = System.nanoTime();
    if (now - periodBegan > PERIOD) {
      if (left > 0) {
        log.atWarn().addKeyValue("count", left).log("more connections were refused");
      }
      periodBegan = now;
      lines = 0;
      left = 0;
    }
    if (lines++ < LINES) {
      log.atWarn()
          .addKeyValue("origin", origin)
          .log("a connection was refused: {}", PeerText.clean(why));
    } else {
      left++;
    }
  }
}

package io.zrepl.rpc.frame;

import io.zrepl.rpc.RpcTiming;
import java.time.Duration;

/**
 * Decides when to send a heartbeat, and when the other end is dead. Times are {@link
 * System#nanoTime}; all methods may be called by any thread.
 *
 * <pre>
 * event                 effect
 * frame sent            the time to the next heartbeat begins anew
 * heartbeat begins      likewise, whether or not it can be sent
 * read begins           the other end has to send something from now on
 * byte received         likewise
 * read ends             nobody waits for the other end: its silence means nothing
 * write begins          the other end has to take something from now on
 * byte written          likewise
 * heartbeat received    likewise: it is alive, and busy with what it has
 * write ends            it has taken everything
 *
 * state                                        verdict
 * a read waits for longer than the limit       SILENT
 * a write waits for longer than the limit      STUCK
 * nothing sent for the interval, no write      HEARTBEAT_DUE
 * otherwise                                    ALIVE
 * </pre>
 */
final class Liveness {
  /** What there is to do. */
  enum Verdict {
    /** Nothing before the next check. */
    ALIVE,
    /** Send a heartbeat. */
    HEARTBEAT_DUE,
    /** The other end sends nothing. */
    SILENT,
    /** The other end takes nothing, and sends no heartbeats. */
    STUCK
  }

  private final long heartbeat;
  private final long silence;
  // guarded by this
  private long lastSent;
  private boolean reading;
  private long readingSince;
  private boolean writing;
  private long writingSince;

  Liveness(RpcTiming timing, long now) {
    this.heartbeat = timing.heartbeat().toNanos();
    this.silence = timing.silence().toNanos();
    this.lastSent = now;
  }

  synchronized void readBegins(long now) {
    reading = true;
    readingSince = now;
  }

  synchronized void readEnds() {
    reading = false;
  }

  synchronized void heartbeatBegins(long now) {
    lastSent = now;
  }

  synchronized void heartbeatReceived(long now) {
    writingSince = now;
  }

  synchronized void writeBegins(long now) {
    writing = true;
    writingSince = now;
  }

  synchronized void wrote(long now) {
    writingSince = now;
  }

  synchronized void writeEnds(long now) {
    writing = false;
    lastSent = now;
  }

  synchronized Verdict at(long now) {
    if (reading && now - readingSince >= silence) {
      return Verdict.SILENT;
    }
    if (writing && now - writingSince >= silence) {
      return Verdict.STUCK;
    }
    return !writing && now - lastSent >= heartbeat ? Verdict.HEARTBEAT_DUE : Verdict.ALIVE;
  }

  /** How long until the verdict can change by itself, if it is {@code ALIVE} now. */
  synchronized Duration untilNextCheck(long now) {
    long left = writing ? silence - (now - writingSince) : heartbeat - (now - lastSent);
    if (reading) {
      left = Math.min(left, silence - (now - readingSince));
    }
    // A wait that begins meanwhile is over no sooner than this.
    return Duration.ofNanos(Math.clamp(left, 1_000_000, heartbeat));
  }
}

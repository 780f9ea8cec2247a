package io.zrepl.zfs;

import io.zrepl.base.StallWatch;
import io.zrepl.base.SteadyClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether the children of a runner work, and moves the marks of those for whom
 * they do. One that does nothing for too long, although it is its turn, is killed, whoever started
 * it: on a passive side nobody else looks. One thread of its own, which exists while there are
 * children.
 */
final class ChildWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ChildWatch.class);
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(10);

  private final CommandObserver observer;
  private final Duration interval;
  private final InstantSource clock = new SteadyClock(InstantSource.system());
  private final StallWatch<Child> stalls;
  // guarded by this
  private final Set<Child> children = new HashSet<>();
  private boolean looking;

  ChildWatch(Duration limit, CommandObserver observer) {
    this.observer = observer;
    Duration part = limit.dividedBy(10);
    this.interval = part.compareTo(LONGEST_INTERVAL) < 0 ? part : LONGEST_INTERVAL;
    this.stalls = new StallWatch<>(limit, limit);
  }

  synchronized void add(Child child) {
    children.add(child);
    stalls.begin(child, clock.instant());
    if (!looking) {
      looking = true;
      Thread.ofVirtual().name("zfs-watch").start(this::lookUntilNoneIsLeft);
    }
  }

  synchronized void remove(Child child) {
    children.remove(child);
    stalls.end(child);
  }

  private void lookUntilNoneIsLeft() {
    try {
      do {
        Thread.sleep(interval);
      } while (lookSafely());
    } catch (InterruptedException e) {
      LOG.atError().log("nobody watches the commands any more");
    }
  }

  /** A fault in one look must not end all watching. */
  private boolean lookSafely() {
    try {
      return look();
    } catch (RuntimeException | Error e) {
      LOG.atError().setCause(e).log("defect in zrepl while looking after commands");
      return true;
    }
  }

  private synchronized boolean look() {
    if (children.isEmpty()) {
      looking = false;
      return false;
    }
    Instant now = clock.instant();
    Map<Child, Long> marks = new HashMap<>();
    for (Child child : children) {
      child.measure();
      marks.put(child, child.moves());
    }
    for (StallWatch.Stall<Child> stall : stalls.look(marks, now).stalled()) {
      LOG.atError()
          .addKeyValue("pid", stall.work().description().pid())
          .addKeyValue("cmd", String.join(" ", stall.work().description().arguments()))
          .addKeyValue("quiet", stall.quiet())
          .log("a command made no progress and is killed");
      observer.stalled(stall.work().description(), stall.quiet());
      stall.work().killStalled(stall.quiet());
    }
    return true;
  }
}

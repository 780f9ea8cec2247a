package io.zrepl.zfs;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Keeps the children that were killed but do not die, until they do. Nobody waits for them: the
 * operating system tells when one ends.
 */
final class Reaper {
  private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);

  private final InstantSource clock;
  private final Map<Child, StuckProcess> stuck = new ConcurrentHashMap<>();

  Reaper(InstantSource clock) {
    this.clock = clock;
  }

  /** Takes over a killed child. */
  void add(Child child) {
    Instant now = clock.instant();
    if (stuck.putIfAbsent(child, new StuckProcess(child.description(), now)) != null) {
      return;
    }
    line(LOG.atWarn(), child)
        .addKeyValue("pid", child.description().pid())
        .addKeyValue("cmd", String.join(" ", child.description().arguments()))
        .log("killed a process that does not die; its pool may be suspended");
    CompletableFuture<Void> _ = child.exit().thenAccept(status -> remove(child, now));
  }

  private void remove(Child child, Instant killedAt) {
    stuck.remove(child);
    line(LOG.atInfo(), child)
        .addKeyValue("pid", child.description().pid())
        .addKeyValue("killed_at", killedAt)
        .log("a killed process has ended at last");
  }

  /** A line that carries the name of the child's job. */
  private static LoggingEventBuilder line(LoggingEventBuilder line, Child child) {
    return child.description().job().map(job -> line.addKeyValue("job", job)).orElse(line);
  }

  /** Those that still exist, oldest first. */
  List<StuckProcess> stuck() {
    return stuck.values().stream()
        .sorted(Comparator.comparing(process -> process.command().startedAt()))
        .toList();
  }
}

package io.zrepl.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Filesystems that come and go do not fill the memory of the daemon. */
class IdleSeriesTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
  private final Metrics metrics = new Metrics(clock::get);

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  private String text() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    metrics.write(bytes);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void feed(String filesystem) {
    metrics.stalled("j", "planning", filesystem, SECOND);
    metrics.hookEnded("j", filesystem, 1, "command", "pre_snapshot", "ok", SECOND);
    metrics.commands().versionsListed(filesystem, SECOND);
    metrics.commands().bookmarked(filesystem, SECOND);
    metrics.commands().destroyed("snapshot", filesystem, SECOND);
    metrics.snapshotTaken("j", filesystem, Instant.EPOCH, SECOND);
  }

  @Test
  void countsOfAFilesystemEndWhenNothingWasAddedForLong() throws Exception {
    feed("tank/gone");
    feed("tank/here");
    metrics.forgetSnapshots("j", "tank/gone");
    pass(IdleSeries.LIFETIME);
    assertThat(text()).contains("tank/gone");
    feed("tank/here");
    pass(Duration.ofHours(2));
    assertThat(text()).doesNotContain("tank/gone").contains("tank/here");
    feed("tank/gone");
    assertThat(text()).as("it may come back").contains("tank/gone");
  }
}

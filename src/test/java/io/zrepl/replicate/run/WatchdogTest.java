package io.zrepl.replicate.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.replicate.run.ReplicationAction.ListFilesystems;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of work that does not end; see also {@link ReplicationLivenessTest}. */
class WatchdogTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Instant START = VirtualRun.START;

  private final Watchdog watchdog = new Watchdog(LIMIT);

  @Test
  void lateEndOfAListingThatWasGivenUpIsNotTakenForThatOfTheNext() {
    watchdog.begin(List.of(new ListFilesystems(1)), START);
    Instant stalled = START.plus(LIMIT);
    assertThat(watchdog.look(Map.of(), stalled).cancellations()).hasSize(2);
    Instant lost = stalled.plus(Watchdog.GRACE);
    assertThat(watchdog.look(Map.of(), lost).lost()).hasSize(2);

    watchdog.begin(List.of(new ListFilesystems(2)), lost);
    ReplicationEvent late = new ReplicationEvent.Listed(Side.SENDER, 1, List.of());
    ReplicationEvent next = new ReplicationEvent.Listed(Side.SENDER, 2, List.of());
    assertThat(watchdog.isAwaited(late)).isFalse();
    assertThat(watchdog.accept(late)).isEmpty();
    assertThat(watchdog.isAwaited(next)).isTrue();
    assertThat(watchdog.accept(next)).contains(next);
  }
}

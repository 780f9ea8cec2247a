package io.zrepl.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** How often the metrics are written for those who ask. The clock is the test's. */
class MetricsPageTest {
  private final AtomicInteger written = new AtomicInteger();
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 10);
  private long duration;

  private final MetricsPage page =
      new MetricsPage(
          target -> {
            clock.addAndGet(duration);
            target.write(("text " + written.incrementAndGet()).getBytes(UTF_8));
          },
          clock::get);

  private String text() throws IOException {
    try (GZIPInputStream text = new GZIPInputStream(new ByteArrayInputStream(page.compressed()))) {
      return new String(text.readAllBytes(), UTF_8);
    }
  }

  @Test
  void allWhoAskWithinASecondGetTheSameText() throws Exception {
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      clients.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  assertThat(page.compressed()).isNotEmpty();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    for (Thread client : clients) {
      client.join();
    }
    clock.addAndGet(MetricsPage.FRESH - 1);
    assertThat(text()).isEqualTo("text 1");
    clock.incrementAndGet();
    assertThat(text()).isEqualTo("text 2");
  }

  @Test
  void textThatTakesLongToMakeIsUsedLonger() throws Exception {
    duration = 2 * MetricsPage.FRESH;
    assertThat(text()).isEqualTo("text 1");
    clock.addAndGet(5 * duration - 1);
    assertThat(text()).isEqualTo("text 1");
    clock.incrementAndGet();
    assertThat(text()).isEqualTo("text 2");
  }
}

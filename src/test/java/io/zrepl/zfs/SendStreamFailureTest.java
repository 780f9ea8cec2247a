package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading the output of {@code zfs send} fails, which a real pipe hardly ever does. */
class SendStreamFailureTest {
  private final BrokenChild child = new BrokenChild();
  private final SendProcess send =
      new SendChild(child, "cannot send tank/a@1", new Commands(new FakeRunner()));

  /** A child whose output cannot be read. */
  private static final class BrokenChild implements ChildProcess {
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final AtomicInteger kills = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();

    @Override
    public ReadableByteChannel output() {
      return new ReadableByteChannel() {
        @Override
        public int read(ByteBuffer buffer) throws IOException {
          throw new IOException("injected failure");
        }

        @Override
        public boolean isOpen() {
          return true;
        }

        @Override
        public void close() throws IOException {
          throw new IOException("injected failure of close");
        }
      };
    }

    @Override
    public WritableByteChannel input() {
      throw new IllegalStateException();
    }

    @Override
    public CompletableFuture<Integer> exit() {
      return exit.copy();
    }

    @Override
    public String errors() {
      return "";
    }

    @Override
    public void kill() {
      kills.incrementAndGet();
      exit.complete(137);
    }

    @Override
    public void close() {
      closes.incrementAndGet();
    }
  }

  private void assertReadFails(String message) {
    assertThatThrownBy(() -> send.read(ByteBuffer.allocateDirect(10)))
        .isInstanceOfSatisfying(ZfsException.class, e -> assertThat(e.temporary()).isTrue())
        .hasMessageContaining("cannot send tank/a@1: ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a46FailedReadIsToldAndTheStreamCanStillBeClosed(boolean virtual) throws Exception {
    Runnable reading =
        () -> {
          assertReadFails("injected failure");
          assertReadFails("injected failure");
        };
    CompletableFuture<Void> result = new CompletableFuture<>();
    Runnable task =
        () -> {
          try {
            reading.run();
            result.complete(null);
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        };
    Thread thread = virtual ? Thread.startVirtualThread(task) : Thread.ofPlatform().start(task);
    thread.join();
    result.get();

    send.close();
    assertThat(child.kills).hasPositiveValue();
    assertThat(child.closes).hasValue(1);
    assertReadFails("aborted");
    send.close();
    assertReadFails("aborted");
  }

  @Test
  void failedReadIsNeverTheEndOfTheStream() {
    child.exit.complete(0);
    assertReadFails("injected failure");
    send.close();
  }
}

package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamCopyTest {

  @Test
  void failureOfTheSourceIsKnownBeforeTheProcessCanEndOfIt() throws Exception {
    CountDownLatch mayFail = new CountDownLatch(1);
    OperationException failure = OperationException.permanent("connection reset");
    StreamSource source =
        new StreamSource() {
          @Override
          public int read(ByteBuffer buffer) throws OperationException {
            try {
              mayFail.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            throw failure;
          }

          @Override
          public void abort() {}
        };
    CompletableFuture<CompletableFuture<StreamCopy.End>> copy = new CompletableFuture<>();
    CompletableFuture<Boolean> knownWhenClosed = new CompletableFuture<>();
    WritableByteChannel input =
        new WritableByteChannel() {
          @Override
          public int write(ByteBuffer buffer) {
            throw new AssertionError("nothing to write");
          }

          @Override
          public boolean isOpen() {
            return !knownWhenClosed.isDone();
          }

          @Override
          public void close() {
            knownWhenClosed.complete(copy.join().isDone());
          }
        };

    copy.complete(StreamCopy.start(source, input, "test"));
    mayFail.countDown();

    assertThat(copy.join().get()).isEqualTo(new StreamCopy.End.SourceFailed(failure));
    assertThat(knownWhenClosed.get()).isTrue();
  }
}

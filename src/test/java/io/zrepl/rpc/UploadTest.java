package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.data.DataClient;
import io.zrepl.transport.Connection;
import io.zrepl.transport.Connector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the end of a connection looks to a client that is sending a stream. */
@Timeout(30)
class UploadTest {
  private static final ReceiveRequest REQUEST =
      new ReceiveRequest(
          DatasetPath.of("p/a"),
          new Snapshot("s", new Guid(1), new CreateTxg(1), Instant.EPOCH),
          true,
          true,
          ReplicationProtection.DEFAULT);

  /** After the handshake: writing fails, and only when the writer has noticed, reading ends. */
  private static final class BreakingForTheWriterFirst implements Connection {
    private final ByteBuffer banner = ByteBuffer.wrap(WireBytes.BANNER);
    private final CountDownLatch closed = new CountDownLatch(1);
    private int written;

    @Override
    public String peer() {
      return "peer";
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
      if (banner.hasRemaining()) {
        int count = Math.min(buffer.remaining(), banner.remaining());
        buffer.put(banner.slice(banner.position(), count));
        banner.position(banner.position() + count);
        return count;
      }
      try {
        closed.await();
        while (Thread.getAllStackTraces().keySet().stream()
            .anyMatch(each -> each.getName().startsWith("rpc-upload"))) {
          Thread.sleep(1);
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return -1;
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
      written += buffer.remaining();
      if (written > 100_000) {
        closed.countDown();
        throw new IOException("Broken pipe");
      }
      int count = buffer.remaining();
      buffer.position(buffer.limit());
      return count;
    }

    @Override
    public void shutdownOutput() {}

    @Override
    public void close() {
      closed.countDown();
    }
  }

  private static DataClient client() {
    Connector connector =
        new Connector() {
          @Override
          public Connection connect() {
            return new BreakingForTheWriterFirst();
          }

          @Override
          public String target() {
            return "peer";
          }
        };
    return new DataClient(new Dialer(connector, Banner.PLAIN, TestServer.TIMING));
  }

  @Test
  void connectionThatBreaksIsTemporaryAlsoIfWritingNoticesFirst() {
    assertThatThrownBy(() -> client().receive(REQUEST, TestStream.of(new byte[3_000_000])))
        .asInstanceOf(InstanceOfAssertFactories.type(OperationException.class))
        .matches(OperationException::temporary, "may be tried again")
        .extracting(OperationException::message)
        .isEqualTo("peer closed the connection");
  }

  @Test
  void faultOfTheSourceEndsTheCall() {
    SendStream faulty =
        new SendStream() {
          @Override
          public boolean usesResumeToken() {
            return false;
          }

          @Override
          public int read(ByteBuffer buffer) {
            throw new IllegalArgumentException("a fault, for this test");
          }

          @Override
          public void abort() {}

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> client().receive(REQUEST, faulty))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("a fault, for this test");
  }
}

package io.zrepl.rpc.fuzz;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.Banner;
import io.zrepl.rpc.Dialer;
import io.zrepl.rpc.RpcTiming;
import io.zrepl.rpc.TestStream;
import io.zrepl.rpc.data.DataClient;
import io.zrepl.transport.Connection;
import io.zrepl.transport.Connector;
import io.zrepl.transport.MemoryConnection;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * What a server sends on a data connection, banner included, to a client that pings, asks for a
 * stream, or sends one. Only one kind of failure may come of it.
 */
public final class ResponseFuzz {
  private static final Snapshot SNAPSHOT =
      new Snapshot("s", new Guid(1), new CreateTxg(1), Instant.EPOCH);
  private static final DatasetPath FILESYSTEM = DatasetPath.of("p/a");

  private ResponseFuzz() {}

  /** A request of a client. */
  private interface Use {
    void use(DataClient client) throws OperationException, InterruptedException;
  }

  /** Called by Jazzer, and with the corpus by the build. */
  public static void fuzzerTestOneInput(byte[] input) {
    for (Use use :
        new Use[] {DataClient::ping, ResponseFuzz::askForStream, ResponseFuzz::sendStream}) {
      try {
        use.use(new DataClient(new Dialer(server(input), Banner.OURS, RpcTiming.DEFAULT)));
      } catch (OperationException e) {
        // the only failure that may come
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static void askForStream(DataClient client)
      throws OperationException, InterruptedException {
    SendRequest request =
        new SendRequest(
            FILESYSTEM,
            Optional.empty(),
            SNAPSHOT,
            Optional.empty(),
            ReplicationProtection.DEFAULT);
    try (SendStream stream = client.send(request)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
      while (stream.read(buffer.clear()) >= 0) {
        // until its end
      }
    }
  }

  private static void sendStream(DataClient client)
      throws OperationException, InterruptedException {
    client.receive(
        new ReceiveRequest(FILESYSTEM, SNAPSHOT, true, true, ReplicationProtection.DEFAULT),
        TestStream.of(new byte[10]));
  }

  private static Connector server(byte[] input) {
    return new Connector() {
      @Override
      public Connection connect() {
        return MemoryConnection.of(input);
      }

      @Override
      public String target() {
        return "memory";
      }
    };
  }
}

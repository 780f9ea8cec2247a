package io.zrepl.rpc.fuzz;

import io.zrepl.rpc.RpcTiming;
import io.zrepl.rpc.data.DataRequest;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.Incoming;
import io.zrepl.transport.MemoryConnection;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What a client sends on a data connection: frames, a request, a stream. */
public final class RequestFuzz {
  private RequestFuzz() {}

  /** Called by Jazzer, and with the corpus by the build. */
  public static void fuzzerTestOneInput(byte[] input) {
    FramedConnection connection =
        new FramedConnection(MemoryConnection.of(input), RpcTiming.DEFAULT);
    try {
      Incoming incoming = new Incoming(connection);
      DataRequest request = DataRequest.read(incoming);
      if (request instanceof DataRequest.Receive) {
        ByteBuffer buffer = ByteBuffer.allocate(1000);
        while (incoming.stream(buffer.clear()) >= 0) {
          // until its end
        }
      }
    } catch (IOException e) {
      // refused
    } finally {
      connection.abort();
    }
  }
}

package io.zrepl.rpc;

import io.zrepl.transport.Connection;
import io.zrepl.transport.Connector;
import io.zrepl.transport.TimeLimit;
import java.io.IOException;

/**
 * Opens connections to one serving job, up to and with the label. Any thread may call.
 *
 * @param connector makes the bare connections
 * @param banner what we send first
 * @param timing how patient we are
 */
public record Dialer(Connector connector, Banner banner, RpcTiming timing) {

  /**
   * A connection that belongs to whoever opened it.
   *
   * @param connection after the label
   * @param theirs what the other side can do
   */
  public record Opened(Connection connection, Banner theirs) {}

  /** Opens one. */
  public Opened open(Plane plane) throws IOException {
    Connection connection = connector.connect();
    try (TimeLimit limit = TimeLimit.start(timing.handshake(), connection::close)) {
      try {
        Banner theirs = banner.exchange(connection);
        connection.writeFully(plane.encode());
        limit.done();
        return new Opened(connection, theirs);
      } catch (IOException e) {
        connection.close();
        throw limit.isOver()
            ? new IOException(
                "%s did not send its version banner in time".formatted(connector.target()), e)
            : e;
      } catch (RuntimeException | Error e) {
        connection.close();
        throw e;
      }
    }
  }
}

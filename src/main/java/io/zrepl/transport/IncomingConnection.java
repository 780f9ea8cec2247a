package io.zrepl.transport;

import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.time.Duration;

/** A connection whose other end has not yet shown who it is. */
public interface IncomingConnection extends AutoCloseable {

  /** From where it comes, without port: connections of one origin are limited together. */
  String origin();

  /**
   * How long the client may take to show who it is; whoever serves it may give it more time in all.
   */
  default Duration patience() {
    return Duration.ZERO;
  }

  /**
   * Finds out who the client is. Called once, by any thread; may block until {@link #close}.
   *
   * @throws IOException if the client may not connect; everything is closed
   */
  Authenticated authenticate() throws IOException;

  /** Ends it, whether authenticated or not. Any thread; may be repeated. */
  @Override
  void close();

  /**
   * A connection with a client that we know.
   *
   * @param client who it is
   * @param connection with it
   */
  record Authenticated(ClientIdentity client, Connection connection) {}
}

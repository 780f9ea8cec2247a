package io.zrepl.transport;

import java.io.IOException;

/** Waits for clients. */
public interface Listener extends AutoCloseable {

  /**
   * Waits for the next client; never waits for anything that a client does after it connected. One
   * thread may call.
   *
   * @throws IOException if it fails, or after {@link #close}
   */
  IncomingConnection accept() throws IOException;

  /** Where it listens, for logs. */
  String place();

  /** Ends a blocked {@link #accept} and gives the place free. Any thread; may be repeated. */
  @Override
  void close();
}

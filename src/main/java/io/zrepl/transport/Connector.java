package io.zrepl.transport;

import java.io.IOException;

/** Makes connections to one serving job. Any thread may call. */
public interface Connector {

  /**
   * Connects and shows who we are.
   *
   * @throws IOException if that fails; a {@link TransportException} where we know more. An
   *     interrupt also ends in one, with the interrupt status set
   */
  Connection connect() throws IOException;

  /** What it connects to, for messages: "tls vault.example.net:8888". */
  String target();
}

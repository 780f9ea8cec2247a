package io.zrepl.transport;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import java.time.Duration;
import java.util.List;

/** Where a passive job waits for its peers ({@code serve}). */
public sealed interface ServeSettings {

  /**
   * Jobs of the same daemon.
   *
   * @param listenerName the name by which they find it
   */
  record Local(String listenerName) implements ServeSettings {}

  /**
   * Plain TCP: clients are told apart by their addresses.
   *
   * @param listen where
   * @param freeBind whether the address may come up later
   * @param clients who may connect, and as whom
   */
  record Tcp(HostAndPort listen, boolean freeBind, ClientAddresses clients)
      implements ServeSettings {}

  /**
   * TLS: the common name of the client's certificate is its identity.
   *
   * @param listen where
   * @param freeBind whether the address may come up later
   * @param files ours, and the authorities that vouch for clients
   * @param clients who may connect
   * @param handshakeTimeout positive
   */
  record Tls(
      HostAndPort listen,
      boolean freeBind,
      TlsFiles files,
      List<ClientIdentity> clients,
      Duration handshakeTimeout)
      implements ServeSettings {
    /** Copies the list. */
    public Tls {
      clients = List.copyOf(clients);
    }
  }

  /**
   * {@code zrepl stdinserver}, started by sshd; one socket per client.
   *
   * @param clients who may connect; no one twice
   */
  record Stdinserver(List<ClientIdentity> clients) implements ServeSettings {
    /** Copies the list. */
    public Stdinserver {
      clients = List.copyOf(clients);
    }
  }
}

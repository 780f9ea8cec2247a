package io.zrepl.transport;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import java.time.Duration;
import java.util.List;

/** Where a passive job waits for its peers ({@code serve}). */
public sealed interface ServeSettings {

  /** Whether clients may not destroy snapshots. */
  boolean forbidDestroy();

  /**
   * Jobs of the same daemon.
   *
   * @param listenerName the name by which they find it
   * @param forbidDestroy whether clients may not destroy snapshots
   */
  record Local(String listenerName, boolean forbidDestroy) implements ServeSettings {
    /** Clients may destroy. */
    public Local(String listenerName) {
      this(listenerName, false);
    }
  }

  /**
   * Plain TCP: clients are told apart by their addresses.
   *
   * @param listen where
   * @param freeBind whether the address may come up later
   * @param clients who may connect, and as whom
   * @param forbidDestroy whether clients may not destroy snapshots
   */
  record Tcp(HostAndPort listen, boolean freeBind, ClientAddresses clients, boolean forbidDestroy)
      implements ServeSettings {
    /** Clients may destroy. */
    public Tcp(HostAndPort listen, boolean freeBind, ClientAddresses clients) {
      this(listen, freeBind, clients, false);
    }
  }

  /**
   * TLS: the common name of the client's certificate is its identity.
   *
   * @param listen where
   * @param freeBind whether the address may come up later
   * @param files ours, and the authorities that vouch for clients
   * @param clients who may connect
   * @param handshakeTimeout positive
   * @param forbidDestroy whether clients may not destroy snapshots
   */
  record Tls(
      HostAndPort listen,
      boolean freeBind,
      TlsFiles files,
      List<ClientIdentity> clients,
      Duration handshakeTimeout,
      boolean forbidDestroy)
      implements ServeSettings {
    /** Copies the list. */
    public Tls {
      clients = List.copyOf(clients);
    }

    /** Clients may destroy. */
    public Tls(
        HostAndPort listen,
        boolean freeBind,
        TlsFiles files,
        List<ClientIdentity> clients,
        Duration handshakeTimeout) {
      this(listen, freeBind, files, clients, handshakeTimeout, false);
    }
  }

  /**
   * {@code zrepl stdinserver}, started by sshd; one socket per client.
   *
   * @param clients who may connect; no one twice
   * @param forbidDestroy whether clients may not destroy snapshots
   */
  record Stdinserver(List<ClientIdentity> clients, boolean forbidDestroy) implements ServeSettings {
    /** Copies the list. */
    public Stdinserver {
      clients = List.copyOf(clients);
    }

    /** Clients may destroy. */
    public Stdinserver(List<ClientIdentity> clients) {
      this(clients, false);
    }
  }
}

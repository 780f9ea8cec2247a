package io.zrepl.transport;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How an active job reaches its peer ({@code connect}). */
public sealed interface ConnectSettings {

  /** How long to wait for the connection; zero waits for ever. */
  Duration dialTimeout();

  /**
   * A sink or source of the same daemon.
   *
   * @param listenerName which one
   * @param clientIdentity as whom
   * @param dialTimeout how long to wait for the listener; zero waits for ever
   */
  record Local(String listenerName, ClientIdentity clientIdentity, Duration dialTimeout)
      implements ConnectSettings {}

  /**
   * Plain TCP, which neither encrypts nor authenticates.
   *
   * @param address of the serving job
   * @param dialTimeout for the TCP connection; zero: no limit but the kernel's
   */
  record Tcp(HostAndPort address, Duration dialTimeout) implements ConnectSettings {}

  /**
   * TLS with certificates of both sides.
   *
   * @param address of the serving job
   * @param files ours, and the authorities that vouch for the server
   * @param serverName what the server's certificate must be for: one of its subject alternative
   *     names
   * @param dialTimeout for the TCP connection; zero: no limit but the kernel's
   */
  record Tls(HostAndPort address, TlsFiles files, String serverName, Duration dialTimeout)
      implements ConnectSettings {}

  /**
   * The user's {@code ssh} program; {@code zrepl stdinserver} answers at the other end.
   *
   * @param host name or address, as {@code ssh} takes it
   * @param user on the other side
   * @param port 1 to 65535
   * @param identityFile private key for {@code ssh -i}
   * @param options each for {@code ssh -o}
   * @param program what is started instead of {@code ssh}
   * @param dialTimeout until the serving daemon has answered; zero waits for ever
   */
  record Ssh(
      String host,
      String user,
      int port,
      Path identityFile,
      List<String> options,
      Optional<String> program,
      Duration dialTimeout)
      implements ConnectSettings {
    /** Copies the list. */
    public Ssh {
      options = List.copyOf(options);
    }
  }
}

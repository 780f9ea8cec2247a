package io.zrepl.logging;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import java.time.Duration;
import java.util.Optional;

/** One place for log lines. */
public sealed interface OutletSettings {
  /** Lines below this level are left out. */
  LogLevel level();

  /** How lines look. */
  LogFormat format();

  /**
   * The standard output.
   *
   * @param level lines below are left out
   * @param format how lines look
   * @param time whether lines begin with the time; on a terminal they always do
   * @param color whether lines are coloured on a terminal
   */
  record Stdout(LogLevel level, LogFormat format, boolean time, boolean color)
      implements OutletSettings {}

  /**
   * The syslog of this machine.
   *
   * @param level lines below are left out
   * @param format how lines look
   * @param facility under which they are filed
   * @param retryInterval positive; how often a broken connection is tried again
   */
  record Syslog(LogLevel level, LogFormat format, SyslogFacility facility, Duration retryInterval)
      implements OutletSettings {}

  /**
   * A log collector on the network.
   *
   * @param level lines below are left out
   * @param format how lines look
   * @param address of the collector
   * @param network {@code tcp}, {@code tcp4}, {@code udp} and so on
   * @param retryInterval positive; how often a broken connection is tried again
   * @param tls empty for a connection in the clear
   */
  record Tcp(
      LogLevel level,
      LogFormat format,
      HostAndPort address,
      String network,
      Duration retryInterval,
      Optional<TlsFiles> tls)
      implements OutletSettings {}
}

package io.zrepl.config;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.config.schema.Words;
import io.zrepl.logging.LogFormat;
import io.zrepl.logging.LogLevel;
import io.zrepl.logging.OutletSettings;
import io.zrepl.logging.SyslogFacility;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code global.logging}. */
final class LoggingSections {
  /** What an explicitly empty list of outlets stands for. */
  static final OutletSettings BARE =
      new OutletSettings.Stdout(LogLevel.WARN, LogFormat.HUMAN, false, false);

  private static final Kind<LogLevel> LEVEL =
      Words.<LogLevel>named("log level")
          .word("debug", LogLevel.DEBUG)
          .word("info", LogLevel.INFO)
          .word("warn", LogLevel.WARN)
          .word("error", LogLevel.ERROR)
          .kind();

  private static final Kind<LogFormat> FORMAT =
      Words.<LogFormat>named("log format")
          .word("human", LogFormat.HUMAN)
          .word("logfmt", LogFormat.LOGFMT)
          .word("json", LogFormat.JSON)
          .kind();

  private static final Kind<SyslogFacility> FACILITY = facilities();

  static final Kind<List<OutletSettings>> OUTLETS =
      ListKind.of(
              "outlets",
              Union.<OutletSettings>named("log outlet")
                  .variant("stdout", new Stdout())
                  .variant("syslog", new Syslog())
                  .variant("tcp", new Tcp()))
          .withDistinct(
              outlet -> Union.typeOf(outlet).filter(List.of("stdout", "syslog")::contains),
              "only one outlet may have the type %s"::formatted);

  private LoggingSections() {}

  private static Kind<SyslogFacility> facilities() {
    Words<SyslogFacility> words = Words.named("syslog facility");
    for (SyslogFacility facility : SyslogFacility.values()) {
      words.word(facility.name().toLowerCase(Locale.ROOT), facility);
    }
    return words.kind().withExample("daemon");
  }

  /** What all outlets have. */
  private abstract static class Outlet<T extends OutletSettings> extends Section<T> {
    private final Field<LogLevel> level =
        required("level", LEVEL, "Lines below this level are left out.", "info");
    private final Field<LogFormat> format = required("format", FORMAT, "How lines look.");

    Outlet(String title, String meaning) {
      super(title, meaning);
    }

    LogLevel level(Values values) {
      return values.get(level);
    }

    LogFormat format(Values values) {
      return values.get(format);
    }

    Field<Duration> retryInterval() {
      return optional(
          "retry_interval",
          ConfigurationKinds.POSITIVE_TIMEOUT,
          "10s",
          "How long to wait before a broken connection is tried again.");
    }
  }

  private static final class Stdout extends Outlet<OutletSettings.Stdout> {
    private final Field<Boolean> time =
        optional(
            "time",
            ConfigurationKinds.BOOL,
            "true",
            "Whether lines begin with the time. On a terminal they always do.");
    private final Field<Boolean> color =
        optional(
            "color",
            ConfigurationKinds.BOOL,
            "true",
            "Whether lines are coloured. Only on a terminal, and not if `NO_COLOR` is set.");

    Stdout() {
      super("stdout log outlet", "Writes log lines to the standard output.");
    }

    @Override
    protected OutletSettings.Stdout build(Values values) {
      return new OutletSettings.Stdout(
          level(values), format(values), values.get(time), values.get(color));
    }
  }

  private static final class Syslog extends Outlet<OutletSettings.Syslog> {
    private final Field<SyslogFacility> facility =
        withDefault("facility", FACILITY, "local0", "Under which facility lines are filed.");
    private final Field<Duration> retryInterval = retryInterval();

    Syslog() {
      super("syslog log outlet", "Hands log lines to the syslog of this machine.");
    }

    @Override
    protected OutletSettings.Syslog build(Values values) {
      return new OutletSettings.Syslog(
          level(values), format(values), values.get(facility), values.get(retryInterval));
    }
  }

  private static final class Tcp extends Outlet<OutletSettings.Tcp> {
    private final Field<HostAndPort> address =
        required(
            "address",
            ConfigurationKinds.ADDRESS,
            "Host and port of the collector.",
            "\"logs.example.net:5140\"");
    private final Field<String> network =
        optional(
            "net",
            ConfigurationKinds.TEXT,
            "tcp",
            "`tcp`, `tcp4`, `tcp6`, `udp` and so on.",
            "tcp4");
    private final Field<Duration> retryInterval = retryInterval();
    private final Field<Optional<TlsFiles>> tls =
        absentOr("tls", new Tls(), "Encrypts the connection. Without it, lines go in the clear.");

    Tcp() {
      super("tcp log outlet", "Sends log lines to a collector on the network.");
    }

    @Override
    protected OutletSettings.Tcp build(Values values) {
      return new OutletSettings.Tcp(
          level(values),
          format(values),
          values.get(address),
          values.get(network),
          values.get(retryInterval),
          values.get(tls));
    }
  }

  private static final class Tls extends Section<TlsFiles> {
    private final Field<Path> ca =
        required("ca", ConfigurationKinds.PATH, TransportSections.CA_OF_SERVER);
    private final Field<Path> cert =
        required(
            "cert",
            ConfigurationKinds.PATH,
            TransportSections.CERTIFICATE,
            TransportSections.CERTIFICATE_EXAMPLE);
    private final Field<Path> key =
        required(
            "key", ConfigurationKinds.PATH, TransportSections.KEY, TransportSections.KEY_EXAMPLE);

    Tls() {
      super("tls of a tcp log outlet", "Both sides show certificates.");
    }

    @Override
    protected TlsFiles build(Values values) {
      return new TlsFiles(values.get(ca), values.get(cert), values.get(key));
    }
  }
}

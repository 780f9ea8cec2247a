package io.zrepl.config;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Scalars;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.ConnectSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The types of {@code connect}. */
final class ConnectSections {
  private static final String DIAL_TIMEOUT = "dial_timeout";
  private static final int HIGHEST_PORT = 65_535;

  private ConnectSections() {}

  static final class Tcp extends Section<ConnectSettings.Tcp> {
    private final Field<HostAndPort> address =
        required("address", ConfigurationKinds.ADDRESS, "Host and port of the serving job.");
    private final Field<Duration> dialTimeout =
        optional(
            DIAL_TIMEOUT,
            ConfigurationKinds.TIMEOUT,
            "10s",
            "How long to wait for the connection. `0s` sets no limit.");

    Tcp() {
      super(
          "tcp connect",
          "Connects without encryption and authentication: only for networks that you trust.");
    }

    @Override
    protected ConnectSettings.Tcp build(Values values) {
      return new ConnectSettings.Tcp(values.get(address), values.get(dialTimeout));
    }
  }

  static final class Tls extends Section<ConnectSettings.Tls> {
    private final Field<HostAndPort> address =
        required("address", ConfigurationKinds.ADDRESS, "Host and port of the serving job.");
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
    private final Field<String> serverName =
        required(
            "server_cn",
            ConfigurationKinds.TEXT,
            "Whom the server's certificate must be for: one of its subject alternative names.",
            "vault.example.net");
    private final Field<Duration> dialTimeout =
        optional(
            DIAL_TIMEOUT,
            ConfigurationKinds.TIMEOUT,
            "10s",
            "How long to wait for the TCP connection. `0s` sets no limit.");

    Tls() {
      super("tls connect", "Connects with TLS; both sides show certificates.");
    }

    @Override
    protected ConnectSettings.Tls build(Values values) {
      return new ConnectSettings.Tls(
          values.get(address),
          new TlsFiles(values.get(ca), values.get(cert), values.get(key)),
          values.get(serverName),
          values.get(dialTimeout));
    }
  }

  static final class Ssh extends Section<ConnectSettings.Ssh> {
    private final Field<String> host =
        required("host", ConfigurationKinds.TEXT, "Where `ssh` connects to.", "vault.example.net");
    private final Field<String> user =
        required("user", ConfigurationKinds.TEXT, "The user on the other side.", "zrepl");
    private final Field<Integer> port =
        required(
            "port",
            Scalars.integerUpTo(1, HIGHEST_PORT),
            "The port of the ssh server, 1 to 65535.",
            "22");
    private final Field<Path> identityFile =
        required(
            "identity_file",
            ConfigurationKinds.PATH,
            "The private key, for `ssh -i`.",
            "/etc/zrepl/ssh/id_ed25519");
    private final Field<List<String>> options =
        optional(
            "options",
            ListKind.of("texts", ConfigurationKinds.TEXT),
            "[]",
            "Each is handed to `ssh -o`.",
            "[Compression=no, ServerAliveInterval=30]");
    private final Field<String> program =
        optional(
            "ssh_command",
            ConfigurationKinds.TEXT,
            "''",
            "What is started instead of `ssh`. Empty is `ssh`.",
            "/usr/local/bin/ssh");
    private final Field<Duration> dialTimeout =
        optional(
            DIAL_TIMEOUT,
            ConfigurationKinds.TIMEOUT,
            "10s",
            "How long to wait until the other daemon has answered. `0s` sets no limit.");

    Ssh() {
      super(
          "ssh connect",
          "Starts `ssh`; the other side runs `zrepl stdinserver IDENTITY` for this key.");
      // Read and ignored: old files have it.
      optional(
          "transport_open_command",
          ListKind.of("texts", ConfigurationKinds.TEXT),
          "[]",
          "Has no effect.",
          "[]");
    }

    @Override
    protected ConnectSettings.Ssh build(Values values) {
      return new ConnectSettings.Ssh(
          values.get(host),
          values.get(user),
          values.get(port),
          values.get(identityFile),
          values.get(options),
          Optional.of(values.get(program)).filter(text -> !text.isEmpty()),
          values.get(dialTimeout));
    }
  }

  static final class Local extends Section<ConnectSettings.Local> {
    private final Field<String> listenerName =
        required(
            "listener_name",
            ConfigurationKinds.TEXT,
            "The `listener_name` of a sink or source of the same daemon.",
            "vault");
    private final Field<ClientIdentity> clientIdentity =
        required(
            "client_identity",
            ConfigurationKinds.CLIENT_IDENTITY,
            "As whom it connects: the name of the dataset below the sink's `root_fs`.");
    private final Field<Duration> dialTimeout =
        optional(
            DIAL_TIMEOUT,
            ConfigurationKinds.TIMEOUT,
            "2s",
            "How long to wait for the other job. `0s` waits for ever.");

    Local() {
      super("local connect", "Connects to a job of the same daemon.");
    }

    @Override
    protected ConnectSettings.Local build(Values values) {
      return new ConnectSettings.Local(
          values.get(listenerName), values.get(clientIdentity), values.get(dialTimeout));
    }
  }
}

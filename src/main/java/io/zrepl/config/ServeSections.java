package io.zrepl.config;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TlsFiles;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.MapKind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.ServeSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The types of {@code serve}. */
final class ServeSections {
  private static final String FREE_BIND =
      "Whether to listen on an address that this machine does not have yet.";

  private static final String FORBID_DESTROY = "forbid_destroy";
  private static final String FORBID_DESTROY_MEANING =
      "Whether clients may not destroy snapshots here, so that what they keep is decided on this side alone. An addition of this program: Go zrepl refuses it.";

  private static final Kind<ClientAddresses> CLIENTS =
      new MapKind<>(
          "mapping of addresses to client identities",
          ConfigurationKinds.TEXT,
          (address, identity) -> {
            ClientAddresses.of(Map.of(address, identity));
            return Optional.empty();
          },
          ServeSections::clients,
          "{\"10.9.0.17\": web1, \"10.9.1.0/24\": \"node-*\"}");

  private static final ListKind<ClientIdentity> IDENTITIES =
      ListKind.of("client identities", ConfigurationKinds.CLIENT_IDENTITY);

  private ServeSections() {}

  private static ClientAddresses clients(Map<String, String> identities) {
    try {
      return ClientAddresses.of(identities);
    } catch (InvalidValueException e) {
      throw new IllegalStateException("each entry alone was valid", e);
    }
  }

  static final class Tcp extends Section<ServeSettings.Tcp> {
    private final Field<HostAndPort> listen =
        required(
            "listen",
            ConfigurationKinds.LISTEN_ADDRESS,
            "Address and port. Without address it listens on all.");
    private final Field<Boolean> freeBind =
        optional("listen_freebind", ConfigurationKinds.BOOL, "false", FREE_BIND);
    private final Field<ClientAddresses> clients =
        required(
            "clients",
            CLIENTS,
            "Who may connect: address or network, to identity. For `*` stands the client's address.");

    private final Field<Boolean> forbidDestroy =
        extension(FORBID_DESTROY, ConfigurationKinds.BOOL, "false", FORBID_DESTROY_MEANING);

    Tcp() {
      super("tcp serve", "Listens without encryption: clients are told apart by their addresses.");
    }

    @Override
    protected ServeSettings.Tcp build(Values values) {
      return new ServeSettings.Tcp(
          values.get(listen), values.get(freeBind), values.get(clients), values.get(forbidDestroy));
    }
  }

  static final class Tls extends Section<ServeSettings.Tls> {
    private final Field<HostAndPort> listen =
        required(
            "listen",
            ConfigurationKinds.LISTEN_ADDRESS,
            "Address and port. Without address it listens on all.");
    private final Field<Boolean> freeBind =
        optional("listen_freebind", ConfigurationKinds.BOOL, "false", FREE_BIND);
    private final Field<Path> ca =
        required("ca", ConfigurationKinds.PATH, TransportSections.CA_OF_CLIENTS);
    private final Field<Path> cert =
        required(
            "cert",
            ConfigurationKinds.PATH,
            TransportSections.CERTIFICATE,
            TransportSections.CERTIFICATE_EXAMPLE);
    private final Field<Path> key =
        required(
            "key", ConfigurationKinds.PATH, TransportSections.KEY, TransportSections.KEY_EXAMPLE);
    private final Field<List<ClientIdentity>> clients =
        required(
            "client_cns",
            IDENTITIES,
            "Who may connect: common names of client certificates, which are the identities.");
    private final Field<Duration> handshakeTimeout =
        optional(
            "handshake_timeout",
            ConfigurationKinds.POSITIVE_TIMEOUT,
            "10s",
            "How long a client may take to show its certificate.");

    private final Field<Boolean> forbidDestroy =
        extension(FORBID_DESTROY, ConfigurationKinds.BOOL, "false", FORBID_DESTROY_MEANING);

    Tls() {
      super("tls serve", "Listens with TLS; both sides show certificates.");
    }

    @Override
    protected ServeSettings.Tls build(Values values) {
      return new ServeSettings.Tls(
          values.get(listen),
          values.get(freeBind),
          new TlsFiles(values.get(ca), values.get(cert), values.get(key)),
          values.get(clients),
          values.get(handshakeTimeout),
          values.get(forbidDestroy));
    }
  }

  static final class Stdinserver extends Section<ServeSettings.Stdinserver> {
    private final Field<List<ClientIdentity>> clients =
        required(
            "client_identities",
            IDENTITIES.withDistinct(
                node ->
                    node instanceof YamlNode.Scalar scalar
                        ? Optional.of(scalar.text())
                        : Optional.empty(),
                client -> "%s stands twice in this list".formatted(Printable.quote(client))),
            "Who may connect: what `authorized_keys` gives to `zrepl stdinserver`.");

    private final Field<Boolean> forbidDestroy =
        extension(FORBID_DESTROY, ConfigurationKinds.BOOL, "false", FORBID_DESTROY_MEANING);

    Stdinserver() {
      super("stdinserver serve", "Waits for `zrepl stdinserver`, which sshd starts for a client.");
    }

    @Override
    protected ServeSettings.Stdinserver build(Values values) {
      return new ServeSettings.Stdinserver(values.get(clients), values.get(forbidDestroy));
    }
  }

  static final class Local extends Section<ServeSettings.Local> {
    private final Field<String> listenerName =
        required(
            "listener_name", ConfigurationKinds.TEXT, "The name by which jobs connect.", "vault");

    private final Field<Boolean> forbidDestroy =
        extension(FORBID_DESTROY, ConfigurationKinds.BOOL, "false", FORBID_DESTROY_MEANING);

    Local() {
      super("local serve", "Waits for jobs of the same daemon.");
    }

    @Override
    protected ServeSettings.Local build(Values values) {
      return new ServeSettings.Local(values.get(listenerName), values.get(forbidDestroy));
    }
  }
}

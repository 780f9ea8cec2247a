package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.time.Duration;

/** {@code connect} and {@code serve}. */
final class TransportSections {
  static final Kind<ConnectSettings> CONNECT =
      Union.<ConnectSettings>named("connect section")
          .variant("local", new LocalConnect())
          .planned("tcp", "tls", "ssh+stdinserver");

  static final Kind<ServeSettings> SERVE =
      Union.<ServeSettings>named("serve section")
          .variant("local", new LocalServe())
          .planned("tcp", "tls", "stdinserver");

  private TransportSections() {}

  private static final class LocalConnect extends Section<ConnectSettings.Local> {
    private final Field<String> listenerName =
        required(
            "listener_name",
            ConfigurationKinds.TEXT,
            "The `listener_name` of a sink of the same daemon.");
    private final Field<ClientIdentity> clientIdentity =
        required(
            "client_identity",
            ConfigurationKinds.CLIENT_IDENTITY,
            "As whom it connects: the name of the dataset below the sink's `root_fs`.");
    private final Field<Duration> dialTimeout =
        optional(
            "dial_timeout",
            ConfigurationKinds.TIMEOUT,
            "2s",
            "How long to wait for the sink. `0s` waits for ever.");

    LocalConnect() {
      super("local connect", "Connects to a job of the same daemon.");
    }

    @Override
    protected ConnectSettings.Local build(Values values) {
      return new ConnectSettings.Local(
          values.get(listenerName), values.get(clientIdentity), values.get(dialTimeout));
    }
  }

  private static final class LocalServe extends Section<ServeSettings.Local> {
    private final Field<String> listenerName =
        required("listener_name", ConfigurationKinds.TEXT, "The name by which jobs connect.");

    LocalServe() {
      super("local serve", "Waits for jobs of the same daemon.");
    }

    @Override
    protected ServeSettings.Local build(Values values) {
      return new ServeSettings.Local(values.get(listenerName));
    }
  }
}

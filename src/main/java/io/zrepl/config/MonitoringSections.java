package io.zrepl.config;

import io.zrepl.base.HostAndPort;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.monitoring.PrometheusSettings;
import java.util.List;

/** {@code global.monitoring}. */
final class MonitoringSections {
  static final Kind<List<PrometheusSettings>> MONITORING =
      ListKind.of(
              "monitoring entries",
              Union.<PrometheusSettings>named("monitoring entry")
                  .variant("prometheus", new Prometheus()))
          .withDistinct(
              entry -> Union.typeOf(entry).filter("prometheus"::equals),
              "only one entry may have the type %s"::formatted);

  private MonitoringSections() {}

  private static final class Prometheus extends Section<PrometheusSettings> {
    private final Field<HostAndPort> listen =
        required(
            "listen",
            ConfigurationKinds.LISTEN_ADDRESS,
            "Address and port of the HTTP server. Without address it listens on all.",
            "\"127.0.0.1:9811\"");
    private final Field<Boolean> freeBind =
        optional(
            "listen_freebind",
            ConfigurationKinds.BOOL,
            "false",
            "Whether to listen on an address that this machine does not have yet.");

    Prometheus() {
      super("prometheus monitoring", "Offers metrics to Prometheus, over HTTP.");
    }

    @Override
    protected PrometheusSettings build(Values values) {
      return new PrometheusSettings(values.get(listen), values.get(freeBind));
    }
  }
}

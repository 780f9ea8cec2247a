package io.zrepl.daemon;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.TaskGroup;
import io.zrepl.control.ControlProtocol;
import io.zrepl.monitoring.Metrics;
import io.zrepl.monitoring.PrometheusSettings;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics} over TCP for Prometheus ({@code global.monitoring}), and nothing else. An
 * address that cannot be used does not keep the daemon from its work: it is told, and tried again.
 * That also is what {@code listen_freebind} asks for: an address that comes up later is used then.
 */
final class MetricsListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MetricsListener.class);
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final int MOST_CONNECTIONS = 32;
  private static final Duration IDLE = Duration.ofMinutes(5);
  private static final Duration READ = Duration.ofSeconds(30);

  private final Metrics metrics;
  private final TaskGroup tasks = new TaskGroup("metrics");
  private volatile Optional<Integer> port = Optional.empty();

  private MetricsListener(Metrics metrics) {
    this.metrics = metrics;
  }

  /**
   * Begins to listen, on a thread of its own, until closed.
   *
   * @param settings where; nowhere if empty
   */
  static MetricsListener start(Optional<PrometheusSettings> settings, Metrics metrics) {
    MetricsListener listener = new MetricsListener(metrics);
    settings.ifPresent(where -> {
      boolean _ = listener.tasks.fork("listener", () -> listener.run(where));
    });
    return listener;
  }

  /** Where it listens now; empty while it cannot. */
  Optional<Integer> port() {
    return port;
  }

  private void run(PrometheusSettings settings) throws InterruptedException {
    boolean told = false;
    while (true) {
      WebServer server = null;
      try {
        InetSocketAddress address = address(settings.listen());
        // The server tells nobody why it cannot listen.
        try (ServerSocket probe = new ServerSocket()) {
          probe.bind(address);
        }
        server = server(address);
        server.start();
        if (server.port() < 0) {
          throw new IOException("somebody else has just taken it");
        }
        port = Optional.of(server.port());
        log.atInfo().addKeyValue("listen", settings.listen()).log("serving metrics");
        new CountDownLatch(1).await();
      } catch (IOException | UncheckedIOException | IllegalStateException e) {
        if (!told) {
          told = true;
          log.atError()
              .addKeyValue("listen", settings.listen())
              .addKeyValue("err", reason(e))
              .log("cannot serve metrics; it is tried again (global.monitoring)");
        }
        Thread.sleep(RETRY);
      } finally {
        port = Optional.empty();
        if (server != null) {
          WebServer _ = server.stop();
        }
      }
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null && !(cause instanceof SocketException)) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private static InetSocketAddress address(HostAndPort listen) throws IOException {
    int number;
    try {
      number = Integer.parseInt(listen.port());
    } catch (NumberFormatException e) {
      throw new IOException("the port must be a number: " + listen.port(), e);
    }
    InetSocketAddress address =
        listen.host().isEmpty()
            ? new InetSocketAddress(number)
            : new InetSocketAddress(listen.host(), number);
    if (address.isUnresolved()) {
      throw new IOException(listen.host() + " has no address");
    }
    return address;
  }

  private WebServer server(InetSocketAddress address) {
    return WebServer.builder()
        .address(address.getAddress())
        .port(address.getPort())
        .shutdownHook(false)
        .shutdownGracePeriod(Duration.ofMillis(200))
        .maxTcpConnections(MOST_CONNECTIONS)
        .idleConnectionTimeout(IDLE)
        .connectionOptions(options -> options.readTimeout(READ))
        .maxPayloadSize(0)
        .routing(this::route)
        .build();
  }

  private void route(HttpRouting.Builder routing) {
    routing.get(ControlProtocol.METRICS_PATH, (_, response) -> send(response));
    routing.any((_, response) ->
        response
            .status(Status.NOT_FOUND_404)
            .send("there is only " + ControlProtocol.METRICS_PATH));
  }

  private void send(ServerResponse response) throws IOException {
    response.header(HeaderNames.CONTENT_TYPE, Metrics.CONTENT_TYPE);
    try (OutputStream out = new BufferedOutputStream(response.outputStream(), 32 * 1024)) {
      metrics.write(out);
    }
  }

  /** Ends it; connections that are served get a moment. */
  @Override
  public void close() {
    tasks.close();
  }
}

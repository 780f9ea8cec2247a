package io.zrepl.daemon;

import com.sun.net.httpserver.HttpServer;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.TaskGroup;
import io.zrepl.monitoring.Metrics;
import io.zrepl.monitoring.PrometheusSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics} over TCP for Prometheus ({@code global.monitoring}), and nothing else. An
 * address that cannot be used does not keep the daemon from its work: it is told, and tried again.
 * That also is what {@code listen_freebind} asks for: an address that comes up later is used then.
 *
 * <p>Clients are not known and may be hostile. The server of the JDK is used because it can limit
 * the time of a whole request and of a whole answer, which keeps none that trickles or does not
 * read; {@link MetricsPage} keeps what answers take of memory small.
 */
final class MetricsListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MetricsListener.class);
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final int BACKLOG = 128;

  /** Settings of the JDK's server, which has only some for the whole process; times in seconds. */
  private static final Map<String, String> LIMITS =
      Map.of(
          "jdk.httpserver.maxConnections", "128",
          "sun.net.httpserver.maxIdleConnections", "32",
          "sun.net.httpserver.idleInterval", "90",
          "sun.net.httpserver.maxReqTime", "5",
          "sun.net.httpserver.maxRspTime", "15",
          "sun.net.httpserver.maxReqHeaderSize", "16384",
          "sun.net.httpserver.nodelay", "true");

  static {
    // Read when the first server is made.
    LIMITS.forEach(System::setProperty);
  }

  private final MetricsPage page;
  private final TaskGroup tasks = new TaskGroup("metrics");
  private volatile Optional<Integer> port = Optional.empty();

  private MetricsListener(Metrics metrics) {
    this.page = new MetricsPage(metrics::write, System::nanoTime);
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
      try {
        serve(HttpServer.create(address(settings.listen()), BACKLOG), settings.listen());
      } catch (IOException e) {
        if (!told) {
          told = true;
          log.atError()
              .addKeyValue("listen", settings.listen())
              .addKeyValue("err", e.getMessage())
              .log("cannot serve metrics; it is tried again (global.monitoring)");
        }
        Thread.sleep(RETRY);
      }
    }
  }

  /** Serves until interrupted. */
  private void serve(HttpServer server, HostAndPort listen) throws InterruptedException {
    ExecutorService requests =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("metrics-request-", 0).factory());
    try {
      server.setExecutor(requests);
      server.createContext("/", page);
      server.start();
      port = Optional.of(server.getAddress().getPort());
      log.atInfo().addKeyValue("listen", listen).log("serving metrics");
      new CountDownLatch(1).await();
    } finally {
      port = Optional.empty();
      server.stop(0);
      requests.shutdownNow();
    }
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

  /** Ends it; connections that are served are cut. */
  @Override
  public void close() {
    tasks.close();
  }
}

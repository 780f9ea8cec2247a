package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zrepl.base.FreePort;
import io.zrepl.base.HostAndPort;
import io.zrepl.monitoring.Metrics;
import io.zrepl.monitoring.PrometheusSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Prometheus gets: every documented metric with its type and labels, over HTTP. */
@Timeout(60)
class MetricsListenerTest {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z_]+?)(?:_bucket|_sum|_count)?(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"(?:[^\"\\\\]|\\\\.)*\"");

  private final Metrics metrics = new Metrics();

  private static int freePort() throws IOException {
    try (ServerSocket socket = FreePort.bind()) {
      return socket.getLocalPort();
    }
  }

  private MetricsListener listen(int port) throws Exception {
    return MetricsListener.start(
        Optional.of(new PrometheusSettings(HostAndPort.parse("127.0.0.1:" + port), false)),
        metrics);
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** Everything happens once. */
  private void feed() {
    Duration second = Duration.ofSeconds(1);
    Instant now = Instant.parse("2026-01-02T03:04:05Z");
    metrics.started("1.2.3", "zrepl version=1.2.3 and more", now);
    metrics.logged("j", "warn");
    metrics.logLineDropped("syslog");
    metrics.requestBegan("/signal");
    metrics.requestEnded("/signal", second);
    metrics.replication().begin("j");
    metrics.replication().replicated("j", "tank/a", 1_000_000);
    metrics.replication().attemptEnded("j", "done", second);
    metrics.replication().runEnded("j", Set.of("tank/a"), 2, true, now);
    metrics.replication().newestSnapshots("j", Map.of("tank/a", now));
    metrics.replication().pruned("j", "sender", second);
    metrics.commands().started("j", "zfs", "list");
    metrics.commands().finished("j", "zfs", "list", second);
    metrics.commands().versionsListed("tank/a", second);
    metrics.commands().bookmarked("tank/a", second);
    metrics.commands().destroyed("snapshot", "tank/a", second);
    metrics.connections().closed(10, second, second);
    metrics.connections().hardClosed();
    metrics.connections().served("j", 7);
    metrics.unmatched("j", 3);
    metrics.stalled("j", "planning", "tank/a", second);
    metrics.snapshotTaken("j", "tank/a", now, second);
    metrics.snapshotsDue("j", Optional.of(now));
    metrics.snapshotsMissed("j", 1);
    metrics.hookEnded("j", "tank/a", 1, "command", "pre_snapshot", "ok", second);
  }

  private static List<String> table() throws IOException {
    try (InputStream in = MetricsListenerTest.class.getResourceAsStream("metrics.txt")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.replaceAll(" -$", " "))
          .map(MetricsListenerTest::sortedLabels)
          .toList();
    }
  }

  private static String sortedLabels(String line) {
    String[] words = line.split(" ", -1);
    return "%s %s %s"
        .formatted(
            words[0], words[1], String.join(",", new TreeSet<>(List.of(words[2].split(",")))));
  }

  /** Name, type and labels of all that is served. */
  private static Set<String> described(String text) {
    Map<String, String> types = new TreeMap<>();
    Map<String, Set<String>> labels = new TreeMap<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        types.put(words[2], words[3]);
      } else if (!line.startsWith("#")) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        String name =
            types.containsKey(line.split("[{ ]", 2)[0])
                ? line.split("[{ ]", 2)[0]
                : sample.group(1);
        assertThat(types).as(line).containsKey(name);
        Set<String> names = labels.computeIfAbsent(name, _ -> new TreeSet<>());
        if (sample.group(2) != null) {
          LABEL.matcher(sample.group(2)).results().forEach(label -> names.add(label.group(1)));
        }
      }
    }
    return types.keySet().stream()
        .map(name ->
            "%s %s %s"
                .formatted(
                    name,
                    types.get(name),
                    labels.getOrDefault(name, Set.of()).stream()
                        .filter(label -> !label.equals("le"))
                        .collect(Collectors.joining(","))))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyDocumentedMetricIsServedWithItsTypeAndLabels() throws Exception {
    feed();
    int port = freePort();
    try (MetricsListener listener = listen(port)) {
      await().until(() -> listener.port().isPresent());
      HttpResponse<String> answer = get(port, "/metrics");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-type").orElse(""))
          .startsWith("text/plain; version=0.0.4");
      assertThat(described(answer.body())).containsExactlyInAnyOrderElementsOf(table());
      assertThat(answer.body().lines())
          .contains(
              "zrepl_daemon_log_entries{zrepl_job=\"j\",level=\"warn\"} 1.0"
                  .replace("{zrepl_job=\"j\",level=\"warn\"}", "{level=\"warn\",zrepl_job=\"j\"}"),
              "zrepl_replication_bytes_replicated{filesystem=\"tank/a\",zrepl_job=\"j\"} 1000000.0",
              "zrepl_replication_filesystem_errors{zrepl_job=\"j\"} 2.0",
              "zrepl_zfscmd_runtime_bucket{jobid=\"j\",zfsbinary=\"zfs\",zfsverb=\"list\",le=\"0.75\"} 0",
              "zrepl_zfscmd_runtime_bucket{jobid=\"j\",zfsbinary=\"zfs\",zfsverb=\"list\",le=\"1.0\"} 1",
              "zrepl_zfscmd_runtime_bucket{jobid=\"j\",zfsbinary=\"zfs\",zfsverb=\"list\",le=\"60.0\"} 1");
    }
  }

  @Test
  void nothingElseIsServed() throws Exception {
    int port = freePort();
    try (MetricsListener listener = listen(port)) {
      await().until(() -> listener.port().isPresent());
      for (String path : List.of("/", "/status", "/signal", "/metrics/x")) {
        assertThat(get(port, path).statusCode()).as(path).isEqualTo(404);
      }
    }
  }

  @Test
  void addressThatIsTakenIsUsedOnceItIsFree() throws Exception {
    int port;
    MetricsListener listener;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
      listener = listen(port);
      Thread.sleep(500);
      assertThat(listener.port()).isEmpty();
    }
    try (listener) {
      await().atMost(Duration.ofSeconds(40)).until(() -> listener.port().isPresent());
      assertThat(get(port, "/metrics").statusCode()).isEqualTo(200);
    }
    assertThat(listener.port()).isEmpty();
  }

  @Test
  void textIsCompressedForClientsThatAskForThat() throws Exception {
    feed();
    int port = freePort();
    try (MetricsListener listener = listen(port);
        HttpClient client = HttpClient.newHttpClient()) {
      await().until(() -> listener.port().isPresent());
      String plain = get(port, "/metrics").body();
      HttpResponse<byte[]> zipped =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                  .header("Accept-Encoding", "deflate, gzip;q=0.5")
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(zipped.headers().firstValue("content-encoding")).hasValue("gzip");
      try (InputStream text = new GZIPInputStream(new ByteArrayInputStream(zipped.body()))) {
        assertThat(new String(text.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(plain);
      }
    }
  }

  @Test
  void metricsCanOnlyBeRead() throws Exception {
    int port = freePort();
    try (MetricsListener listener = listen(port);
        HttpClient client = HttpClient.newHttpClient()) {
      await().until(() -> listener.port().isPresent());
      URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
      HttpResponse<String> posted =
          client.send(
              HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString("x")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(posted.statusCode()).isEqualTo(405);
      HttpResponse<String> head =
          client.send(
              HttpRequest.newBuilder(uri).HEAD().build(), HttpResponse.BodyHandlers.ofString());
      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.body()).isEmpty();
    }
  }

  /** As many of each kind as there are connections in all: silent, trickling, never reading. */
  @ParameterizedTest
  @ValueSource(strings = {"", "G", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"})
  void clientsThatDoNotGoOnKeepOthersOutForSecondsOnly(String request) throws Exception {
    for (int i = 0; i < 20_000; i++) {
      // longer than what TCP takes without a reader
      metrics.replication().replicated("j", "tank/a/filesystem/with/a/name/" + i, i);
      metrics.snapshotTaken(
          "j", "tank/a/filesystem/with/a/name/" + i, Instant.EPOCH, Duration.ZERO);
    }
    int port = freePort();
    List<Socket> hostile = new ArrayList<>();
    try (MetricsListener listener = listen(port)) {
      await().until(() -> listener.port().isPresent());
      for (int i = 0; i < 140; i++) {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        hostile.add(socket);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      }
      Thread trickle = Thread.ofVirtual().start(() -> trickle(hostile, request));
      await()
          .pollInterval(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(50))
          .ignoreExceptions()
          .until(() -> get(port, "/metrics").statusCode() == 200);
      trickle.interrupt();
      trickle.join();
    } finally {
      for (Socket each : hostile) {
        each.close();
      }
    }
  }

  /** A byte a second, so that no wait for one byte is ever long. */
  private static void trickle(List<Socket> sockets, String request) {
    while (request.length() == 1 && !Thread.currentThread().isInterrupted()) {
      for (Socket each : sockets) {
        try {
          each.getOutputStream().write('G');
        } catch (IOException e) {
          // this one was cut
        }
      }
      try {
        Thread.sleep(1000);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Test
  void filesystemThatIsGoneHasNoSeriesAnyMore() throws Exception {
    metrics.replication().replicated("j", "tank/gone", 5);
    metrics.replication().runEnded("j", Set.of("tank/gone", "tank/a"), 0, true, Instant.EPOCH);
    metrics.replication().newestSnapshots("j", Map.of("tank/gone", Instant.EPOCH));
    metrics.replication().runEnded("j", Set.of("tank/a"), -1, false, Instant.EPOCH);
    assertThat(text()).as("an attempt without plan says nothing of filesystems").contains("gone");
    metrics.replication().runEnded("j", Set.of("tank/a"), 0, true, Instant.EPOCH);
    metrics.replication().newestSnapshots("j", Map.of());
    assertThat(text())
        .doesNotContain("gone")
        .contains("zrepl_replication_bytes_replicated{filesystem=\"tank/a\",zrepl_job=\"j\"} 0.0");
  }

  @Test
  void jobThatIsGoneRaisesNoAlerts() throws Exception {
    feed();
    metrics.snapshotFailed("j", "tank/b");
    metrics.forgetJob("j");
    assertThat(text().lines().filter(line -> !line.startsWith("#")))
        .noneMatch(line ->
            line.startsWith("zrepl_snapshot_failed")
                || line.startsWith("zrepl_snapshot_next_due")
                || line.startsWith("zrepl_snapshot_last_successful")
                || line.startsWith("zrepl_replication_last_successful")
                || line.startsWith("zrepl_replication_filesystem_errors")
                || line.startsWith("zrepl_replication_newest"));
  }

  private String text() throws IOException {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    metrics.write(bytes);
    return bytes.toString(StandardCharsets.UTF_8);
  }
}

package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.FreePort;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.Sleeper;
import io.zrepl.base.TaskGroup;
import io.zrepl.model.ClientIdentity;
import io.zrepl.rpc.data.DataClient;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.Connection;
import io.zrepl.transport.Connector;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.TestCertificates;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.helpers.NOPLogger;

/**
 * A thousand connections that are cut anywhere, in requests, streams and calls, leave a server no
 * thread, no descriptor and no process.
 */
@Tag("slow")
@Timeout(180)
class CutConnectionsTest {
  private static final int CONNECTIONS = 1000;
  private static final int STREAM = 300_000;

  private static final byte[] DATA =
      WireBytes.join(WireBytes.BANNER, WireBytes.label("zrepl_data"));

  private static final byte[] SEND =
      WireBytes.join(
          DATA,
          WireBytes.of(
              """
              00 00 00 01 00 00 00 08  "/v1/send" 00 02 00 00 00 00 00 00
              00 00 00 02 00 00 00 36 0a 03 "p/a"
              1a 27 12 02 "s1" 18 88 ef 99 ab c5 e8 8c 91 11 20 e8 07 2a 14 "2024-01-02T03:04:05Z"
              32 06 0a 04 08 01 10 01 00 02 00 00 00 00 00 00
              """));

  private static final byte[] RECEIVE =
      WireBytes.join(
          DATA,
          WireBytes.of(
              """
              00 00 00 01 00 00 00 08 "/v1/recv" 00 02 00 00 00 00 00 00
              00 00 00 02 00 00 00 38 0a 03 "p/a"
              12 27 12 02 "s1" 18 88 ef 99 ab c5 e8 8c 91 11 20 e8 07 2a 14 "2024-01-02T03:04:05Z"
              18 01 22 06 0a 04 08 01 10 01 00 02 00 00 00 00 00 00
              00 00 00 05 00 00 40 00
              """),
          new byte[0x4000],
          WireBytes.of("00 00 00 05 00 00 40 00"),
          new byte[0x4000],
          WireBytes.of("00 02 00 00 00 00 00 00"));

  private static final byte[] CALL =
      WireBytes.join(
          WireBytes.BANNER,
          WireBytes.label("zrepl_control"),
          Http2Frame.PREFACE,
          new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS, 1, Http2Frame.PING_HEADERS)
              .encode(),
          new Http2Frame(
                  Http2Frame.DATA,
                  Http2Frame.END_STREAM,
                  1,
                  WireBytes.of("00 00 00 00 04 0a 02 \"hi\""))
              .encode());

  @TempDir private Path folder;
  private final int port = freePort();

  CutConnectionsTest() throws IOException {}

  private static int freePort() throws IOException {
    try (ServerSocket free = FreePort.bind()) {
      return free.getLocalPort();
    }
  }

  /** What there is of this process that could be left over. */
  private record Left(long descriptors, long processes, int platformThreads) {
    static Left now() throws IOException {
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
        return new Left(
            descriptors.count(),
            ProcessHandle.current().descendants().count(),
            Thread.activeCount());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void leaveNothing(boolean tls, boolean sink) throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    HostAndPort address = HostAndPort.parse("127.0.0.1:" + port);
    TestCertificates.Pair pair =
        TestCertificates.pair(Files.createDirectories(folder.resolve("tls")));
    ServeSettings serve =
        tls
            ? new ServeSettings.Tls(
                address,
                false,
                pair.server(),
                List.of(ClientIdentity.parse("web")),
                Duration.ofSeconds(20))
            : new ServeSettings.Tcp(address, false, ClientAddresses.of(Map.of("127.0.0.1", "web")));
    ConnectSettings connect =
        tls
            ? new ConnectSettings.Tls(
                address, pair.client(), "vault.example", Duration.ofSeconds(20))
            : new ConnectSettings.Tcp(address, Duration.ofSeconds(20));
    Connector connector = Transports.connector(connect);
    try (FakeZfsProgram program = new FakeZfsProgram(folder, STREAM);
        TaskGroup running = new TaskGroup("server")) {
      serve(running, serve, sink ? ofReceiver(program) : new Served.OfSender(program.sender()));
      DataClient client = new DataClient(new Dialer(connector, Banner.PLAIN, TestServer.TIMING));
      client.ping();
      Left before = Left.now();
      for (int i = 0; i < CONNECTIONS / 2; i++) {
        byte[] whole = random.nextInt(3) == 0 ? CALL : sink ? RECEIVE : SEND;
        cut(connector.connect(), whole, random);
      }
      Awaitility.await("seed " + seed)
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            Left now = Left.now();
            assertThat(now.processes).as("processes").isLessThanOrEqualTo(before.processes);
            assertThat(now.descriptors)
                .as("descriptors")
                .isLessThanOrEqualTo(before.descriptors + 4);
            assertThat(now.platformThreads)
                .as("platform threads")
                .isLessThanOrEqualTo(before.platformThreads + 2);
            assertThat(RpcThreads.running()).as("threads of connections").isEmpty();
          });
      client.ping();
    }
  }

  private static Served ofReceiver(FakeZfsProgram program) {
    return new Served.OfReceiver(program.receiver(), stream -> new Served.Inspected(true, stream));
  }

  private void serve(TaskGroup running, ServeSettings settings, Served served) throws Exception {
    RpcServer server =
        new RpcServer(
            Transports.listen(settings, folder),
            _ -> served,
            Banner.PLAIN,
            TestServer.TIMING,
            ServerLimits.DEFAULT,
            Sleeper.SYSTEM,
            NOPLogger.NOP_LOGGER);
    running.fork(
        "rpc",
        () -> {
          try {
            server.run();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Sends a part, often all; reads a part of what comes; ends in one of several ways. */
  private static void cut(Connection connection, byte[] whole, Random random) {
    try (connection) {
      int length = random.nextBoolean() ? whole.length : random.nextInt(whole.length + 1);
      ByteBuffer part = ByteBuffer.wrap(whole, 0, length);
      if (part.hasRemaining()) {
        connection.writeFully(part);
      }
      if (length > WireBytes.BANNER.length && random.nextBoolean()) {
        int read = connection.read(ByteBuffer.allocate(1 + random.nextInt(2000)));
        assertThat(read).isNotZero();
      }
      if (random.nextBoolean()) {
        connection.shutdownOutput();
      }
    } catch (IOException e) {
      // the server was quicker
    }
  }
}

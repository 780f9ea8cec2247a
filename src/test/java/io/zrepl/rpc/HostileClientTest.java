package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.data.DataClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that mean harm, or are broken: each ends its own connection and nothing else. The numbers
 * in the names are those of docs/security.md.
 */
@Tag("slow")
@Timeout(60)
class HostileClientTest {
  private static final byte[] DATA =
      WireBytes.join(WireBytes.BANNER, WireBytes.label("zrepl_data"));
  private static final byte[] END = WireBytes.of("00 02 00 00 00 00 00 00");

  private static final RpcTiming IMPATIENT =
      new RpcTiming(
          Duration.ofMillis(500),
          Duration.ofMillis(1500),
          Duration.ofMillis(200),
          Duration.ofSeconds(20),
          Duration.ofMillis(500));

  private final StubSender sender = new StubSender();

  private TestServer impatient() throws Exception {
    return TestServer.start(
        _ -> new Served.OfSender(sender), Banner.PLAIN, IMPATIENT, ServerLimits.DEFAULT);
  }

  private TestServer noticesTheDead() throws Exception {
    RpcTiming timing =
        new RpcTiming(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofMillis(200),
            Duration.ofSeconds(2),
            Duration.ofMillis(500));
    return TestServer.start(
        _ -> new Served.OfSender(sender), Banner.PLAIN, timing, ServerLimits.DEFAULT);
  }

  private static void assertServes(TestServer server) throws Exception {
    new DataClient(server.dialer()).ping();
  }

  /** That the server closes, whatever it sends before. */
  private static void assertCloses(Socket client) throws IOException {
    try {
      client.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      if (e instanceof java.net.SocketTimeoutException) {
        throw e;
      }
    }
  }

  @Test
  void n01AndN02IdleConnectionsDelayNobodyAndDoNotStay() throws Exception {
    List<Socket> idle = new ArrayList<>();
    try (TestServer server = impatient()) {
      for (int i = 0; i < 20; i++) {
        Socket socket = server.connect();
        idle.add(socket);
        if (i % 2 == 0) {
          socket.getOutputStream().write(WireBytes.BANNER); // and no label
        }
      }
      assertServes(server);
      for (Socket socket : idle) {
        assertCloses(socket);
      }
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void n01StrangersOfOneAddressAreLimitedTheOldestMakesRoom() throws Exception {
    ServerLimits limits = new ServerLimits(100, 3, 8, 8, 8, 32 << 20);
    List<Socket> idle = new ArrayList<>();
    try (TestServer server =
        TestServer.start(
            _ -> new Served.OfSender(sender), Banner.PLAIN, TestServer.TIMING, limits)) {
      for (int i = 0; i < 3; i++) {
        Socket socket = server.connect();
        socket.getInputStream().readNBytes(WireBytes.BANNER.length); // it is being served
        idle.add(socket);
      }
      assertServes(server);
      assertCloses(idle.getFirst());
      for (int i = 0; i < 10; i++) {
        idle.add(server.connect());
      }
      assertServes(server);
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void n05HeartbeatsAloneDoNotKeepAConnection() throws Exception {
    try (TestServer server = impatient();
        Socket client = server.connect()) {
      client.getOutputStream().write(DATA);
      Thread beating =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    client.getOutputStream().write(WireBytes.of("01 00 00 00 00 00 00 00"));
                  }
                } catch (IOException e) {
                  // the server closed
                }
              });
      assertCloses(client);
      beating.interrupt();
      beating.join();
      assertServes(server);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00 00 00 01 ff ff ff ff", // 7: memory for 4 GiB
        "01 00 00 00 ff ff ff ff",
        "10 00 00 00 00 00 00 08",
        "00 00 00 01 00 00 80 01", // 8: one byte more than allowed
        "00 00 00 07 00 00 00 00", // unknown
        "00 00 00 02 00 00 00 00", // not yet
        "00 00 00 05 00 00 00 02 \"ab\"",
        "00 01 00 00 00 00 00 02 \"no\""
      })
  void n07AndN08FramesThatAreNotAllowedEndTheConnection(String frame) throws Exception {
    try (TestServer server = TestServer.start(new Served.OfSender(sender));
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(DATA, WireBytes.of(frame)));
      assertCloses(client);
      assertServes(server);
    }
  }

  @Test
  void n10SourceRefusesToReceiveAndCloses() throws Exception {
    byte[] request =
        WireBytes.of(
            """
            00 00 00 01 00 00 00 08 "/v1/recv" 00 02 00 00 00 00 00 00
            00 00 00 02 00 00 00 38 0a 03 "p/a"
            12 27 12 02 "s1" 18 88 ef 99 ab c5 e8 8c 91 11 20 e8 07 2a 14 "2024-01-02T03:04:05Z"
            18 01 22 06 0a 04 08 01 10 01 00 02 00 00 00 00 00 00
            """);
    try (TestServer server = TestServer.start(new Served.OfSender(sender));
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(DATA, request));
      client.shutdownOutput();
      assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("HANDLER ERROR:\nsender does not implement Receive()");
    }
  }

  @Test
  void n11WhatIsDrainedIsLimited() throws Exception {
    byte[] request =
        WireBytes.of(
            "00 00 00 01 00 00 00 08 \"/v1/nope\" 00 02 00 00 00 00 00 00 00 02 00 00 00 00 00 00");
    try (TestServer server = impatient();
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(DATA, request));
      byte[] more = new byte[1 << 20];
      long sent = 0;
      try {
        while (sent < 10L << 30) {
          client.getOutputStream().write(more);
          sent += more.length;
        }
      } catch (IOException e) {
        // the server had enough
      }
      assertThat(sent).isLessThan(10L << 30);
      assertServes(server);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"", // no filesystem, no snapshot, no protection
        "0a 03 \"p/a\"",
        "0a 06 \"p/../a\"",
        "0a 05 \"-rf/x\" 1a 04 12 02 \"s1\" 32 06 0a 04 08 01 10 01",
        "0a 03 \"p/a\" 1a 1e 08 07 12 02 \"s1\" 2a 14 \"2024-01-02T03:04:05Z\" 32 06 0a 04 08 01 10 01",
        "0a 03 \"p/a\" 1a 07 12 02 \"s1\" 2a 01 \"x\" 32 06 0a 04 08 01 10 01",
        "0a 03 \"p/a\" 1a 1c 12 02 \"s1\" 2a 14 \"2024-01-02T03:04:05Z\" 32 06 0a 04 08 09 10 01",
        "0a 7f \"p/a\"",
        "ff ff ff ff"
      })
  void n12AndN13InvalidRequestsAreAnsweredWithTheReason(String message) throws Exception {
    byte[] bytes = WireBytes.of(message);
    byte[] request =
        WireBytes.join(
            WireBytes.of("00 00 00 01 00 00 00 08 \"/v1/send\" 00 02 00 00 00 00 00 00"),
            bytes.length == 0
                ? bytes
                : WireBytes.join(new byte[] {0, 0, 0, 2, 0, 0, 0, (byte) bytes.length}, bytes),
            END);
    try (TestServer server = TestServer.start(new Served.OfSender(sender));
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(DATA, request));
      client.shutdownOutput();
      assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("HANDLER ERROR:\ninvalid request: ");
      assertThat(sender.asked).isEmpty();
      assertServes(server);
    }
  }

  @Test
  void n14FaultOfTheProgramEndsOneRequestOnly() throws Exception {
    sender.opening =
        _ -> {
          throw new IllegalStateException("a fault, for this test");
        };
    try (TestServer server = TestServer.start(new Served.OfSender(sender))) {
      SendRequest request = requestOf("p/a");
      assertFails(() -> new DataClient(server.dialer()).send(request));
      assertServes(server);
    }
  }

  private static SendRequest requestOf(String filesystem) {
    return new SendRequest(
        DatasetPath.of(filesystem),
        java.util.Optional.empty(),
        new io.zrepl.model.Snapshot(
            "s",
            new io.zrepl.model.Guid(1),
            new io.zrepl.model.CreateTxg(1),
            java.time.Instant.EPOCH),
        java.util.Optional.empty(),
        io.zrepl.endpoint.ReplicationProtection.DEFAULT);
  }

  /** How a client that gets nothing leaves. */
  enum Leaving {
    RESET,
    END,
    SILENCE,
    SHUTDOWN
  }

  @ParameterizedTest
  @EnumSource
  void streamWithoutDataDoesNotOutliveItsClient(Leaving leaving) throws Exception {
    TestStream stream = TestStream.hanging(new byte[] {1, 2, 3});
    sender.opening = _ -> stream;
    try (TestServer server = noticesTheDead();
        Socket client = server.connect()) {
      askForStream(client);
      byte[] answer = new byte[WireBytes.BANNER.length + 8 + 11 + 16];
      assertThat(client.getInputStream().readNBytes(answer, 0, answer.length)).isPositive();
      leave(client, leaving);
      Awaitility.await().until(stream::isClosed);
      Awaitility.await().untilAsserted(() -> assertThat(RpcThreads.running()).isEmpty());
      assertServes(server);
    }
  }

  @ParameterizedTest
  @EnumSource
  void openingOfAStreamDoesNotOutliveItsClient(Leaving leaving) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    sender.opening =
        _ -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
          return TestStream.of(new byte[0]);
        };
    try (TestServer server = noticesTheDead();
        Socket client = server.connect()) {
      askForStream(client);
      client.getInputStream().readNBytes(WireBytes.BANNER.length);
      begun.await();
      leave(client, leaving);
      interrupted.await();
      assertServes(server);
    }
  }

  private static void askForStream(Socket client) throws IOException {
    client
        .getOutputStream()
        .write(
            WireBytes.join(
                DATA,
                WireBytes.of(
                    """
                    00 00 00 01 00 00 00 08  "/v1/send" 00 02 00 00 00 00 00 00
                    00 00 00 02 00 00 00 36 0a 03 "p/a"
                    1a 27 12 02 "s1" 18 88 ef 99 ab c5 e8 8c 91 11 20 e8 07 2a 14 "2024-01-02T03:04:05Z"
                    32 06 0a 04 08 01 10 01 00 02 00 00 00 00 00 00
                    """)));
  }

  private static void leave(Socket client, Leaving leaving) throws IOException {
    switch (leaving) {
      case RESET -> {
        client.setSoLinger(true, 0);
        client.close();
      }
      case END -> client.close();
      case SHUTDOWN -> client.getOutputStream().write(WireBytes.of("10 00 00 00 00 00 00 00"));
      case SILENCE -> {
        // neither heartbeats nor anything else
      }
    }
  }

  private interface Action {
    void run() throws Exception;
  }

  private static OperationException assertFails(Action action) throws Exception {
    try {
      action.run();
    } catch (OperationException e) {
      return e;
    }
    throw new AssertionError("succeeded");
  }

  /** Streams of the sender do not open before the latch does. */
  private CountDownLatch openingWaits() {
    CountDownLatch release = new CountDownLatch(1);
    sender.opening =
        _ -> {
          release.await();
          return TestStream.of(new byte[0]);
        };
    return release;
  }

  @Test
  void busyServerSaysSoToThoseWhoUnderstandAndLetsOthersWait() throws Exception {
    CountDownLatch release = openingWaits();
    ServerLimits limits = new ServerLimits(100, 100, 1, 8, 8, 32 << 20);
    try (TestServer server =
        TestServer.start(
            _ -> new Served.OfSender(sender), Banner.OURS, TestServer.TIMING, limits)) {
      DataClient ours =
          new DataClient(
              new Dialer(TestServer.connector(server.port()), Banner.OURS, TestServer.TIMING));
      DataClient plain = new DataClient(server.dialer());
      Thread first = Thread.ofVirtual().start(() -> sendAndClose(ours));
      Awaitility.await().until(() -> sender.asked.size() == 1);
      assertThat(assertFails(ours::ping))
          .isInstanceOf(io.zrepl.endpoint.ResourceExhaustedException.class)
          .hasMessageContaining("1 requests of this client are under way");
      CountDownLatch answered = new CountDownLatch(1);
      Thread second =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  plain.ping();
                  answered.countDown();
                } catch (OperationException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      release.countDown();
      first.join();
      second.join();
      assertThat(answered.getCount()).isZero();
    }
  }

  /** Each answer takes a buffer until the client has read it and gone. */
  @Test
  void n05FewAreRefusedWithWordsAtOnceOthersAreCut() throws Exception {
    CountDownLatch release = openingWaits();
    ServerLimits limits = new ServerLimits(100, 100, 1, 8, 8, 32 << 20);
    List<Socket> clients = new ArrayList<>();
    try (TestServer server =
        TestServer.start(
            _ -> new Served.OfSender(sender), Banner.OURS, TestServer.TIMING, limits)) {
      Thread first =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  sendAndClose(new DataClient(server.dialer()));
                } catch (io.zrepl.base.InvalidValueException e) {
                  throw new IllegalStateException(e);
                }
              });
      Awaitility.await().until(() -> sender.asked.size() == 1);
      ByteBuffer encoded = Banner.OURS.encode();
      byte[] banner = new byte[encoded.remaining()];
      encoded.get(banner);
      byte[] greeting = WireBytes.join(banner, WireBytes.label("zrepl_data"));
      for (int i = 0; i < 100; i++) {
        Socket client = server.connect();
        clients.add(client);
        client.getOutputStream().write(greeting);
      }
      int told = 0;
      for (Socket client : clients) {
        // the refusal is there at once, or the end
        byte[] answer = client.getInputStream().readNBytes(banner.length + 64 + 30);
        told += new String(answer, StandardCharsets.ISO_8859_1).contains("HANDLER ERROR") ? 1 : 0;
      }
      assertThat(told).isBetween(1, 2 * ServerLimits.REFUSALS);
      release.countDown();
      first.join();
      assertServes(server);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void n05ClientThatIsGoneDoesNotWaitForItsTurn() throws Exception {
    CountDownLatch release = openingWaits();
    RpcTiming timing =
        new RpcTiming(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofMillis(100),
            Duration.ofSeconds(20),
            Duration.ofMillis(500));
    ServerLimits limits = new ServerLimits(100, 100, 1, 1, 8, 32 << 20);
    try (TestServer server =
        TestServer.start(_ -> new Served.OfSender(sender), Banner.PLAIN, timing, limits)) {
      DataClient plain = new DataClient(server.dialer());
      Thread first = Thread.ofVirtual().start(() -> sendAndClose(plain));
      Awaitility.await().until(() -> sender.asked.size() == 1);
      Socket dead = server.connect();
      dead.getOutputStream().write(DATA);
      int heartbeat = 8;
      assertThat(dead.getInputStream().readNBytes(WireBytes.BANNER.length + heartbeat))
          .as("it waits")
          .endsWith(1, 0, 0, 0, 0, 0, 0, 0);
      leave(dead, Leaving.RESET);
      AtomicReference<Thread> waiting = new AtomicReference<>();
      AtomicBoolean served = new AtomicBoolean();
      Awaitility.await()
          .pollInterval(Duration.ofMillis(200))
          .until(() -> {
            Thread attempt =
                Thread.ofVirtual()
                    .start(() -> {
                      try {
                        plain.ping();
                        served.set(true);
                      } catch (OperationException | InterruptedException e) {
                        // no place to wait
                      }
                    });
            waiting.set(attempt);
            return !attempt.join(Duration.ofMillis(500));
          });
      release.countDown();
      first.join();
      waiting.get().join();
      assertThat(served).isTrue();
    }
  }

  private static void sendAndClose(DataClient client) {
    try (SendStream stream = client.send(requestOf("p/a"))) {
      Object _ = stream.read(java.nio.ByteBuffer.allocate(10));
    } catch (OperationException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Nothing that comes, at any stage, harms the server; the seed is printed on failure. */
  @Test
  void garbageOfAnyKindHarmsNobody() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    byte[][] prefixes = {
      {}, WireBytes.BANNER, DATA, WireBytes.join(WireBytes.BANNER, WireBytes.label("zrepl_control"))
    };
    try (TestServer server = impatient()) {
      for (int i = 0; i < 60; i++) {
        byte[] garbage = new byte[random.nextInt(500)];
        random.nextBytes(garbage);
        try (Socket client = server.connect()) {
          client
              .getOutputStream()
              .write(WireBytes.join(prefixes[random.nextInt(prefixes.length)], garbage));
        } catch (IOException e) {
          // the server had enough
        }
      }
      assertThatCode(() -> assertServes(server)).as("seed " + seed).doesNotThrowAnyException();
    }
  }
}

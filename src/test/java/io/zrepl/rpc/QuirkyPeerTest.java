package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.data.DataClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A scripted other side that does what Go zrepl does in its odd moments, and what it must not see.
 */
@Tag("slow")
@Timeout(60)
class QuirkyPeerTest {
  private static final byte[] PREFIX =
      WireBytes.join(WireBytes.BANNER, WireBytes.label("zrepl_data"));
  private static final byte[] END = WireBytes.of("00 02 00 00 00 00 00 00");
  private static final byte[] RST = WireBytes.of("10 00 00 00 00 00 00 00");
  private static final byte[] HEARTBEAT = WireBytes.of("01 00 00 00 00 00 00 00");
  private static final byte[] OK =
      WireBytes.of("00 00 00 03 00 00 00 0b \"HANDLER OK\\n\" 00 02 00 00 00 00 00 00");

  /** So short that a dead peer is found out in no time, and long enough for a loaded machine. */
  private static final RpcTiming IMPATIENT =
      new RpcTiming(
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofMillis(300),
          Duration.ofSeconds(3),
          Duration.ofSeconds(1));

  private static final Snapshot S1 =
      new Snapshot("s1", new Guid(1), new CreateTxg(1), Instant.EPOCH);
  private static final SendRequest SEND =
      new SendRequest(
          DatasetPath.of("p/a"),
          Optional.empty(),
          S1,
          Optional.empty(),
          ReplicationProtection.DEFAULT);
  private static final ReceiveRequest RECEIVE =
      new ReceiveRequest(DatasetPath.of("p/a"), S1, true, true, ReplicationProtection.DEFAULT);

  /** What the scripted server does after it has read the prefix. */
  private interface Script {
    void play(InputStream in, OutputStream out, Socket socket) throws Exception;
  }

  private interface Use {
    void use(DataClient client) throws Exception;
  }

  private static void against(RpcTiming timing, Script script, Use use) throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      CompletableFuture<Void> played = new CompletableFuture<>();
      Thread server =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket socket = listener.accept()) {
                  socket.setTcpNoDelay(true);
                  socket.getOutputStream().write(WireBytes.BANNER);
                  assertThat(socket.getInputStream().readNBytes(PREFIX.length)).isEqualTo(PREFIX);
                  script.play(socket.getInputStream(), socket.getOutputStream(), socket);
                  played.complete(null);
                } catch (Exception | AssertionError e) {
                  played.completeExceptionally(e);
                }
              });
      use.use(
          new DataClient(
              new Dialer(TestServer.connector(listener.getLocalPort()), Banner.PLAIN, timing)));
      server.join();
      played.get();
    }
  }

  private static void drain(InputStream in) throws Exception {
    in.transferTo(OutputStream.nullOutputStream());
  }

  private static byte[] request(InputStream in) throws Exception {
    // header and parameters, each with its end
    byte[] all = new byte[0];
    for (int ends = 0; ends < 2; ) {
      byte[] header = in.readNBytes(8);
      byte[] payload = in.readNBytes(ByteBuffer.wrap(header).getInt(4));
      all = WireBytes.join(all, header, payload);
      if (header[1] == 2) {
        ends++;
      }
    }
    return all;
  }

  private static void assertPeerFailure(OperationException e) {
    assertThat(e.scope()).isEqualTo(FailureScope.PEER);
    assertThat(e.temporary()).isTrue();
  }

  private static int readAll(SendStream stream) throws OperationException {
    ByteBuffer buffer = ByteBuffer.allocate(1000);
    int all = 0;
    int count;
    while ((count = stream.read(buffer.clear())) >= 0) {
      all += count;
    }
    return all;
  }

  // ---- our client

  @Test
  void serverThatClosesWithoutSayingSoAfterACompleteAnswerSucceeds() throws Exception {
    against(
        TestServer.TIMING,
        (in, out, socket) -> {
          request(in);
          out.write(WireBytes.join(OK, END, WireBytes.of("00 00 00 05 00 00 00 02 \"ab\""), END));
          socket.shutdownOutput();
          drain(in);
        },
        client -> {
          try (SendStream stream = client.send(SEND)) {
            assertThat(readAll(stream)).isEqualTo(2);
          }
        });
  }

  @Test
  void serverThatNeverClosesCostsALimitedTime() throws Exception {
    against(
        IMPATIENT,
        (in, out, socket) -> {
          request(in);
          out.write(
              WireBytes.join(OK, WireBytes.of("00 00 00 04 00 00 00 26 0a 24"), uuid(), END, RST));
          drain(in); // and does not close before our client does
        },
        client -> assertThatThrownBy(client::ping).hasMessageContaining("ping is another one"));
  }

  private static byte[] uuid() {
    return "aafeceaf-2f09-45f9-a751-3268c92b3662".getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void textBehindTheOkIsIgnored() throws Exception {
    against(
        TestServer.TIMING,
        (in, out, socket) -> {
          request(in);
          out.write(
              WireBytes.of(
                  "00 00 00 03 00 00 00 10 \"HANDLER OK\\nmore\\n\" 00 02 00 00 00 00 00 00"));
          out.write(WireBytes.join(END, END, RST));
          socket.shutdownOutput();
          drain(in);
        },
        client -> {
          try (SendStream stream = client.send(SEND)) {
            assertThat(readAll(stream)).isZero();
          }
        });
  }

  @Test
  void errorTextsOfGoMayBeLongerThanGoWouldRead() throws Exception {
    byte[] text = ("HANDLER ERROR:\n" + "e".repeat(60_000)).getBytes(StandardCharsets.UTF_8);
    against(
        TestServer.TIMING,
        (in, out, socket) -> {
          request(in);
          out.write(ByteBuffer.allocate(8).putInt(3).putInt(text.length).array());
          out.write(WireBytes.join(text, END, RST));
          socket.shutdownOutput();
          drain(in);
        },
        client ->
            assertThatThrownBy(() -> client.send(SEND))
                .hasMessageContaining("reports: eee")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(9000)));
  }

  @Test
  void endOrResetInMidStreamIsAFailureThatMayPass() throws Exception {
    for (byte[] last : new byte[][] {new byte[0], RST}) {
      against(
          TestServer.TIMING,
          (in, out, socket) -> {
            request(in);
            out.write(
                WireBytes.join(OK, END, WireBytes.of("00 00 00 05 00 00 00 02 \"ab\""), last));
            socket.shutdownOutput();
            drain(in);
          },
          client -> {
            try (SendStream stream = client.send(SEND)) {
              assertThatThrownBy(() -> readAll(stream))
                  .isInstanceOfSatisfying(
                      OperationException.class, QuirkyPeerTest::assertPeerFailure);
            }
          });
    }
  }

  @Test
  void silentServerIsTakenForDead() throws Exception {
    against(
        IMPATIENT,
        (in, out, socket) -> {
          request(in);
          out.write(WireBytes.join(OK, END, WireBytes.of("00 00 00 05 00 00 00 09 \"ab\"")));
          drain(in);
        },
        client -> {
          try (SendStream stream = client.send(SEND)) {
            assertThatThrownBy(() -> readAll(stream))
                .isInstanceOfSatisfying(OperationException.class, QuirkyPeerTest::assertPeerFailure)
                .hasMessageContaining("taken for dead");
          }
        });
  }

  @Test
  void heartbeatsKeepASlowServerAlive() throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    against(
        IMPATIENT,
        (in, out, socket) -> {
          request(in);
          // Longer than the silence that is allowed, and no longer than our heartbeats show.
          for (int i = 0; i < 12; i++) {
            out.write(HEARTBEAT);
            assertThat(in.readNBytes(8)).isEqualTo(HEARTBEAT);
          }
          out.write(WireBytes.join(OK, END, END, RST));
          socket.shutdownOutput();
          enough.countDown();
          drain(in);
        },
        client -> {
          try (SendStream stream = client.send(SEND)) {
            assertThat(readAll(stream)).isZero();
          }
          assertThat(enough.getCount()).isZero();
        });
  }

  @Test
  void serverThatTakesNothingIsTakenForDead() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    TestStream stream = TestStream.of(new byte[50_000_000]);
    against(
        IMPATIENT,
        (in, out, socket) -> over.await(30, TimeUnit.SECONDS),
        client -> {
          assertThatThrownBy(() -> client.receive(RECEIVE, stream))
              .isInstanceOfSatisfying(OperationException.class, QuirkyPeerTest::assertPeerFailure);
          over.countDown();
        });
  }

  @Test
  void busyServerThatSendsHeartbeatsIsWaitedFor() throws Exception {
    against(
        IMPATIENT,
        (in, out, socket) -> {
          for (int i = 0; i < 25; i++) {
            out.write(HEARTBEAT);
            Thread.sleep(200);
          }
          Thread draining =
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      drain(in);
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  });
          Thread.sleep(500);
          out.write(WireBytes.join(OK, END));
          draining.join();
        },
        client -> {
          // Answered before its end was seen? Then it would be an error: the script waits for it.
          client.receive(RECEIVE, TestStream.of(new byte[20_000_000]));
        });
  }

  @Test
  void earlyRefusalEndsTheSendingAndIsWhatIsTold() throws Exception {
    TestStream stream = TestStream.hanging(new byte[1_000_000]);
    against(
        TestServer.TIMING,
        (in, out, socket) -> {
          request(in);
          out.write(
              WireBytes.of(
                  "00 00 00 03 00 00 00 19 \"HANDLER ERROR:\\nno space!!\" 00 02 00 00 00 00 00 00 10 00 00 00 00 00 00 00"));
          socket.shutdownOutput();
          drain(in);
        },
        client ->
            assertThatThrownBy(() -> client.receive(RECEIVE, stream))
                .hasMessageEndingWith("reports: no space!!"));
  }

  @Test
  void successBeforeTheEndOfTheStreamIsNone() throws Exception {
    TestStream stream = TestStream.hanging(new byte[100]);
    against(
        TestServer.TIMING,
        (in, out, socket) -> {
          request(in);
          out.write(WireBytes.join(OK, END, RST));
          socket.shutdownOutput();
          drain(in);
        },
        client ->
            assertThatThrownBy(() -> client.receive(RECEIVE, stream))
                .isInstanceOf(OperationException.class));
  }

  @Test
  void failedSourceIsToldAndIsTheReasonOfTheFailure() throws Exception {
    against(
        TestServer.TIMING,
        (in, out, socket) -> {
          request(in);
          assertThat(in.readNBytes(8)).isEqualTo(WireBytes.of("00 00 00 05 00 00 00 03"));
          assertThat(in.readNBytes(3)).isEqualTo("abc".getBytes(StandardCharsets.UTF_8));
          assertThat(in.readNBytes(8)).isEqualTo(WireBytes.of("00 01 00 00 00 00 00 0c"));
          assertThat(in.readNBytes(12)).isEqualTo("disk on fire".getBytes(StandardCharsets.UTF_8));
          assertThat(in.readNBytes(8)).isEqualTo(END);
          out.write(
              WireBytes.of(
                  "00 00 00 03 00 00 00 13 \"HANDLER ERROR:\\nsrc!\" 00 02 00 00 00 00 00 00"));
          socket.shutdownOutput();
          drain(in);
        },
        client ->
            assertThatThrownBy(() ->
                    client.receive(
                        RECEIVE,
                        TestStream.failing("abc".getBytes(StandardCharsets.UTF_8), "disk on fire")))
                .hasMessageContaining("disk on fire"));
  }

  @Test
  void interruptedCallerLeavesNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    TestStream stream = TestStream.hanging(new byte[100]);
    against(
        TestServer.TIMING,
        (in, out, socket) -> {
          request(in);
          begun.countDown();
          drain(in);
        },
        client -> {
          CompletableFuture<Throwable> end = new CompletableFuture<>();
          Thread caller =
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      client.receive(RECEIVE, stream);
                      end.complete(new AssertionError("succeeded"));
                    } catch (OperationException | InterruptedException e) {
                      end.complete(e);
                    }
                  });
          begun.await();
          caller.interrupt();
          assertThat(end.get()).isInstanceOf(InterruptedException.class);
        });
  }

  // ---- our server

  private final StubSender sender = new StubSender();
  private final StubReceiver receiver = new StubReceiver();

  private Served.OfReceiver sink() {
    return new Served.OfReceiver(receiver, stream -> new Served.Inspected(true, stream));
  }

  private static byte[] sendRequest() throws Exception {
    return capture(client -> assertThatThrownBy(() -> client.send(SEND)));
  }

  private static byte[] receiveRequest() throws Exception {
    return capture(
        client -> assertThatThrownBy(() -> client.receive(RECEIVE, TestStream.of(new byte[0]))));
  }

  /** The bytes of a request as our client writes it. */
  private static byte[] capture(Use use) throws Exception {
    CompletableFuture<byte[]> captured = new CompletableFuture<>();
    against(TestServer.TIMING, (in, out, socket) -> captured.complete(request(in)), use);
    return captured.get();
  }

  @Test
  void goClientLeavesTheConnectionOpenAfterAFailedSend() throws Exception {
    sender.opening =
        _ -> {
          throw OperationException.permanent("no such fs");
        };
    try (TestServer server =
            TestServer.start(
                _ -> new Served.OfSender(sender), Banner.PLAIN, IMPATIENT, ServerLimits.DEFAULT);
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(PREFIX, sendRequest()));
      drain(client.getInputStream()); // ends although this side never closes
    }
  }

  @Test
  void clientMayEndItsDirectionRightAfterTheRequest() throws Exception {
    sender.opening = _ -> TestStream.of(new byte[] {1, 2});
    try (TestServer server = TestServer.start(new Served.OfSender(sender));
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(PREFIX, sendRequest()));
      client.shutdownOutput();
      byte[] all = client.getInputStream().readAllBytes();
      assertThat(all)
          .endsWith(WireBytes.join(WireBytes.of("00 00 00 05 00 00 00 02 01 02"), END, RST));
    }
  }

  @Test
  void clientThatResetsDuringASendEndsTheSource() throws Exception {
    TestStream stream = TestStream.hanging(new byte[10]);
    CountDownLatch opened = new CountDownLatch(1);
    sender.opening =
        _ -> {
          opened.countDown();
          return TestStream.of(new byte[100_000_000]);
        };
    stream.close();
    try (TestServer server = TestServer.start(new Served.OfSender(sender));
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(PREFIX, sendRequest()));
      opened.await();
      client.getInputStream().readNBytes(1000);
      client.getOutputStream().write(RST);
      client.shutdownOutput();
      byte[] rest = client.getInputStream().readAllBytes();
      assertThat(rest.length).isLessThan(90_000_000);
    }
  }

  @Test
  void deadClientIsNoticedWhileItsStreamComes() throws Exception {
    try (TestServer server =
            TestServer.start(_ -> sink(), Banner.PLAIN, IMPATIENT, ServerLimits.DEFAULT);
        Socket client = server.connect()) {
      client
          .getOutputStream()
          .write(
              WireBytes.join(
                  PREFIX, receiveRequest(), WireBytes.of("00 00 00 05 00 00 00 09 \"ab\"")));
      Awaitility.await().until(() -> !receiver.broken.isEmpty());
      assertThat(receiver.broken.getFirst().temporary()).isTrue();
      assertThat(receiver.broken.getFirst()).hasMessageContaining("taken for dead");
      assertThat(receiver.received).isEmpty();
    }
  }

  @Test
  void deadClientIsNoticedWhileWeSend() throws Exception {
    TestStream stream = TestStream.of(new byte[100_000_000]);
    sender.opening = _ -> stream;
    try (TestServer server =
            TestServer.start(
                _ -> new Served.OfSender(sender), Banner.PLAIN, IMPATIENT, ServerLimits.DEFAULT);
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(PREFIX, sendRequest()));
      // It reads nothing and says nothing.
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(stream::isClosed);
    }
  }

  @Test
  void refusedReceiveIsAnsweredWhileTheClientStillSends() throws Exception {
    receiver.before =
        () -> {
          throw OperationException.permanent("pool is full");
        };
    byte[] chunk = WireBytes.join(WireBytes.of("00 00 00 05 00 08 00 00"), new byte[524_288]);
    try (TestServer server = TestServer.start(sink());
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(PREFIX, receiveRequest()));
      for (int i = 0; i < 20; i++) {
        client.getOutputStream().write(chunk);
      }
      client.getOutputStream().write(RST);
      client.shutdownOutput();
      byte[] answer = client.getInputStream().readAllBytes();
      assertThat(new String(answer, StandardCharsets.UTF_8))
          .contains("HANDLER ERROR:\npool is full");
      assertThat(answer).endsWith(RST);
    }
  }

  /** As when zfs receive fails at once, while the sender has not begun to send. */
  private static void beat(Socket client) throws InterruptedException {
    try {
      while (true) {
        client.getOutputStream().write(HEARTBEAT);
        Thread.sleep(50);
      }
    } catch (IOException e) {
      // the server has closed the connection
    }
  }

  @Test
  void failureOfTheReceiverIsToldThoughTheClientIsQuiet() throws Exception {
    StubReceiver failing =
        new StubReceiver() {
          @Override
          public void receive(ReceiveRequest request, SendStream stream)
              throws OperationException, InterruptedException {
            Thread reader =
                Thread.ofVirtual()
                    .start(() ->
                        assertThatThrownBy(() -> stream.read(ByteBuffer.allocateDirect(10)))
                            .isInstanceOf(OperationException.class));
            stream.abort();
            reader.join();
            throw OperationException.permanent("the dataset is not empty");
          }
        };
    Served served = new Served.OfReceiver(failing, stream -> new Served.Inspected(true, stream));
    try (TestServer server = TestServer.start(served);
        Socket client = server.connect();
        TaskGroup heart = new TaskGroup("heart")) {
      client.getOutputStream().write(WireBytes.join(PREFIX, receiveRequest()));
      // One may be read before the receiver gives up: as every peer, it sends them again and again.
      heart.fork("beat", () -> beat(client));
      byte[] answer = new byte[0];
      while (!new String(answer, StandardCharsets.UTF_8).contains("the dataset is not empty")) {
        byte[] next = client.getInputStream().readNBytes(1);
        assertThat(next).isNotEmpty();
        answer = WireBytes.join(answer, next);
      }
      heart.cancel();
      heart.await();
      client.getOutputStream().write(RST);
    }
  }

  @Test
  void sourceErrorOfTheClientFailsTheReceiveWithItsText() throws Exception {
    try (TestServer server = TestServer.start(sink());
        Socket client = server.connect()) {
      client
          .getOutputStream()
          .write(
              WireBytes.join(
                  PREFIX,
                  receiveRequest(),
                  WireBytes.of("00 01 00 00 00 00 00 0c \"disk on fire\""),
                  END));
      byte[] answer = new byte[0];
      while (!new String(answer, StandardCharsets.UTF_8).contains("disk on fire")) {
        answer = WireBytes.join(answer, client.getInputStream().readNBytes(1));
      }
      assertThat(new String(answer, StandardCharsets.UTF_8)).contains("HANDLER ERROR:\n");
      assertThat(receiver.received).isEmpty();
    }
  }
}

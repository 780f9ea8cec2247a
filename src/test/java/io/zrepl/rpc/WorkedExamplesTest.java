package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.data.DataClient;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Byte strings that were captured between Go zrepl 0.7 on both sides, played to our server and to
 * our client: what ours sends is the same to the byte.
 */
@Timeout(60)
class WorkedExamplesTest {
  private static final byte[] DATA_PREFIX =
      WireBytes.join(WireBytes.BANNER, WireBytes.label("zrepl_data"));

  private static final byte[] SEND_REQUEST =
      WireBytes.of(
          """
          00 00 00 01 00 00 00 08  "/v1/send"                     // ReqHeader
          00 02 00 00 00 00 00 00                                 // End
          00 00 00 02 00 00 00 36                                 // ReqStructured: SendReq
          0a 03 "p/a"                                             // Filesystem
          1a 27 12 02 "s1" 18 88 ef 99 ab c5 e8 8c 91 11 20 e8 07 // To: Name, Guid, CreateTXG
          2a 14 "2024-01-02T03:04:05Z"                            // Creation
          32 06 0a 04 08 01 10 01                                 // ReplicationConfig
          00 02 00 00 00 00 00 00                                 // End
          """);

  private static final byte[] RECEIVE_REQUEST =
      WireBytes.of(
          """
          00 00 00 01 00 00 00 08  "/v1/recv"
          00 02 00 00 00 00 00 00
          00 00 00 02 00 00 00 38
          0a 03 "p/a"
          12 27 12 02 "s1" 18 88 ef 99 ab c5 e8 8c 91 11 20 e8 07 2a 14 "2024-01-02T03:04:05Z"
          18 01
          22 06 0a 04 08 01 10 01
          00 02 00 00 00 00 00 00
          """);

  private static final byte[] STREAM =
      WireBytes.of("00 00 00 05 00 00 00 07 \"ZFSDATA\" 00 02 00 00 00 00 00 00");

  private static final byte[] OK =
      WireBytes.of("00 00 00 03 00 00 00 0b \"HANDLER OK\\n\" 00 02 00 00 00 00 00 00");

  private static final byte[] END = WireBytes.of("00 02 00 00 00 00 00 00");
  private static final byte[] RST = WireBytes.of("10 00 00 00 00 00 00 00");

  private static final byte[] NO_SUCH_FS =
      WireBytes.of(
          "00 00 00 03 00 00 00 19 \"HANDLER ERROR:\\nno such fs\" 00 02 00 00 00 00 00 00");

  private static final byte[] DISK_ON_FIRE =
      WireBytes.of(
          """
          00 00 00 05 00 00 00 03 "abc"
          00 01 00 00 00 00 00 0c "disk on fire"
          00 02 00 00 00 00 00 00
          """);

  private static final Snapshot S1 =
      new Snapshot(
          "s1",
          new Guid(0x1122334455667788L),
          new CreateTxg(1000),
          Instant.parse("2024-01-02T03:04:05Z"));

  private static final SendRequest SEND =
      new SendRequest(
          DatasetPath.of("p/a"),
          Optional.empty(),
          S1,
          Optional.empty(),
          ReplicationProtection.DEFAULT);

  private static final ReceiveRequest RECEIVE =
      new ReceiveRequest(DatasetPath.of("p/a"), S1, true, true, ReplicationProtection.DEFAULT);

  private final StubSender sender = new StubSender();
  private final StubReceiver receiver = new StubReceiver();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // ---- our server

  /** What our server sends, until it closes, to a client that sends this and then waits. */
  private static byte[] answer(Served served, byte[]... sent) throws Exception {
    try (TestServer server = TestServer.start(served);
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(sent));
      byte[] received = client.getInputStream().readAllBytes();
      client.getOutputStream().write(RST);
      return received;
    }
  }

  private Served.OfReceiver sink() {
    return new Served.OfReceiver(receiver, stream -> new Served.Inspected(true, stream));
  }

  @Test
  void serverSends() throws Exception {
    sender.opening = _ -> TestStream.of(bytes("ZFSDATA"));
    assertThat(answer(new Served.OfSender(sender), DATA_PREFIX, SEND_REQUEST))
        .asHexString()
        .isEqualTo(hex(WireBytes.BANNER, OK, END, STREAM, RST));
    assertThat(sender.asked).containsExactly(SEND);
  }

  @Test
  void serverRefusesToSend() throws Exception {
    sender.opening =
        _ -> {
          throw OperationException.permanent("no such fs");
        };
    assertThat(answer(new Served.OfSender(sender), DATA_PREFIX, SEND_REQUEST))
        .asHexString()
        .isEqualTo(hex(WireBytes.BANNER, NO_SUCH_FS, RST));
  }

  @Test
  void serversSourceFailsInMidStream() throws Exception {
    sender.opening = _ -> TestStream.failing(bytes("abc"), "disk on fire");
    assertThat(answer(new Served.OfSender(sender), DATA_PREFIX, SEND_REQUEST))
        .asHexString()
        .isEqualTo(hex(WireBytes.BANNER, OK, END, DISK_ON_FIRE, RST));
  }

  @Test
  void serverReceives() throws Exception {
    assertThat(answer(sink(), DATA_PREFIX, RECEIVE_REQUEST, STREAM))
        .asHexString()
        .isEqualTo(hex(WireBytes.BANNER, OK, END, RST));
    assertThat(receiver.asked).containsExactly(RECEIVE);
    assertThat(receiver.received).containsExactly(bytes("ZFSDATA"));
  }

  @Test
  void serverAnswersAPing() throws Exception {
    byte[] text = WireBytes.of("0a 24 \"aafeceaf-2f09-45f9-a751-3268c92b3662\"");
    byte[] request =
        WireBytes.join(
            WireBytes.of(
                "00 00 00 01 00 00 00 08 \"/v1/ping\" 00 02 00 00 00 00 00 00 00 00 00 02 00 00 00 26"),
            text,
            END);
    assertThat(answer(new Served.OfSender(sender), DATA_PREFIX, request))
        .asHexString()
        .isEqualTo(
            hex(WireBytes.BANNER, OK, WireBytes.of("00 00 00 04 00 00 00 26"), text, END, RST));
  }

  @Test
  void unknownEndpointIsAnError() throws Exception {
    byte[] request =
        WireBytes.of(
            "00 00 00 01 00 00 00 08 \"/v1/nope\" 00 02 00 00 00 00 00 00 00 02 00 00 00 00 00 00");
    assertThat(answer(new Served.OfSender(sender), DATA_PREFIX, request))
        .asHexString()
        .isEqualTo(
            hex(
                WireBytes.BANNER,
                WireBytes.of(
                    "00 00 00 03 00 00 00 30 \"HANDLER ERROR:\\nrequested endpoint does not exist\""),
                END,
                RST));
  }

  @Test
  void streamOf1048581BytesHasThreeChunks() throws Exception {
    byte[] content = new byte[1_048_581];
    sender.opening = _ -> TestStream.ofPortions(content, 65_536);
    byte[] answer = answer(new Served.OfSender(sender), DATA_PREFIX, SEND_REQUEST);
    int start = WireBytes.BANNER.length + OK.length + END.length;
    byte[] chunk = WireBytes.of("00 00 00 05 00 08 00 00");
    byte[] last = WireBytes.of("00 00 00 05 00 00 00 05");
    assertThat(Arrays.copyOfRange(answer, start, start + 8)).isEqualTo(chunk);
    assertThat(Arrays.copyOfRange(answer, start + 524_296, start + 524_304)).isEqualTo(chunk);
    assertThat(Arrays.copyOfRange(answer, start + 2 * 524_296, start + 2 * 524_296 + 8))
        .isEqualTo(last);
    assertThat(answer).hasSize(start + 2 * 524_296 + 13 + END.length + RST.length);
  }

  private static String hex(byte[]... parts) {
    return java.util.HexFormat.of().withUpperCase().formatHex(WireBytes.join(parts));
  }

  // ---- our client

  /** Uses our client. */
  private interface Use {
    void use(DataClient client) throws Exception;
  }

  /** What our client sends to a server that sends the answer as soon as it has the request. */
  private static byte[] request(int requestLength, byte[] answer, Use use) throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      CompletableFuture<byte[]> sent = new CompletableFuture<>();
      Thread server =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket client = listener.accept()) {
                  client.setSoTimeout(30_000);
                  client.getOutputStream().write(WireBytes.BANNER);
                  byte[] first = client.getInputStream().readNBytes(requestLength);
                  client.getOutputStream().write(answer);
                  client.shutdownOutput();
                  byte[] rest = client.getInputStream().readAllBytes();
                  sent.complete(WireBytes.join(first, rest));
                } catch (Exception e) {
                  sent.completeExceptionally(e);
                }
              });
      use.use(
          new DataClient(
              new Dialer(
                  TestServer.connector(listener.getLocalPort()), Banner.PLAIN, TestServer.TIMING)));
      server.join();
      return sent.get();
    }
  }

  @Test
  void clientAsksForAStream() throws Exception {
    ByteBuffer content = ByteBuffer.allocate(100);
    byte[] sent =
        request(
            DATA_PREFIX.length + SEND_REQUEST.length,
            WireBytes.join(OK, END, STREAM, RST),
            client -> {
              try (SendStream stream = client.send(SEND)) {
                assertThat(stream.usesResumeToken()).isFalse();
                assertThat(stream.read(content)).isEqualTo(7);
                assertThat(stream.read(content)).isEqualTo(-1);
              }
            });
    assertThat(content.flip()).isEqualTo(ByteBuffer.wrap(bytes("ZFSDATA")));
    assertThat(sent).asHexString().isEqualTo(hex(DATA_PREFIX, SEND_REQUEST, RST));
  }

  @Test
  void clientIsRefusedAStreamAndClosesAllTheSame() throws Exception {
    byte[] sent =
        request(
            DATA_PREFIX.length + SEND_REQUEST.length,
            WireBytes.join(NO_SUCH_FS, RST),
            client ->
                assertThatThrownBy(() -> client.send(SEND))
                    .isInstanceOfSatisfying(
                        OperationException.class, e -> assertThat(e.temporary()).isFalse())
                    .hasMessageEndingWith("reports: no such fs"));
    assertThat(sent).asHexString().isEqualTo(hex(DATA_PREFIX, SEND_REQUEST, RST));
  }

  @Test
  void clientHearsWhyTheStreamBroke() throws Exception {
    byte[] sent =
        request(
            DATA_PREFIX.length + SEND_REQUEST.length,
            WireBytes.join(OK, END, DISK_ON_FIRE, RST),
            client -> {
              try (SendStream stream = client.send(SEND)) {
                ByteBuffer content = ByteBuffer.allocate(100);
                assertThat(stream.read(content)).isEqualTo(3);
                assertThatThrownBy(() -> stream.read(content))
                    .isInstanceOfSatisfying(
                        OperationException.class, e -> assertThat(e.temporary()).isTrue())
                    .hasMessageEndingWith("broke: disk on fire");
              }
            });
    assertThat(sent).asHexString().isEqualTo(hex(DATA_PREFIX, SEND_REQUEST, RST));
  }

  @Test
  void clientSendsAStream() throws Exception {
    byte[] sent =
        request(
            DATA_PREFIX.length + RECEIVE_REQUEST.length + STREAM.length,
            WireBytes.join(OK, END, RST),
            client -> client.receive(RECEIVE, TestStream.of(bytes("ZFSDATA"))));
    assertThat(sent).asHexString().isEqualTo(hex(DATA_PREFIX, RECEIVE_REQUEST, STREAM, RST));
  }
}

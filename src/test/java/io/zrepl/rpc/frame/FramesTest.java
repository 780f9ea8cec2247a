package io.zrepl.rpc.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.ProgressMark;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.ProtocolException;
import io.zrepl.rpc.RpcTiming;
import io.zrepl.rpc.TestStream;
import io.zrepl.rpc.WireBytes;
import io.zrepl.transport.MemoryConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages and streams in frames. */
class FramesTest {
  private static final int CHUNK = 524_288;

  private static final List<FramedConnection> OPENED = new ArrayList<>();

  /** Each has a thread that keeps it alive. */
  @AfterEach
  void endConnections() {
    OPENED.forEach(FramedConnection::abort);
    OPENED.clear();
  }

  private static FramedConnection framed(MemoryConnection connection) {
    FramedConnection framed = new FramedConnection(connection, RpcTiming.DEFAULT);
    OPENED.add(framed);
    return framed;
  }

  private static FramedConnection framed(byte[] incoming) {
    return framed(MemoryConnection.of(incoming));
  }

  private static Incoming incoming(String description) {
    return new Incoming(framed(WireBytes.of(description)));
  }

  private static byte[] stream(Incoming incoming) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(7);
    while (incoming.stream(buffer.clear()) >= 0) {
      content.write(buffer.array(), 0, buffer.position());
    }
    return content.toByteArray();
  }

  // ---- reading

  @ParameterizedTest
  @CsvSource({
    "'00 00 00 01 00 00 00 03 \"abc\" 00 02 00 00 00 00 00 00', abc",
    "'00 02 00 00 00 00 00 00', ''",
    // any split, empty and one-byte frames, heartbeats in between
    "'00 00 00 01 00 00 00 01 \"a\" 00 00 00 01 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 01 00 00 00 02 \"bc\" 01 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00', abc"
  })
  void messagesAreRead(String frames, String text) throws IOException {
    assertThat(incoming(frames).message(Frame.Content.REQUEST_HEADER, 3))
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00 00 00 01 00 00 00 05 \"abcde\" 00 02 00 00 00 00 00 00", // longer than allowed
        "00 00 00 01 00 00 00 04 \"abcd\" 00 00 00 01 00 00 00 01 \"e\"", // likewise in two
        "00 00 00 01 ff ff ff ff", // no memory for what is only announced
        "00 00 00 02 00 00 00 01 \"a\"", // another message
        "00 01 00 00 00 00 00 01 \"a\"", // an error where none can be
        "00 00 00 00 00 00 00 00", // unknown types
        "00 04 00 00 00 00 00 00",
        "80 00 00 01 00 00 00 00",
        "01 00 00 01 00 00 00 00",
        "01 00 00 00 00 00 00 01 \"x\"", // a heartbeat with a payload
        "00 02 00 00 00 00 00 01 \"x\"", // an end with a payload
        "10 00 00 00 00 00 00 08"
      })
  void whatDoesNotKeepToTheProtocolIsRefused(String frames) {
    assertThatThrownBy(() -> incoming(frames).message(Frame.Content.REQUEST_HEADER, 4))
        .isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"00 00 00 05 00 00 00 00 ", "01 00 00 00 00 00 00 00 00 00 00 05 00 00 00 00 "})
  void framesWithoutContentsAreNoProgress(String empty) {
    assertThatThrownBy(() -> stream(incoming(empty.repeat(1001))))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("frames without contents");
  }

  @Test
  void fewFramesWithoutContentsAreReadOver() throws Exception {
    String some = "00 00 00 05 00 00 00 00 ".repeat(900) + "00 00 00 05 00 00 00 01 \"a\" ";
    assertThat(stream(incoming(some + some + "00 02 00 00 00 00 00 00")))
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo("aa");
  }

  @Test
  void onlyProgressMovesTheMarkAndHeartbeatsDoNot() throws IOException {
    ProgressMark work = new ProgressMark();
    String heartbeat = "01 00 00 00 00 00 00 00 ";
    String progress = "02 00 00 00 00 00 00 00 ";
    FramedConnection connection =
        framed(
            WireBytes.of(
                heartbeat.repeat(10)
                    + progress
                    + heartbeat.repeat(10)
                    + progress
                    + "00 02 00 00 00 00 00 00"));
    connection.followProgress(work);
    assertThat(stream(new Incoming(connection))).isEmpty();
    assertThat(work.value()).isEqualTo(2);
  }

  @Test
  void closingPeerIsTold() {
    assertThatThrownBy(
            () -> stream(incoming("00 00 00 05 00 00 00 01 \"a\" 10 00 00 00 00 00 00 00")))
        .isInstanceOf(PeerClosingException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"00 00 00 05 00 00 00 09 \"a\"", "00 00 00 05 00", ""})
  void streamThatIsCutOffIsNoCompleteStream(String frames) {
    assertThatThrownBy(() -> stream(incoming(frames))).isInstanceOf(java.io.EOFException.class);
  }

  @Test
  void failureOfTheSourceIsNoCompleteStream() {
    Incoming broken =
        incoming(
            "00 00 00 05 00 00 00 01 \"a\" 00 01 00 00 00 00 00 03 \"no \" 00 01 00 00 00 00 00 04 \"disk\" 00 02 00 00 00 00 00 00");
    assertThatThrownBy(() -> stream(broken))
        .isInstanceOf(SourceErrorException.class)
        .hasMessage("no disk");
    assertThatThrownBy(() -> stream(broken))
        .as("not an end either, if somebody reads once more")
        .hasMessage("no disk");
  }

  @Test
  void endlessTextOfAFailureIsCut() {
    byte[] part = WireBytes.join(WireBytes.of("00 01 00 00 00 01 00 00"), new byte[65_536]);
    byte[][] parts = new byte[100][];
    java.util.Arrays.fill(parts, part);
    assertThatThrownBy(() -> stream(new Incoming(framed(WireBytes.join(parts)))))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("does not end");
  }

  @Test
  void textsOfPeersCannotGarbleATerminal() {
    assertThat(PeerText.clean("a\u001b[31m\nb\u0000")).isEqualTo("a?[31m; b?");
    assertThat(PeerText.clean("x".repeat(100_000))).hasSize(8192);
  }

  // ---- writing

  /** The payload lengths of the frames that were sent, and their content. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Sent(List<Integer> chunks, byte[] content) {
    static Sent of(byte[] bytes) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      List<Integer> chunks = new ArrayList<>();
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      while (left.hasRemaining()) {
        left.getInt();
        byte[] payload = new byte[left.getInt()];
        left.get(payload);
        chunks.add(payload.length);
        content.writeBytes(payload);
      }
      return new Sent(chunks, content.toByteArray());
    }
  }

  private static Sent send(TestStream stream) throws Exception {
    MemoryConnection connection = MemoryConnection.of(new byte[0]);
    StreamWriter.send(
        framed(connection), stream::read, OperationException.class, OperationException::describe);
    return Sent.of(connection.sent());
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        2,
        3,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        CHUNK + 2,
        CHUNK + 3,
        2 * CHUNK,
        2 * CHUNK + 1,
        2 * CHUNK + 2
      })
  void noChunkHasOneByteAndAllButTheLastTwoAreFull(int length) throws Exception {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    for (int portion : new int[] {Integer.MAX_VALUE, 100_003, CHUNK}) {
      Sent sent = send(TestStream.ofPortions(content, portion));
      assertThat(sent.content()).isEqualTo(content);
      assertThat(sent.chunks()).doesNotContain(1).allMatch(chunk -> chunk <= CHUNK);
      assertThat(sent.chunks().getLast()).as("end").isZero();
      long full = sent.chunks().stream().filter(chunk -> chunk == CHUNK).count();
      assertThat(full).isGreaterThanOrEqualTo(length / CHUNK - 1);
    }
  }

  @Test
  void streamOfOneByteCannotBeSent() {
    assertThatThrownBy(() -> send(TestStream.of(new byte[1])))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("one byte");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, CHUNK + 1})
  void failureOfOurSourceNeverLooksLikeAnEnd(int length) {
    MemoryConnection connection = MemoryConnection.of(new byte[0]);
    assertThatThrownBy(() ->
            StreamWriter.send(
                framed(connection),
                TestStream.failing(new byte[length], "x")::read,
                OperationException.class,
                OperationException::describe))
        .isInstanceOf(OperationException.class);
    byte[] sent = connection.sent();
    assertThat(Sent.of(sent).chunks()).doesNotContain(1);
    assertThatThrownBy(() -> stream(new Incoming(framed(sent))))
        .isInstanceOf(SourceErrorException.class)
        .hasMessage("unknown error");
  }

  @Test
  void textsForPeersAreCutBetweenCharacters() {
    assertThat(PeerText.encode("aé", 2)).isEqualTo("a".getBytes(StandardCharsets.UTF_8));
    assertThat(PeerText.encode("aéb", 3)).isEqualTo("aé".getBytes(StandardCharsets.UTF_8));
    assertThat(PeerText.encode("", 9)).hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, CHUNK, CHUNK + 1, 3_000_000})
  void longMessagesComeInChunks(int length) throws IOException {
    MemoryConnection connection = MemoryConnection.of(new byte[0]);
    framed(connection).writeMessage(Frame.Content.RESPONSE, new byte[length]);
    assertThat(Sent.of(connection.sent()).chunks()).doesNotContain(1);
    assertThat(new Incoming(framed(connection.sent())).message(Frame.Content.RESPONSE, 1 << 23))
        .hasSize(length);
  }
}

package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames of HTTP/2 that cost the other end much more memory than they have bytes end the
 * connection.
 */
@Timeout(60)
class Http2FloodsTest {
  private static final byte[] HEADERS =
      new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS, 1, Http2Frame.PING_HEADERS)
          .encode();

  /** More than any limit, and less than would ever end by itself. */
  private static final int ENDLESS = 1_000_000;

  private static byte[] data(int length) {
    return new Http2Frame(Http2Frame.DATA, 0, 1, new byte[length]).encode();
  }

  /** Opens a control connection, sends, then again and again, until the server has enough. */
  private static void flood(TestServer server, byte[] first, byte[] then) throws Exception {
    try (Socket client = server.connect()) {
      OutputStream out = client.getOutputStream();
      out.write(
          WireBytes.join(
              WireBytes.BANNER, WireBytes.label("zrepl_control"), Http2Frame.PREFACE, first));
      int sent = 0;
      try {
        while (sent < ENDLESS) {
          out.write(then);
          sent++;
        }
      } catch (IOException e) {
        // closed
      }
      assertThat(sent).as("frames until the server closed").isLessThan(ENDLESS);
    }
  }

  /** The message is announced as one of 4 MiB, so that it does not end. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100})
  void messageInTinyPieces(int size) throws Exception {
    try (TestServer server = TestServer.start(new Served.OfSender(new StubSender()));
        RemoteSender other = new RemoteSender(server.dialer())) {
      byte[] prefix =
          new Http2Frame(Http2Frame.DATA, 0, 1, WireBytes.of("00 00 40 00 00")).encode();
      flood(server, WireBytes.join(HEADERS, prefix), data(size));
      other.checkConnectivity();
    }
  }

  @Test
  void headersWithoutEnd() throws Exception {
    try (TestServer server = TestServer.start(new Served.OfSender(new StubSender()));
        RemoteSender other = new RemoteSender(server.dialer())) {
      byte[] unfinished =
          new Http2Frame(Http2Frame.HEADERS, 0, 1, Http2Frame.PING_HEADERS).encode();
      // literals "a: …", which the library keeps
      byte[] field =
          WireBytes.join(
              WireBytes.of("00 01 \"a\" 7f 81 3e"),
              "x".repeat(8064).getBytes(StandardCharsets.US_ASCII));
      byte[] more = new Http2Frame(Http2Frame.CONTINUATION, 0, 1, field).encode();
      flood(server, unfinished, more);
      other.checkConnectivity();
    }
  }

  /** Whatever gRPC is reading when the connection is ended. */
  @ParameterizedTest
  @ValueSource(ints = {1, 900})
  void answerInTinyPiecesEndsTheCallOfAClientWithThatReason(int size) throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      Thread server =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket client = listener.accept()) {
                  answerInTinyPieces(client, size);
                } catch (IOException e) {
                  // the client has closed
                }
              });
      Dialer dialer =
          new Dialer(
              TestServer.connector(listener.getLocalPort()), Banner.PLAIN, TestServer.TIMING);
      try (RemoteSender remote = new RemoteSender(dialer)) {
        assertThatThrownBy(() -> remote.replicationCursor(DatasetPath.of("p/a")))
            .isInstanceOfSatisfying(
                OperationException.class, e -> assertThat(e.temporary()).isFalse())
            .hasMessageContaining("small pieces");
      }
      server.join();
    }
  }

  private static void answerInTinyPieces(Socket client, int size) throws IOException {
    OutputStream out = client.getOutputStream();
    DataInputStream in = new DataInputStream(client.getInputStream());
    out.write(WireBytes.BANNER);
    in.readNBytes(WireBytes.BANNER.length + 64 + 24);
    out.write(new Http2Frame(Http2Frame.SETTINGS, 0, 0, new byte[0]).encode());
    int stream = Http2Frame.next(in, Http2Frame.DATA).stream();
    byte[] headers = WireBytes.of("88 5f 8b 1d 75 d0 62 0d 26 3d 4c 4d 65 64");
    out.write(new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS, stream, headers).encode());
    out.write(new Http2Frame(Http2Frame.DATA, 0, stream, WireBytes.of("00 00 40 00 00")).encode());
    while (true) {
      out.write(new Http2Frame(Http2Frame.DATA, 0, stream, new byte[size]).encode());
    }
  }
}

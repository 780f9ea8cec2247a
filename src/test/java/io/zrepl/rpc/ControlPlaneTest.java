package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The calls without a stream. */
@Timeout(60)
class ControlPlaneTest {
  private static final DatasetPath FILESYSTEM = DatasetPath.of("p/a b");
  private static final byte[] CONTROL_PREFIX =
      WireBytes.join(WireBytes.BANNER, WireBytes.label("zrepl_control"));

  private final StubSender sender = new StubSender();

  private static Snapshot snapshot(String name, long guid, long txg) {
    return new Snapshot(
        name, new Guid(guid), new CreateTxg(txg), Instant.parse("2024-01-02T03:04:05Z"));
  }

  /** Uses the sender of a server through the network. */
  private interface Use {
    void use(RemoteSender remote) throws Exception;
  }

  private void remotely(Use use) throws Exception {
    try (TestServer server = TestServer.start(new Served.OfSender(sender));
        RemoteSender remote = new RemoteSender(server.dialer())) {
      use.use(remote);
    }
  }

  @Test
  void reachesBothPlanes() throws Exception {
    remotely(RemoteSender::checkConnectivity);
  }

  @Test
  void listsFilesystemsInTheOrderOfTheirPaths() throws Exception {
    FilesystemEntry a =
        new FilesystemEntry(
            DatasetPath.of("a"), false, Optional.of(new ResumeToken("1-abc-10-def0")));
    FilesystemEntry b = new FilesystemEntry(DatasetPath.of("b/c"), true, Optional.empty());
    sender.filesystems = List.of(b, a);
    remotely(remote -> assertThat(remote.listFilesystems()).containsExactly(a, b));
  }

  @Test
  void listsVersionsByAgeBookmarksFirst() throws Exception {
    FilesystemVersion old = snapshot("old", 1, 1);
    FilesystemVersion young = snapshot("young", -1, -2);
    FilesystemVersion bookmark =
        new Bookmark("mark", new Guid(-1), new CreateTxg(-2), Instant.EPOCH);
    sender.versions = List.of(young, bookmark, old);
    remotely(remote ->
        assertThat(remote.listVersions(FILESYSTEM)).containsExactly(old, bookmark, young));
    assertThat(sender.asked).containsExactly(FILESYSTEM);
  }

  @Test
  void tellsPerSnapshotWhatBecameOfIt() throws Exception {
    remotely(remote ->
        assertThat(
                remote.destroySnapshots(
                    FILESYSTEM, List.of(snapshot("x", 1, 1), snapshot("held", 2, 2))))
            .containsExactly(
                new DestroyResult("x", Optional.empty()),
                new DestroyResult("held", Optional.of("it is held"))));
  }

  @Test
  void destroysMoreThanOneMessageHolds() throws Exception {
    List<Snapshot> many =
        IntStream.range(0, 12_000).mapToObj(i -> snapshot("s" + i, i, i)).toList();
    remotely(remote ->
        assertThat(remote.destroySnapshots(FILESYSTEM, many))
            .extracting(DestroyResult::snapshotName)
            .containsExactlyElementsOf(many.stream().map(Snapshot::name).toList()));
    assertThat(sender.asked).hasSize(3);
  }

  @Test
  void estimatesAndConfirmsSteps() throws Exception {
    sender.estimate = -5; // beyond 2^63: absurd, and no reason to fail
    SendRequest request =
        new SendRequest(
            FILESYSTEM,
            Optional.of(new Bookmark("b", new Guid(1), new CreateTxg(1), Instant.EPOCH)),
            snapshot("s", 2, 2),
            Optional.of(new ResumeToken("1-a-b-c")),
            ReplicationProtection.DEFAULT);
    remotely(remote -> {
      assertThat(remote.estimate(request)).isEmpty();
      sender.estimate = 77;
      assertThat(remote.estimate(request)).isEqualTo(OptionalLong.of(77));
      remote.sendCompleted(request);
    });
    assertThat(sender.asked).containsExactly(request, request, request);
  }

  @Test
  void tellsTheCursorIfThereIsOne() throws Exception {
    remotely(remote -> {
      assertThat(remote.replicationCursor(FILESYSTEM)).isEmpty();
      sender.cursor = Optional.of(new Guid(0));
      assertThat(remote.replicationCursor(FILESYSTEM)).contains(new Guid(0));
      sender.cursor = Optional.of(new Guid(-3));
      assertThat(remote.replicationCursor(FILESYSTEM)).contains(new Guid(-3));
    });
  }

  @Test
  void failureOfTheOtherSideComesWithItsText() throws Exception {
    remotely(remote ->
        assertThatThrownBy(() -> remote.listVersions(DatasetPath.of("x")))
            .isInstanceOfSatisfying(
                OperationException.class,
                e -> {
                  assertThat(e.scope()).isEqualTo(FailureScope.FILESYSTEM);
                  assertThat(e.temporary()).isFalse();
                })
            .hasMessageContaining("reports: no such fs: x"));
  }

  @Test
  void cancelledCallEndsWhatItHasStarted() throws Exception {
    SendRequest request =
        new SendRequest(
            FILESYSTEM,
            Optional.empty(),
            snapshot("s", 2, 2),
            Optional.empty(),
            ReplicationProtection.DEFAULT);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    StubSender slow =
        new StubSender() {
          @Override
          public void sendCompleted(SendRequest completed) {
            begun.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              interrupted.countDown();
              Thread.currentThread().interrupt();
            }
          }
        };
    try (TestServer server = TestServer.start(new Served.OfSender(slow));
        RemoteSender remote = new RemoteSender(server.dialer())) {
      Thread caller =
          Thread.ofVirtual()
              .start(() ->
                  assertThatThrownBy(() -> remote.sendCompleted(request))
                      .isInstanceOf(InterruptedException.class));
      begun.await();
      caller.interrupt();
      interrupted.await();
      caller.join();
      remote.checkConnectivity();
    }
  }

  @Test
  void goneServerIsAFailureOfThePeerThatMayPass() throws Exception {
    TestServer first = TestServer.start(new Served.OfSender(sender));
    try (RemoteSender remote = new RemoteSender(first.dialer())) {
      remote.checkConnectivity();
      first.close();
      assertThatThrownBy(remote::checkConnectivity)
          .isInstanceOfSatisfying(
              OperationException.class,
              e -> {
                assertThat(e.scope()).isEqualTo(FailureScope.PEER);
                assertThat(e.temporary()).isTrue();
              });
    }
  }

  @Test
  void versionThatDoesNotFitIsTheReasonOfTheFailure() throws Exception {
    try (TestServer server =
            TestServer.start(
                _ -> new Served.OfSender(sender),
                new Banner(8, List.of()),
                TestServer.TIMING,
                ServerLimits.DEFAULT);
        RemoteSender remote = new RemoteSender(server.dialer())) {
      assertThatThrownBy(remote::listFilesystems)
          .isInstanceOfSatisfying(
              OperationException.class, e -> assertThat(e.temporary()).isFalse())
          .hasMessageContaining("protocol versions do not match: ours is 7, theirs is 8");
    }
  }

  // ---- what Go sends and understands

  /**
   * Go 0.7 sends an empty authority, 0.6 a text with blanks and an apostrophe; neither means
   * anything.
   */
  @ParameterizedTest
  @ValueSource(strings = {"81", "01 0b \"it's a name\""})
  void serverAnswersThePingOfAGoClient(String authority) throws Exception {
    byte[] headers =
        WireBytes.of(
            "83 86 45 8c 63 69 6b a0 c4 1a 4c 7a 98 d6 6a a6 "
                + authority
                + " 5f 8b 1d 75 d0 62 0d 26 3d 4c 4d 65 64"
                + " 7a 8a 9a ca c8 b4 c7 60 2b ba f2 e0 40 02 74 65 86 4d 83 35 05 b1 1f");
    byte[] ping =
        WireBytes.join(
            WireBytes.of(
                """
                50 52 49 20 2a 20 48 54 54 50 2f 32 2e 30 0d 0a 0d 0a 53 4d 0d 0a 0d 0a
                00 00 00 04 00 00 00 00 00
                00 00 00 04 01 00 00 00 00
                """),
            new byte[] {0, 0, (byte) headers.length, 1, 4, 0, 0, 0, 1},
            headers,
            WireBytes.of(
                """
                00 00 2b 00 01 00 00 00 01  00 00 00 00 26
                0a 24 "aafeceaf-2f09-45f9-a751-3268c92b3662"
                """));
    try (TestServer server = TestServer.start(new Served.OfSender(sender));
        Socket client = server.connect()) {
      client.getOutputStream().write(WireBytes.join(CONTROL_PREFIX, ping));
      DataInputStream in = new DataInputStream(client.getInputStream());
      assertThat(in.readNBytes(WireBytes.BANNER.length)).isEqualTo(WireBytes.BANNER);
      assertThat(Http2Frame.read(in).type()).as("first").isEqualTo(Http2Frame.SETTINGS);
      assertThat(Http2Frame.next(in, Http2Frame.HEADERS).payload())
          .as(":status 200")
          .startsWith(WireBytes.of("08 03 \"200\""));
      assertThat(Http2Frame.next(in, Http2Frame.DATA).payload())
          .isEqualTo(WireBytes.of("00 00 00 00 26 0a 24 \"aafeceaf-2f09-45f9-a751-3268c92b3662\""));
      assertThat(Http2Frame.next(in, Http2Frame.HEADERS).flags())
          .as("END_STREAM, END_HEADERS")
          .isEqualTo(5);
    }
  }

  @Test
  void clientUnderstandsTheAnswerOfAGoServer() throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      Thread server =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket client = listener.accept()) {
                  answerAsGo(client);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      Dialer dialer =
          new Dialer(
              TestServer.connector(listener.getLocalPort()), Banner.PLAIN, TestServer.TIMING);
      try (RemoteSender remote = new RemoteSender(dialer)) {
        assertThat(remote.replicationCursor(FILESYSTEM)).contains(new Guid(0));
      }
      server.join();
    }
  }

  /** The status says whether another try may help: of what, nobody else knows. */
  @ParameterizedTest
  @CsvSource({
    "1 , true  , the other side stops",
    "4 , true  , took too long",
    "8 , false , too large",
    "12, false , no such call",
    "13, true  , connection broke in the middle of something",
    "14, true  , cannot be reached"
  })
  void statusThatIsNoAnswerOfTheOtherSidesJob(int status, boolean temporary, String meaning)
      throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      Thread server =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket client = listener.accept()) {
                  answerWithStatus(client, status);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      Dialer dialer =
          new Dialer(
              TestServer.connector(listener.getLocalPort()), Banner.PLAIN, TestServer.TIMING);
      try (RemoteSender remote = new RemoteSender(dialer)) {
        assertThatThrownBy(() -> remote.replicationCursor(FILESYSTEM))
            .isInstanceOfSatisfying(
                OperationException.class,
                e -> {
                  assertThat(e.scope()).isEqualTo(FailureScope.PEER);
                  assertThat(e.temporary()).as(meaning).isEqualTo(temporary);
                });
      }
      server.join();
    }
  }

  private static void answerWithStatus(Socket client, int status) throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    int stream = awaitCallOfOurs(client, in);
    String text = String.valueOf(status);
    byte[] headers =
        WireBytes.join(
            WireBytes.of("88 5f 8b 1d 75 d0 62 0d 26 3d 4c 4d 65 64 40 0b \"grpc-status\""),
            new byte[] {(byte) text.length()},
            text.getBytes(StandardCharsets.US_ASCII));
    client
        .getOutputStream()
        .write(
            new Http2Frame(
                    Http2Frame.HEADERS,
                    Http2Frame.END_STREAM | Http2Frame.END_HEADERS,
                    stream,
                    headers)
                .encode());
    while (in.read() >= 0) {
      // until it closes
    }
  }

  /** Speaks as a server up to the first call; returns its stream. */
  private static int awaitCallOfOurs(Socket client, DataInputStream in) throws IOException {
    client.getOutputStream().write(WireBytes.BANNER);
    assertThat(in.readNBytes(CONTROL_PREFIX.length)).isEqualTo(CONTROL_PREFIX);
    client.getOutputStream().write(WireBytes.of("00 00 06 04 00 00 00 00 00 00 05 00 00 40 00"));
    assertThat(in.readNBytes(24)).startsWith("PRI * HTTP/2.0".getBytes(StandardCharsets.UTF_8));
    return Http2Frame.next(in, Http2Frame.DATA).stream();
  }

  private static void answerAsGo(Socket client) throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    int stream = awaitCallOfOurs(client, in);
    client
        .getOutputStream()
        .write(
            WireBytes.join(
                WireBytes.of(
                    "00 00 00 04 01 00 00 00 00 00 00 08 06 00 00 00 00 00 02 04 10 10 09 0e 07 07"),
                WireBytes.of("00 00 0e 01 04 00 00 00"),
                new byte[] {(byte) stream},
                WireBytes.of("88 5f 8b 1d 75 d0 62 0d 26 3d 4c 4d 65 64 00 00 07 00 00 00 00 00"),
                new byte[] {(byte) stream},
                WireBytes.of("00 00 00 00 02 08 00 00 00 18 01 05 00 00 00"),
                new byte[] {(byte) stream},
                WireBytes.of(
                    "40 88 9a ca c8 b2 12 34 da 8f 01 30 40 89 9a ca c8 b5 25 42 07 31 7f 00")));
    while (in.read() >= 0) {
      // until it closes
    }
  }

  @Test
  void serverCutsLongErrorTextsAndGivesTheLinesInOne() throws Exception {
    String text = "line1\nline2 é %" + "x".repeat(100_000);
    StubSender failing =
        new StubSender() {
          @Override
          public List<FilesystemEntry> listFilesystems() throws OperationException {
            throw OperationException.permanent(text);
          }
        };
    try (TestServer server = TestServer.start(new Served.OfSender(failing));
        RemoteSender remote = new RemoteSender(server.dialer())) {
      assertThatThrownBy(remote::listFilesystems)
          .hasMessageContaining("line1; line2 é %xxx")
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(5000));
    }
  }

  @Test
  void sinkHasNeitherCursorNorEstimates() throws Exception {
    Served.OfReceiver sink =
        new Served.OfReceiver(new StubReceiver(), stream -> new Served.Inspected(true, stream));
    try (TestServer server = TestServer.start(sink);
        RemoteSender remote = new RemoteSender(server.dialer())) {
      assertThatThrownBy(() -> remote.replicationCursor(FILESYSTEM))
          .hasMessageContaining("receiver does not implement ReplicationCursor()");
    }
  }
}

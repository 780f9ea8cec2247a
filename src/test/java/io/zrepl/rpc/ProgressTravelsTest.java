package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.message.ReceiveMessage;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever waits for a remote {@code zfs receive} that reads nothing learns whether it gets on. */
@Timeout(60)
class ProgressTravelsTest {
  private static final RpcTiming QUICK =
      new RpcTiming(
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofMillis(50),
          Duration.ofSeconds(40),
          Duration.ofSeconds(5));

  private static final ReceiveRequest REQUEST =
      new ReceiveRequest(
          DatasetPath.of("p/a"),
          new Snapshot("s1", new Guid(1), new CreateTxg(1), Instant.EPOCH),
          true,
          true,
          ReplicationProtection.DEFAULT);

  private static final int HEARTBEAT = 0x0100_0000;
  private static final int PROGRESS = 0x0200_0000;

  /** And nothing of the stream. */
  private static final byte[] ASK_TO_RECEIVE = askToReceive();

  private static byte[] askToReceive() {
    byte[] message = ReceiveMessage.of(REQUEST).encode();
    return WireBytes.join(
        WireBytes.of("00 00 00 01 00 00 00 08 \"/v1/recv\" 00 02 00 00 00 00 00 00"),
        ByteBuffer.allocate(8).putInt(2).putInt(message.length).array(),
        message,
        WireBytes.of("00 02 00 00 00 00 00 00"));
  }

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch atWork = new CountDownLatch(1);
  private final ProgressMark here = new ProgressMark();
  private volatile ProgressMark there = new ProgressMark();

  private Served served() {
    StubReceiver receiver = new StubReceiver();
    receiver.before =
        () -> {
          there = ProgressMark.current();
          atWork.countDown();
          goOn.await();
        };
    return new Served.OfReceiver(receiver, stream -> new Served.Inspected(false, stream));
  }

  private Thread receive(RemoteReceiver remote) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            Object _ =
                here.<Object, OperationException>duringInterruptible(() -> {
                  remote.receive(REQUEST, TestStream.of(new byte[10]));
                  return here;
                });
          } catch (OperationException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void workOfTheOtherSideMovesTheMarkHere() throws Exception {
    try (TestServer server =
            TestServer.start(_ -> served(), Banner.OURS, QUICK, ServerLimits.DEFAULT);
        RemoteReceiver remote =
            new RemoteReceiver(
                new Dialer(TestServer.connector(server.port()), Banner.OURS, QUICK))) {
      Thread waiting = receive(remote);
      atWork.await();
      long before = here.value();
      there.advance();
      Awaitility.await().until(() -> here.value() > before);
      goOn.countDown();
      waiting.join();
    }
  }

  /** The type of the next sign of life that the server sends. */
  private static int nextSignOfLife(DataInputStream in) throws IOException {
    int type = in.readInt();
    assertThat(in.readInt()).as("length").isZero();
    return type;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isToldOnceForWhatWasDoneAndOnlyToThoseWhoKnowIt(boolean clientKnowsIt) throws Exception {
    Banner client = clientKnowsIt ? Banner.OURS : Banner.PLAIN;
    try (TestServer server =
            TestServer.start(_ -> served(), Banner.OURS, QUICK, ServerLimits.DEFAULT);
        Socket socket = server.connect()) {
      ByteBuffer banner = client.encode();
      byte[] greeting = new byte[banner.remaining()];
      banner.get(greeting);
      socket
          .getOutputStream()
          .write(WireBytes.join(greeting, WireBytes.label("zrepl_data"), ASK_TO_RECEIVE));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      in.readNBytes(Banner.OURS.encode().remaining());
      atWork.await();
      there.advance();
      List<Integer> signs = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        signs.add(nextSignOfLife(in));
        socket.getOutputStream().write(WireBytes.of("01 00 00 00 00 00 00 00"));
      }
      List<Integer> told = signs.stream().filter(type -> type != HEARTBEAT).toList();
      assertThat(told).isEqualTo(clientKnowsIt ? List.of(PROGRESS) : List.of());
      goOn.countDown();
    }
  }
}

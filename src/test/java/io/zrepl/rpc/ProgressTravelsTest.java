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
import java.time.Duration;
import java.time.Instant;
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
  void workOfTheOtherSideMovesTheMarkHereAndHeartbeatsDoNot() throws Exception {
    try (TestServer server =
            TestServer.start(_ -> served(), Banner.OURS, QUICK, ServerLimits.DEFAULT);
        RemoteReceiver remote =
            new RemoteReceiver(
                new Dialer(TestServer.connector(server.port()), Banner.OURS, QUICK))) {
      Thread waiting = receive(remote);
      atWork.await();
      Thread.sleep(QUICK.heartbeat().multipliedBy(5)); // what was told before has arrived
      long before = here.value();
      Thread.sleep(QUICK.heartbeat().multipliedBy(10));
      assertThat(here.value()).as("ten heartbeats of a side that does nothing").isEqualTo(before);
      there.advance();
      Awaitility.await().until(() -> here.value() == before + 1);
      there.advance();
      there.advance();
      Awaitility.await().until(() -> here.value() > before + 1);
      goOn.countDown();
      waiting.join();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isNotToldToOrByASideThatDoesNotKnowIt(boolean clientIsGo) throws Exception {
    Banner server = clientIsGo ? Banner.OURS : Banner.PLAIN;
    Banner client = clientIsGo ? Banner.PLAIN : Banner.OURS;
    try (TestServer serving = TestServer.start(_ -> served(), server, QUICK, ServerLimits.DEFAULT);
        RemoteReceiver remote =
            new RemoteReceiver(new Dialer(TestServer.connector(serving.port()), client, QUICK))) {
      Thread waiting = receive(remote);
      atWork.await();
      long before = here.value();
      there.advance();
      Thread.sleep(QUICK.heartbeat().multipliedBy(10));
      assertThat(here.value()).isEqualTo(before);
      goOn.countDown();
      waiting.join();
    }
  }
}

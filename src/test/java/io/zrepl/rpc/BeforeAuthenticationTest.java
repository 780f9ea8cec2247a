package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.FreePort;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.Sleeper;
import io.zrepl.base.TaskGroup;
import io.zrepl.rpc.data.DataClient;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.IncomingConnection;
import io.zrepl.transport.Listener;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** All that comes before a server knows its client has one time limit together. */
@Timeout(60)
class BeforeAuthenticationTest {
  private static final RpcTiming SHORT_HANDSHAKE =
      new RpcTiming(
          Duration.ofMillis(300),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(40),
          Duration.ofSeconds(5));

  private final TaskGroup running = new TaskGroup("test server");
  private int port;

  @BeforeEach
  void findPort() throws IOException {
    try (ServerSocket free = FreePort.bind()) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void stop() {
    running.close();
  }

  /**
   * A server whose clients need a while to show who they are.
   *
   * @param time for that, until the connection is closed
   * @param patience as the transport says
   */
  private void serve(Duration time, Duration patience) throws Exception {
    Listener tcp =
        Transports.listen(
                new ServeSettings.Tcp(
                    HostAndPort.parse("127.0.0.1:" + port),
                    false,
                    ClientAddresses.of(Map.of("127.0.0.1", "web"))),
                Path.of("/nowhere"))
            .getFirst();
    Listener slow =
        new Listener() {
          @Override
          public IncomingConnection accept() throws IOException {
            return slow(tcp.accept(), time, patience);
          }

          @Override
          public String place() {
            return tcp.place();
          }

          @Override
          public void close() {
            tcp.close();
          }
        };
    serve(slow, Sleeper.SYSTEM);
  }

  private void serve(Listener listener, Sleeper sleeper) {
    RpcServer server =
        new RpcServer(
            List.of(listener),
            _ -> new Served.OfSender(new StubSender()),
            Banner.PLAIN,
            SHORT_HANDSHAKE,
            ServerLimits.DEFAULT,
            sleeper,
            LoggerFactory.getLogger("test"));
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

  /** As when no descriptors are left: the processor is not to be burnt until there are some. */
  @Test
  void failedAcceptIsTriedAgainAfterAPause() throws Exception {
    Listener failing =
        new Listener() {
          @Override
          public IncomingConnection accept() throws IOException {
            throw new IOException("too many open files");
          }

          @Override
          public String place() {
            return "nowhere";
          }

          @Override
          public void close() {}
        };
    List<Duration> pauses = new CopyOnWriteArrayList<>();
    CountDownLatch enough = new CountDownLatch(9);
    serve(
        failing,
        pause -> {
          pauses.add(pause);
          enough.countDown();
          if (enough.getCount() == 0) {
            new CountDownLatch(1).await();
          }
        });
    enough.await();
    assertThat(pauses)
        .extracting(Duration::toMillis)
        .containsExactly(50L, 100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
  }

  private static IncomingConnection slow(IncomingConnection tcp, Duration time, Duration patience) {
    return new IncomingConnection() {
      private final CountDownLatch closed = new CountDownLatch(1);

      @Override
      public String origin() {
        return tcp.origin();
      }

      @Override
      public Duration patience() {
        return patience;
      }

      @Override
      public Authenticated authenticate() throws IOException {
        try {
          if (closed.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException("closed");
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException(e);
        }
        return tcp.authenticate();
      }

      @Override
      public void close() {
        closed.countDown();
        tcp.close();
      }
    };
  }

  @Test
  void authenticationThatTakesTooLongEndsWithTheLimitOfAll() throws Exception {
    serve(Duration.ofHours(1), Duration.ZERO);
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void transportThatNeedsMoreTimeGetsIt() throws Exception {
    serve(Duration.ofMillis(700), Duration.ofMinutes(5));
    new DataClient(new Dialer(TestServer.connector(port), Banner.PLAIN, TestServer.TIMING)).ping();
  }
}

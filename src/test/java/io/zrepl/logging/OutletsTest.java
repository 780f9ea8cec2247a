package io.zrepl.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.pki.CertificateAuthority;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several outlets at once, of which some are slow, gone, or encrypted. */
@Timeout(60)
class OutletsTest {
  private static final Duration RETRY = Duration.ofMillis(20);
  private static final Duration RETRY_ONCE = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Logger log = LoggerFactory.getLogger("io.zrepl.job.PushJob#push");
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final AtomicLong dropped = new AtomicLong();
  private final List<String> counted = new ArrayList<>();
  private final LogObserver observer =
      new LogObserver() {
        @Override
        public void logged(String job, LogLevel level) {
          if (job.equals("push")) {
            counted.add(level.name());
          }
        }

        @Override
        public void dropped(String outlet) {
          dropped.incrementAndGet();
        }
      };

  @AfterEach
  void silence() {
    Silence.again();
  }

  private LogOutlets install(OutputStream target, OutletSettings... outlets) {
    return LogOutlets.install(new LoggingSettings(List.of(outlets)), Map.of(), target, observer);
  }

  private static OutletSettings console(LogLevel level) {
    return new OutletSettings.Stdout(level, LogFormat.HUMAN, false, false);
  }

  private static OutletSettings tcp(int port, Duration retry, Optional<TlsFiles> tls)
      throws Exception {
    return new OutletSettings.Tcp(
        LogLevel.INFO, LogFormat.LOGFMT, HostAndPort.parse("localhost:" + port), "tcp", retry, tls);
  }

  private static ServerSocket listener(int port) throws IOException {
    return new ServerSocket(port, 10, InetAddress.getByName("localhost"));
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  private String printed() {
    return stdout.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachHasItsLevelAndFormat() throws Exception {
    try (ServerSocket server = listener(0)) {
      try (LogOutlets _ =
          install(
              stdout, console(LogLevel.WARN), tcp(server.getLocalPort(), LONG, Optional.empty()))) {
        log.debug("one");
        log.info("two");
        log.warn("three");
      }
      try (Socket connection = server.accept()) {
        assertThat(reader(connection).lines().map(line -> line.replaceFirst("time=\\S+ ", "")))
            .containsExactly(
                "level=info job=push subsystem=job msg=two",
                "level=warn job=push subsystem=job msg=three");
      }
    }
    assertThat(printed()).isEqualTo("[WARN][push][job]: three\n");
    assertThat(counted).containsExactly("DEBUG", "INFO", "WARN");
    assertThat(dropped).hasValue(0);
  }

  @Test
  void burstLosesNothing() throws Exception {
    try (ServerSocket server = listener(0)) {
      try (LogOutlets _ = install(stdout, tcp(server.getLocalPort(), LONG, Optional.empty()))) {
        for (int i = 0; i < 5000; i++) {
          log.info("line {}", i);
        }
      }
      try (Socket connection = server.accept()) {
        assertThat(reader(connection).lines()).hasSize(5000);
      }
    }
  }

  @Test
  void oneThatHangsDelaysNeitherTheJobNorTheOthers() throws Exception {
    CountDownLatch hang = new CountDownLatch(1);
    OutputStream hanging =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            try {
              hang.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    int lines = QueuedOutlet.MOST_LINES + 500;
    try (ServerSocket server = listener(0);
        LogOutlets _ =
            install(
                hanging,
                console(LogLevel.INFO),
                tcp(server.getLocalPort(), LONG, Optional.empty()))) {
      log.info("line {}", 0);
      try (Socket connection = server.accept()) {
        BufferedReader reader = reader(connection);
        for (int i = 0; i < lines; i++) {
          if (i > 0) {
            log.info("line {}", i);
          }
          assertThat(reader.readLine()).endsWith("msg=\"line " + i + "\"");
        }
      }
      // The one at which it hangs stays in the queue.
      assertThat(dropped).hasValue(500);
      hang.countDown();
    }
  }

  @Test
  void oneThatIsGoneIsTriedAgainAndToldOnce() throws Exception {
    int port;
    try (ServerSocket free = listener(0)) {
      port = free.getLocalPort();
    }
    try (LogOutlets _ =
        install(stdout, console(LogLevel.INFO), tcp(port, RETRY, Optional.empty()))) {
      log.info("while it is gone");
      Thread.sleep(100); // several tries; how many does not matter
      try (ServerSocket server = listener(port);
          Socket connection = server.accept()) {
        BufferedReader reader = reader(connection);
        assertThat(reader.readLine()).endsWith("msg=\"while it is gone\"");
        assertThat(reader.readLine()).contains("msg=\"outlet error\"", "Connection refused");
        assertThat(reader.readLine()).contains("the outlet works again", "dropped_lines=0");
      }
    }
    assertThat(printed().lines().filter(line -> line.contains("outlet error"))).hasSize(1);
  }

  @Test
  void linesReachTheNextConnectionWhenOneIsEnded() throws Exception {
    try (ServerSocket server = listener(0);
        LogOutlets _ = install(stdout, tcp(server.getLocalPort(), RETRY_ONCE, Optional.empty()))) {
      log.info("first");
      try (Socket connection = server.accept()) {
        assertThat(reader(connection).readLine()).endsWith("msg=first");
      }
      // Until the end of the connection is noticed, lines may be lost in it.
      Thread chatter =
          Thread.startVirtualThread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
              log.info("later");
              LockSupport.parkNanos(1_000_000);
            }
          });
      try (Socket next = server.accept()) {
        assertThat(reader(next).readLine()).contains("msg=");
      } finally {
        chatter.interrupt();
        chatter.join();
      }
    }
  }

  @Test
  void closingGivesUpWhatCannotBeReached() throws Exception {
    int port;
    try (ServerSocket free = listener(0)) {
      port = free.getLocalPort();
    }
    try (LogOutlets _ =
        install(stdout, console(LogLevel.INFO), tcp(port, LONG, Optional.empty()))) {
      log.info("last words");
    }
    assertThat(printed()).startsWith("[INFO][push][job]: last words\n");
  }

  @Test
  void tlsWithCertificatesOfBothSides(@TempDir Path folder) throws Exception {
    CertificateAuthority authority =
        CertificateAuthority.create(folder.resolve("ca"), "test", InstantSource.system());
    TlsFiles serverFiles = authority.issueServer(List.of("localhost"), Duration.ofDays(1));
    TlsFiles clientFiles = authority.issueClient(ClientIdentity.parse("prod1"), Duration.ofDays(1));
    try (SSLServerSocket server =
        (SSLServerSocket)
            LogTls.context(serverFiles).getServerSocketFactory().createServerSocket(0)) {
      server.setNeedClientAuth(true);
      try (LogOutlets _ =
          install(stdout, tcp(server.getLocalPort(), LONG, Optional.of(clientFiles)))) {
        log.info("secret");
        try (Socket connection = server.accept()) {
          assertThat(reader(connection).readLine()).endsWith("msg=secret");
        }
      }
    }
  }

  @Test
  void tlsServerOfAnotherNameGetsNothing(@TempDir Path folder) throws Exception {
    CertificateAuthority authority =
        CertificateAuthority.create(folder.resolve("ca"), "test", InstantSource.system());
    TlsFiles serverFiles = authority.issueServer(List.of("logs.example.net"), Duration.ofDays(1));
    TlsFiles clientFiles = authority.issueClient(ClientIdentity.parse("prod1"), Duration.ofDays(1));
    try (SSLServerSocket server =
        (SSLServerSocket)
            LogTls.context(serverFiles).getServerSocketFactory().createServerSocket(0)) {
      try (LogOutlets _ =
          install(
              stdout,
              console(LogLevel.ERROR),
              tcp(server.getLocalPort(), LONG, Optional.of(clientFiles)))) {
        log.info("secret");
        try (Socket connection = server.accept()) {
          assertThat(connection.isConnected()).isTrue();
          try {
            assertThat(reader(connection).readLine()).isNull();
          } catch (IOException e) {
            // told of the certificate, or the connection was gone before
          }
        }
        await().until(() -> printed().contains("outlet error"));
        assertThat(printed()).contains("localhost");
      }
    }
  }
}

package io.zrepl.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ControlClientTest {
  @TempDir Path folder;

  private Path socket() {
    return folder.resolve("control");
  }

  @Test
  void postsTheRequestAndReadsTheVersion() throws Exception {
    VersionInformation version = VersionInformation.current();
    try (FakeDaemon daemon =
        new FakeDaemon(socket(), FakeDaemon.answer(200, ControlJson.toJson(version)))) {
      assertThat(new ControlClient(socket()).version()).isEqualTo(version);
      assertThat(daemon.requests())
          .containsExactly(
              """
              POST /version HTTP/1.1
              Host: unix
              Connection: close
              Content-Type: application/json
              Content-Length: 0

              """
                  .replace("\n", "\r\n"));
    }
  }

  @Test
  void sendsSignals() throws Exception {
    try (FakeDaemon daemon =
        new FakeDaemon(socket(), FakeDaemon.answer(200, ControlJson.EMPTY_OBJECT))) {
      new ControlClient(socket()).signal("my job", "wakeup");
      assertThat(daemon.requests().getFirst())
          .startsWith("POST /signal HTTP/1.1\r\n")
          .endsWith("\r\n\r\n{\"Name\":\"my job\",\"Op\":\"wakeup\"}\n");
    }
  }

  @Test
  void readsTheStatus() throws Exception {
    DaemonStatus status = SampleStatus.everything();
    try (FakeDaemon daemon =
        new FakeDaemon(socket(), FakeDaemon.answer(200, ControlJson.toJson(status)))) {
      assertThat(new ControlClient(socket()).status()).isEqualTo(status);
      assertThat(daemon.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "{}\n", "no json at all", "{}\n\n", "a\nb"})
  void copiesTheStatusWithoutLookingAtItAndWithoutItsLastNewline(String body) throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket(), FakeDaemon.answer(200, body))) {
      ByteArrayOutputStream copy = new ByteArrayOutputStream();
      new ControlClient(socket()).copyStatus(copy);
      assertThat(copy.toString(UTF_8))
          .isEqualTo(body.endsWith("\n") ? body.substring(0, body.length() - 1) : body);
      assertThat(daemon.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void readsLargeAnswersInChunksOfAnySize(long seed) throws Exception {
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    byte[] body = new byte[3_000_000];
    random.nextBytes(body);
    body[body.length - 1] = 0;
    FakeDaemon.Script script =
        out -> {
          out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(UTF_8));
          for (int at = 0; at < body.length; ) {
            int size = Math.min(1 + random.nextInt(200_000), body.length - at);
            out.write("%x\r\n".formatted(size).getBytes(UTF_8));
            out.write(body, at, size);
            out.write("\r\n".getBytes(UTF_8));
            at += size;
          }
          out.write("0\r\n\r\n".getBytes(UTF_8));
        };
    try (FakeDaemon daemon = new FakeDaemon(socket(), script)) {
      ByteArrayOutputStream copy = new ByteArrayOutputStream();
      new ControlClient(socket()).copyStatus(copy);
      assertThat(copy.toByteArray()).isEqualTo(body);
      assertThat(daemon.requests()).hasSize(1);
    }
  }

  @Test
  void passesOnWhatTheDaemonSays() throws Exception {
    try (FakeDaemon daemon =
        new FakeDaemon(socket(), FakeDaemon.answer(500, "Job x does not exist"))) {
      assertThatThrownBy(() -> new ControlClient(socket()).signal("x", "wakeup"))
          .isInstanceOf(ControlException.class)
          .hasMessage("Job x does not exist");
      assertThat(daemon.requests()).hasSize(1);
    }
  }

  @Test
  void explainsARefusalWithoutText() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket(), FakeDaemon.answer(503, " \n"))) {
      assertThatThrownBy(() -> new ControlClient(socket()).status())
          .isInstanceOf(ControlException.class)
          .hasMessage(
              "asking the daemon for status at " + socket() + " was refused with HTTP status 503");
      assertThat(daemon.requests()).hasSize(1);
    }
  }

  @Test
  void explainsAMissingSocket() {
    assertThatThrownBy(() -> new ControlClient(socket()).status())
        .isInstanceOf(ControlException.class)
        .hasMessage(
            "asking the daemon for status at "
                + socket()
                + " failed: there is no such socket. Is the daemon running, and with the same"
                + " configuration?");
  }

  @Test
  void explainsAStaleSocket() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket()));
    }
    assertThatThrownBy(() -> new ControlClient(socket()).status())
        .isInstanceOf(ControlException.class)
        .message()
        .contains("connection refused", "start it again");
  }

  @Test
  void explainsAPathThatIsTooLong() {
    assertThatThrownBy(() -> new ControlClient(folder.resolve("x".repeat(200))).status())
        .isInstanceOf(ControlException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Jobs\"", "ssh\n"})
  void explainsAnAnswerThatIsNotOne(String answer) throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket(), out -> out.write(answer.getBytes(UTF_8)))) {
      assertThatThrownBy(() -> new ControlClient(socket()).status())
          .isInstanceOf(ControlException.class)
          .message()
          .startsWith("asking the daemon for status at " + socket() + " failed: ");
      assertThat(daemon.requests()).hasSize(1);
    }
  }

  @Test
  void explainsJsonThatIsNoStatus() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket(), FakeDaemon.answer(200, "{}"))) {
      assertThatThrownBy(() -> new ControlClient(socket()).status())
          .isInstanceOf(ControlException.class)
          .message()
          .contains("not that of a zrepl daemon");
      assertThat(daemon.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"})
  void givesUpOnADaemonThatSaysNothingMore(String beginning) throws Exception {
    CountDownLatch testIsOver = new CountDownLatch(1);
    FakeDaemon.Script script =
        out -> {
          out.write(beginning.getBytes(UTF_8));
          awaitQuietly(testIsOver);
        };
    try (FakeDaemon daemon = new FakeDaemon(socket(), script)) {
      assertThatThrownBy(() -> new ControlClient(socket(), Duration.ofMillis(50)).status())
          .isInstanceOf(ControlException.class)
          .message()
          .contains("timed out");
      assertThat(daemon.requests()).hasSize(1);
    } finally {
      testIsOver.countDown();
    }
  }

  @Test
  void interruptEndsTheCall() throws Exception {
    CountDownLatch testIsOver = new CountDownLatch(1);
    Thread caller = Thread.currentThread();
    FakeDaemon.Script script =
        out -> {
          caller.interrupt();
          awaitQuietly(testIsOver);
        };
    try (FakeDaemon daemon = new FakeDaemon(socket(), script)) {
      assertThatThrownBy(() -> new ControlClient(socket()).status())
          .isInstanceOf(InterruptedException.class);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(daemon.requests()).hasSize(1);
    } finally {
      testIsOver.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

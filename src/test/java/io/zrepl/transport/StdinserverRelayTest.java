package io.zrepl.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code zrepl stdinserver} between pipes, as sshd has them, and the socket of a daemon. */
@Timeout(60)
class StdinserverRelayTest {
  private final List<String> problems = new ArrayList<>();
  private final ClientIdentity web;
  @TempDir private Path folder;

  StdinserverRelayTest() throws Exception {
    web = ClientIdentity.parse("web");
  }

  private CompletableFuture<Integer> relay(Pipe input, Pipe output) {
    CompletableFuture<Integer> status = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            status.complete(
                StdinserverRelay.run(folder, web, input.source(), output.sink(), problems::add));
          } catch (InterruptedException e) {
            status.completeExceptionally(e);
          }
        });
    return status;
  }

  private static String read(Pipe pipe, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && pipe.source().read(bytes) >= 0) {
      // until all is there
    }
    return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
  }

  @Test
  void clientHearsThatTheDaemonIsNotThere() throws Exception {
    Pipe input = Pipe.open();
    Pipe output = Pipe.open();
    assertThat(relay(input, output).get()).isEqualTo(1);
    assertThat(read(output, SshGreeting.LENGTH)).isEqualTo("SSHCON_PROXY_ERROR" + "\0".repeat(13));
    assertThat(problems).singleElement().asString().contains("cannot reach the daemon");
  }

  @Test
  void clientThatSendsNoGreetingIsGivenUpAndTheNextOneIsServed() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    try (Listener listener = StdinserverListener.open(folder, web, Duration.ofMillis(100));
        SocketChannel silent =
            SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("web")))) {
      IncomingConnection incoming = listener.accept();
      assertThatThrownBy(incoming::authenticate)
          .isInstanceOf(IOException.class)
          .hasMessage("web: the client sent no greeting within PT0.1S");
      ByteBuffer told = ByteBuffer.allocate(2 * SshGreeting.LENGTH);
      while (silent.read(told) >= 0) {
        // up to the end, which is what counts
      }
      assertThat(told.position()).isEqualTo(SshGreeting.LENGTH);
      try (SocketChannel next =
          SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("web")))) {
        next.write(SshGreeting.BEGIN.bytes());
        assertThat(listener.accept().authenticate().client()).isEqualTo(web);
      }
    }
  }

  @Test
  void bytesGoBothWaysAndEachWayEndsForItself() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    try (Listener listener =
        Transports.listen(new ServeSettings.Stdinserver(List.of(web)), folder).getFirst()) {
      Pipe input = Pipe.open();
      Pipe output = Pipe.open();
      CompletableFuture<Integer> status = relay(input, output);
      input.sink().write(SshGreeting.BEGIN.bytes());
      IncomingConnection.Authenticated served = listener.accept().authenticate();
      assertThat(served.client()).isEqualTo(web);
      assertThat(read(output, SshGreeting.LENGTH)).isEqualTo("SSHCON_HELO" + "\0".repeat(20));

      input.sink().write(StandardCharsets.US_ASCII.encode("up"));
      ByteBuffer up = ByteBuffer.allocate(2);
      served.connection().readFully(up);
      assertThat(up.flip()).isEqualTo(StandardCharsets.US_ASCII.encode("up"));

      served.connection().writeFully(StandardCharsets.US_ASCII.encode("down"));
      served.connection().shutdownOutput();
      assertThat(read(output, 10)).as("and then its end").isEqualTo("down");

      input.sink().write(StandardCharsets.US_ASCII.encode("last"));
      input.sink().close();
      ByteBuffer last = ByteBuffer.allocate(4);
      served.connection().readFully(last);
      assertThat(served.connection().read(ByteBuffer.allocate(1))).isEqualTo(-1);
      served.connection().close();
      assertThat(status.get()).isZero();
      assertThat(problems).isEmpty();
    }
  }

  @Test
  void clientThatSaysSomethingElseIsRefused() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    try (Listener listener =
        Transports.listen(new ServeSettings.Stdinserver(List.of(web)), folder).getFirst()) {
      Pipe input = Pipe.open();
      Pipe output = Pipe.open();
      CompletableFuture<Integer> status = relay(input, output);
      input.sink().write(ByteBuffer.allocate(SshGreeting.LENGTH));
      try (IncomingConnection incoming = listener.accept()) {
        org.assertj.core.api.Assertions.assertThatThrownBy(incoming::authenticate)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("instead of a greeting");
      }
      input.sink().close();
      status.get();
    }
  }
}

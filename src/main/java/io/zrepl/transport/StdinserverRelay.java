package io.zrepl.transport;

import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * {@code zrepl stdinserver}: copies bytes between sshd and the socket of a client in the daemon, in
 * both directions, each to its own end.
 */
public final class StdinserverRelay {
  private static final int BUFFER = 256 * 1024;

  /** As long as a daemon reads on after it has ended its direction, and a little more. */
  private static final Duration LAST_BYTES = Duration.ofSeconds(12);

  private StdinserverRelay() {}

  /**
   * Copies until the daemon ends the connection. Closes all channels.
   *
   * @param folder of the sockets
   * @param input from the client
   * @param output to the client; a greeting tells it if the daemon cannot be reached
   * @param problem is told what the administrator should know
   * @return the exit status
   */
  public static int run(
      Path folder,
      ClientIdentity client,
      ReadableByteChannel input,
      WritableByteChannel output,
      Consumer<String> problem)
      throws InterruptedException {
    Path path = folder.resolve(client.toString());
    try (SocketChannel daemon = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      try {
        daemon.connect(UnixDomainSocketAddress.of(path));
      } catch (IOException | IllegalArgumentException e) {
        problem.accept(
            "cannot reach the daemon through %s: %s; does it run, and serve this client?"
                .formatted(path, e.getMessage()));
        ByteBuffer greeting = SshGreeting.PROXY_ERROR.bytes();
        while (greeting.hasRemaining()) {
          output.write(greeting);
        }
        return 1;
      }
      return relay(daemon, input, output, problem);
    } catch (IOException e) {
      problem.accept("the connection broke: " + e.getMessage());
      return 1;
    }
  }

  private static int relay(
      SocketChannel daemon,
      ReadableByteChannel input,
      WritableByteChannel output,
      Consumer<String> problem)
      throws InterruptedException {
    Thread up =
        Thread.ofPlatform()
            .daemon()
            .name("stdin")
            .start(() -> {
              try {
                copy(input, daemon);
                daemon.shutdownOutput();
              } catch (IOException e) {
                // The daemon does not read any more; what it still sends goes on to the client.
              }
            });
    int status = 0;
    try {
      copy(daemon, output);
    } catch (IOException e) {
      problem.accept("the connection broke: " + e.getMessage());
      status = 1;
    }
    Closing.quietly(output);
    if (status == 0) {
      up.join(LAST_BYTES);
    }
    return status;
  }

  private static void copy(ReadableByteChannel from, WritableByteChannel to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    while (from.read(buffer.clear()) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        to.write(buffer);
      }
    }
  }
}

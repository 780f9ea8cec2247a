package io.zrepl.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server on a UNIX domain socket that plays one script for each connection. */
public final class FakeDaemon implements AutoCloseable {
  private final ServerSocketChannel server;
  private final List<String> requests = new CopyOnWriteArrayList<>();

  /** What happens on a connection after the request was read. */
  @FunctionalInterface
  public interface Script {
    /** Plays it; the connection is closed afterwards. */
    void play(OutputStream answer) throws IOException;
  }

  /** Starts it. */
  public FakeDaemon(Path socket, Script script) throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofPlatform().daemon().name("fake daemon").start(() -> serve(script));
  }

  /** Answers always the same, with its length. */
  public static Script answer(int status, String body) {
    String head =
        "HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n"
            .formatted(status, body.getBytes(UTF_8).length);
    return out -> out.write((head + body).getBytes(UTF_8));
  }

  /** The requests so far, head and body. */
  public List<String> requests() {
    return requests;
  }

  private void serve(Script script) {
    while (server.isOpen()) {
      try (SocketChannel connection = server.accept()) {
        requests.add(readRequest(Channels.newInputStream(connection)));
        script.play(Channels.newOutputStream(connection));
      } catch (IOException e) {
        // The client has gone, or the test is over.
      }
    }
  }

  private static String readRequest(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      text.append((char) in.read());
    }
    int at = text.indexOf("Content-Length: ") + "Content-Length: ".length();
    int length = Integer.parseInt(text.substring(at, text.indexOf("\r", at)));
    return text + new String(in.readNBytes(length), UTF_8);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

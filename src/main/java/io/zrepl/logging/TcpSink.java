package io.zrepl.logging;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TlsFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A collector on the network: one line after the other over TCP, encrypted if wanted.
 *
 * <p>The other side says nothing; it is read nonetheless, so that its end of the connection is
 * noticed before the next line is lost in it. What lay in the buffers of the system when a
 * connection broke is lost.
 */
final class TcpSink implements LineSink {
  private final OutletSettings.Tcp settings;
  private final Duration limit;
  private volatile @Nullable Socket connection;
  // of the writing thread
  private @Nullable OutputStream out;

  /** The retry interval is the limit for connecting, too, and for each line. */
  TcpSink(OutletSettings.Tcp settings) {
    this.settings = settings;
    this.limit = settings.retryInterval();
  }

  @Override
  public void open() throws IOException {
    int port;
    try {
      port = Integer.parseInt(settings.address().port());
    } catch (NumberFormatException e) {
      throw new IOException("the port of " + settings.address() + " must be a number", e);
    }
    Socket socket = new Socket();
    connection = socket;
    InetAddress host = address();
    socket.connect(new InetSocketAddress(host, port), (int) Math.max(1, limit.toMillis()));
    socket.setKeepAlive(true);
    Socket top = socket;
    if (settings.tls().isPresent()) {
      Socket plain = socket;
      top = withinLimit("the TLS handshake", () -> encrypted(plain, settings.tls().get(), port));
    }
    out = top.getOutputStream();
    drain(top.getInputStream(), socket);
  }

  private InetAddress address() throws IOException {
    String host = settings.address().host().isEmpty() ? "localhost" : settings.address().host();
    Optional<Boolean> six =
        switch (settings.network()) {
          case "tcp" -> Optional.empty();
          case "tcp4" -> Optional.of(false);
          case "tcp6" -> Optional.of(true);
          default ->
              throw new IOException(
                  "net: \"" + settings.network() + "\" is not possible; tcp, tcp4 and tcp6 are");
        };
    for (InetAddress each : InetAddress.getAllByName(host)) {
      if (six.isEmpty() || six.get() == each instanceof Inet6Address) {
        return each;
      }
    }
    throw new IOException(host + " has no address for " + settings.network());
  }

  private Socket encrypted(Socket plain, TlsFiles files, int port) throws IOException {
    try {
      SSLSocket socket =
          (SSLSocket)
              LogTls.context(files)
                  .getSocketFactory()
                  .createSocket(plain, settings.address().host(), port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (InvalidValueException e) {
      throw new IOException("the certificates cannot be used: " + e.getMessage(), e);
    }
  }

  private static void drain(InputStream in, Socket socket) {
    Thread.ofVirtual()
        .name("log connection")
        .start(() -> {
          try (socket) {
            in.transferTo(OutputStream.nullOutputStream());
          } catch (IOException e) {
            // the next line finds out
          }
        });
  }

  @Override
  public void write(LogLevel level, String line) throws IOException {
    OutputStream target = out;
    Socket socket = connection;
    if (target == null || socket == null || socket.isClosed()) {
      throw new IOException("the connection to " + settings.address() + " was ended");
    }
    withinLimit(
        "writing a line",
        () -> {
          target.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          target.flush();
          return target;
        });
  }

  private interface Action<T> {
    T perform() throws IOException;
  }

  /** Closes the connection if an action takes too long, which ends the action. */
  private <T> T withinLimit(String what, Action<T> action) throws IOException {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    CompletableFuture<@Nullable Void> alarm =
        done.completeOnTimeout(null, limit.toNanos(), TimeUnit.NANOSECONDS);
    boolean[] finished = {false};
    CompletableFuture<Void> _ =
        alarm.thenRun(() -> {
          synchronized (finished) {
            if (!finished[0]) {
              close();
            }
          }
        });
    try {
      return action.perform();
    } catch (IOException e) {
      throw done.isDone() ? new IOException("%s took longer than %s".formatted(what, limit), e) : e;
    } finally {
      synchronized (finished) {
        finished[0] = true;
      }
      done.complete(null);
    }
  }

  /** Closes the socket below TLS: that does not wait for a writer that hangs. */
  @Override
  public void close() {
    Socket socket = connection;
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // it is of no more use
      }
    }
  }
}

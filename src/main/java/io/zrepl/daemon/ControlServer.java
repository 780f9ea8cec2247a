package io.zrepl.daemon;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.zrepl.base.InvalidValueException;
import io.zrepl.control.ControlJson;
import io.zrepl.control.ControlProtocol;
import io.zrepl.control.SignalAnswer;
import io.zrepl.control.SignalRequest;
import io.zrepl.monitoring.Metrics;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * HTTP over the control socket: {@code /version}, {@code /status}, {@code /metrics}, {@code
 * /signal}; any method is accepted. Requests run on virtual threads of the server.
 */
final class ControlServer implements AutoCloseable {
  private static final int LARGEST_REQUEST = 64 * 1024;

  private final ControlSocketFile socket;
  private final ControlRequests requests;
  private final WebServer server;

  private ControlServer(ControlSocketFile socket, ControlRequests requests) {
    this.socket = socket;
    this.requests = requests;
    this.server =
        WebServer.builder()
            .bindAddress(UnixDomainSocketAddress.of(socket.path()))
            .shutdownHook(false)
            .shutdownGracePeriod(Duration.ofMillis(500))
            .maxPayloadSize(LARGEST_REQUEST)
            .routing(this::route)
            .build();
  }

  /**
   * Serves until closed.
   *
   * @param socket claimed; closed with the server
   * @throws DaemonStartException if the socket cannot be bound
   */
  static ControlServer start(ControlSocketFile socket, ControlRequests requests)
      throws DaemonStartException {
    ControlServer server = new ControlServer(socket, requests);
    try {
      server.server.start();
      socket.restrictAccess();
      return server;
    } catch (IOException | UncheckedIOException e) {
      DaemonStartException failure = cannotListen(socket, e);
      try {
        server.close();
      } catch (IOException suppressed) {
        failure.addSuppressed(suppressed);
      }
      throw failure;
    }
  }

  private static DaemonStartException cannotListen(ControlSocketFile socket, Exception e) {
    return new DaemonStartException(
        "cannot listen on the control socket %s: %s%n  global.control.sockpath chooses another place"
            .formatted(socket.path(), e.getMessage()),
        e);
  }

  /** Where it serves. */
  Path path() {
    return socket.path();
  }

  private void route(HttpRouting.Builder routing) {
    routing
        .any(
            ControlProtocol.VERSION_PATH,
            (request, response) -> sendJson(response, requests.version()))
        .any(ControlProtocol.STATUS_PATH, (request, response) -> sendStatus(response))
        .any(ControlProtocol.METRICS_PATH, (request, response) -> sendMetrics(response))
        .any(ControlProtocol.SIGNAL_PATH, this::signal);
  }

  private void signal(ServerRequest request, ServerResponse response) {
    byte[] body = request.content().hasEntity() ? request.content().as(byte[].class) : new byte[0];
    SignalRequest signal;
    try {
      signal = ControlJson.readSignal(new ByteArrayInputStream(body));
    } catch (InvalidValueException e) {
      sendText(response, Status.BAD_REQUEST_400, String.valueOf(e.getMessage()));
      return;
    }
    try {
      String told = "";
      if (signal.job().isEmpty()) {
        told = requests.command(signal.operation());
      } else {
        requests.signal(signal.job(), signal.operation());
      }
      sendJson(
          response, ControlJson.toJson(new SignalAnswer(told)).getBytes(StandardCharsets.UTF_8));
    } catch (ControlRequests.RefusedException e) {
      sendText(response, Status.INTERNAL_SERVER_ERROR_500, String.valueOf(e.getMessage()));
    }
  }

  /** Written as it is made: for thousands of filesystems it is too long to be held as a whole. */
  private void sendStatus(ServerResponse response) throws IOException {
    response.header(HeaderNames.CONTENT_TYPE, ControlProtocol.JSON_TYPE);
    try (OutputStream out = new BufferedOutputStream(response.outputStream(), 32 * 1024)) {
      ControlJson.write(requests.status(), out);
    }
  }

  private void sendMetrics(ServerResponse response) throws IOException {
    response.header(HeaderNames.CONTENT_TYPE, Metrics.CONTENT_TYPE);
    try (OutputStream out = response.outputStream()) {
      requests.writeMetrics(out);
    }
  }

  private static void sendJson(ServerResponse response, byte[] json) {
    response.header(HeaderNames.CONTENT_TYPE, ControlProtocol.JSON_TYPE).send(json);
  }

  private static void sendText(ServerResponse response, Status status, String text) {
    response
        .status(status)
        .header(HeaderNames.CONTENT_TYPE, ControlProtocol.TEXT_TYPE)
        .send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Stops serving and removes the socket. */
  @Override
  public void close() throws IOException {
    try (socket) {
      server.stop();
    }
  }
}

package io.zrepl.daemon;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * HTTP over the control socket: {@code /version}, {@code /status}, {@code /signal}; any method is
 * accepted. Requests run on virtual threads of the server.
 */
final class ControlServer implements AutoCloseable {
  private static final int LARGEST_REQUEST = 64 * 1024;

  private final ControlSocketFile socket;
  private final ControlRequests requests;
  private final WebServer server;
  private final JsonMapper mapper = new JsonMapper();

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
      server.server.stop();
      throw new DaemonStartException(
          "cannot listen on the control socket %s: %s%n  global.control.sockpath chooses another place"
              .formatted(socket.path(), e.getMessage()),
          e);
    }
  }

  private void route(HttpRouting.Builder routing) {
    routing
        .any("/version", (request, response) -> sendJson(response, requests.version()))
        .any("/status", (request, response) -> sendJson(response, requests.status()))
        .any("/signal", this::signal);
  }

  private void signal(ServerRequest request, ServerResponse response) {
    byte[] body = request.content().as(byte[].class);
    String job;
    String operation;
    try {
      JsonNode message = mapper.readTree(body);
      job = field(message, "Name");
      operation = field(message, "Op");
    } catch (JacksonException e) {
      sendText(
          response, Status.BAD_REQUEST_400, "the request is not JSON: " + e.getOriginalMessage());
      return;
    }
    try {
      requests.signal(job, operation);
      sendJson(response, "{}\n".getBytes(StandardCharsets.UTF_8));
    } catch (ControlRequests.RefusedException e) {
      sendText(response, Status.INTERNAL_SERVER_ERROR_500, String.valueOf(e.getMessage()));
    }
  }

  /** A text field, its name in any case; empty if missing. */
  private static String field(JsonNode object, String name) {
    for (var property : object.properties()) {
      if (property.getKey().equalsIgnoreCase(name)) {
        return property.getValue().asString("");
      }
    }
    return "";
  }

  private static void sendJson(ServerResponse response, byte[] json) {
    response.header(HeaderNames.CONTENT_TYPE, "application/json").send(json);
  }

  private static void sendText(ServerResponse response, Status status, String text) {
    response
        .status(status)
        .header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
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

package io.zrepl.daemon;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.zrepl.control.ControlProtocol;
import io.zrepl.monitoring.Metrics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Answers requests for the metrics. With thousands of filesystems their text is tens of megabytes
 * long, so it is kept compressed, to about a thirtieth, and is the same for all who ask within
 * {@link #FRESH} (longer if making it takes long): neither many clients nor slow ones cost much
 * memory or time. Any thread may call.
 */
final class MetricsPage implements HttpHandler {
  /** How long a text is used again, in nanoseconds. */
  static final long FRESH = 1_000_000_000L;

  /** Of the time of one processor, making texts takes at most one part of so many. */
  private static final int SHARE = 5;

  private static final int BUFFER = 64 * 1024;
  private static final int PIECE = 8 * 1024;

  /** Writes the metrics. */
  @FunctionalInterface
  interface Source {
    void write(OutputStream target) throws IOException;
  }

  private final Source source;
  private final LongSupplier nanoseconds;
  // guarded by this
  private byte[] compressed = new byte[0];
  private long staleAt;

  /**
   * Of a source.
   *
   * @param nanoseconds a clock like {@link System#nanoTime}
   */
  MetricsPage(Source source, LongSupplier nanoseconds) {
    this.source = source;
    this.nanoseconds = nanoseconds;
  }

  /** The text of now or of a moment ago, compressed by gzip. Callers must not change it. */
  synchronized byte[] compressed() throws IOException {
    long begun = nanoseconds.getAsLong();
    if (compressed.length == 0 || begun - staleAt >= 0) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(BUFFER);
      try (OutputStream target = new Quick(bytes)) {
        source.write(target);
      }
      compressed = bytes.toByteArray();
      long ended = nanoseconds.getAsLong();
      staleAt = ended + Math.max(FRESH, (ended - begun) * SHARE);
    }
    return compressed;
  }

  /** Metrics repeat themselves so much that the quickest compression does. */
  private static final class Quick extends GZIPOutputStream {
    Quick(OutputStream target) throws IOException {
      super(target, BUFFER);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!exchange.getRequestURI().getPath().equals(ControlProtocol.METRICS_PATH)) {
        refuse(exchange, 404, "there is only " + ControlProtocol.METRICS_PATH);
      } else if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        refuse(exchange, 405, ControlProtocol.METRICS_PATH + " can only be read");
      } else {
        send(exchange, method.equals("HEAD"));
      }
    }
  }

  private void send(HttpExchange exchange, boolean onlyHeaders) throws IOException {
    boolean zipped = acceptsGzip(exchange.getRequestHeaders());
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", Metrics.CONTENT_TYPE);
    headers.set("Vary", "Accept-Encoding");
    if (zipped) {
      headers.set("Content-Encoding", "gzip");
    }
    if (onlyHeaders) {
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    byte[] text = compressed();
    exchange.sendResponseHeaders(200, zipped ? text.length : 0);
    InputStream whole = new ByteArrayInputStream(text);
    try (OutputStream target = exchange.getResponseBody();
        InputStream body = zipped ? whole : new GZIPInputStream(whole, PIECE)) {
      // In pieces, since the server keeps a copy of what is written at once.
      byte[] buffer = new byte[PIECE];
      for (int count = body.read(buffer); count > 0; count = body.read(buffer)) {
        target.write(buffer, 0, count);
      }
    }
  }

  /** RFC 9110, section 12.5.3; a wildcard does not count, since no client needs it to. */
  private static boolean acceptsGzip(Headers request) {
    List<String> fields = request.getOrDefault("Accept-Encoding", List.of());
    for (String coding : String.join(",", fields).toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = coding.strip().split("\\s*;\\s*", -1);
      if (parts[0].equals("gzip")) {
        return parts.length == 1 || !parts[1].matches("q=0(\\.0*)?");
      }
    }
    return false;
  }

  private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
    byte[] text = (why + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    boolean headersOnly = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, headersOnly ? -1 : text.length);
    if (!headersOnly) {
      exchange.getResponseBody().write(text);
    }
  }
}

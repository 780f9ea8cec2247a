package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.control.DaemonStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ControlServerTest {
  @TempDir Path folder;
  private final List<String> signals = new ArrayList<>();
  private ControlServer server;
  private Path socket;

  private final ControlRequests requests =
      new ControlRequests() {
        @Override
        public byte[] version() {
          return "{\"Version\":\"x\"}\n".getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public DaemonStatus status() {
          return new DaemonStatus(new TreeMap<>(), DaemonStatus.Global.EMPTY);
        }

        @Override
        public void writeMetrics(OutputStream target) throws IOException {
          target.write("a_metric 1\n".getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void signal(String job, String operation) throws RefusedException {
          if (job.equals("unknown")) {
            throw new RefusedException("Job unknown does not exist");
          }
          signals.add(operation + " " + job);
        }
      };

  @BeforeEach
  void start() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    socket = folder.resolve("control");
    server = ControlServer.start(ControlSocketFile.claim(socket), requests);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    assertThat(socket).doesNotExist();
  }

  /** Sends one request and reads one answer, as long as its header says. */
  private String request(String method, String path, String body) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      String text =
          "%s %s HTTP/1.1\r\nHost: unix\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(method, path, body.length(), body);
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      StringBuilder answer = new StringBuilder();
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      while (!isComplete(answer.toString())) {
        assertThat(channel.read(buffer)).as("bytes after: " + answer).isPositive();
        answer.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
        buffer.clear();
      }
      return answer.toString();
    }
  }

  private static boolean isComplete(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(answer);
    if (answer.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")) {
      return answer.endsWith("\r\n0\r\n\r\n");
    }
    return end >= 0
        && length.find()
        && answer.length() - end - 4 >= Integer.parseInt(length.group(1));
  }

  @Test
  void answersVersionAndStatusToAnyMethod() throws IOException {
    assertThat(request("POST", "/version", ""))
        .startsWith("HTTP/1.1 200")
        .endsWith("{\"Version\":\"x\"}\n");
    assertThat(request("GET", "/status", "")).contains("{\"Jobs\":{},\"Global\":{");
  }

  @Test
  void answersMetricsInTheFormatOfPrometheus() throws IOException {
    assertThat(request("GET", "/metrics", ""))
        .startsWith("HTTP/1.1 200")
        .contains("text/plain; version=0.0.4")
        .contains("a_metric 1\n");
  }

  @Test
  void passesSignalsOn() throws IOException {
    assertThat(request("POST", "/signal", "{\"Name\":\"a b\",\"Op\":\"wakeup\"}"))
        .startsWith("HTTP/1.1 200")
        .endsWith("{}\n");
    assertThat(request("POST", "/signal", "{\"name\":\"c\",\"OP\":\"reset\",\"more\":1}"))
        .startsWith("HTTP/1.1 200");
    assertThat(signals).containsExactly("wakeup a b", "reset c");
  }

  @Test
  void passesTheReasonOfARefusalToTheClient() throws IOException {
    assertThat(request("POST", "/signal", "{\"Name\":\"unknown\",\"Op\":\"wakeup\"}"))
        .startsWith("HTTP/1.1 500")
        .endsWith("Job unknown does not exist");
  }

  @Test
  void refusesWhatIsNotJson() throws IOException {
    assertThat(request("POST", "/signal", "{nonsense")).startsWith("HTTP/1.1 400");
    assertThat(signals).isEmpty();
  }

  @Test
  void refusesAnEmptyRequest() throws IOException {
    assertThat(request("POST", "/signal", "")).startsWith("HTTP/1.1 400");
  }

  @Test
  void unknownPathIsNotFound() throws IOException {
    assertThat(request("POST", "/nothing", "")).startsWith("HTTP/1.1 404");
  }

  @Test
  void othersCannotConnect() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-rw----");
  }
}

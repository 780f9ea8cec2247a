package io.zrepl.control;

import io.zrepl.base.InvalidValueException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import tools.jackson.core.JacksonException;

/**
 * Asks the daemon through its control socket. Each call makes a connection of its own; any thread
 * may call. Interrupting the caller ends the call.
 */
public final class ControlClient {
  /** How long a call waits for the daemon to take the connection, or to say the next byte. */
  public static final Duration TIME_LIMIT = Duration.ofSeconds(10);

  private static final int LONGEST_SMALL_ANSWER = 64 * 1024;

  private final Path socket;
  private final Duration timeLimit;

  /**
   * Makes a client; nothing is connected yet.
   *
   * @param socket path of the control socket
   */
  public ControlClient(Path socket) {
    this(socket, TIME_LIMIT);
  }

  ControlClient(Path socket, Duration timeLimit) {
    this.socket = socket;
    this.timeLimit = timeLimit;
  }

  /** Handles the body of a successful answer. */
  @FunctionalInterface
  private interface Answer<T> {
    T read(InputStream body) throws IOException, InvalidValueException;
  }

  /** The version of the daemon. */
  public VersionInformation version() throws ControlException, InterruptedException {
    return post(ControlProtocol.VERSION_PATH, "", body -> ControlJson.readVersion(bounded(body)));
  }

  /** The status of the daemon. */
  public DaemonStatus status() throws ControlException, InterruptedException {
    return post(ControlProtocol.STATUS_PATH, "", ControlJson::readStatus);
  }

  /**
   * Copies the JSON of the status as it comes, without the newline at its end and without looking
   * at it. Does not close the target.
   *
   * @throws ControlException if the daemon cannot be asked, or the target cannot be written; part
   *     of the JSON may have been written already
   */
  public void copyStatus(OutputStream target) throws ControlException, InterruptedException {
    post(
        ControlProtocol.STATUS_PATH,
        "",
        body -> {
          copyWithoutLastNewline(body, target);
          return true;
        });
  }

  /**
   * Sends a signal to a job.
   *
   * @param job name of the job
   * @param operation for example {@link SignalRequest#WAKEUP}
   * @throws ControlException if the daemon cannot be asked, or refuses: then with its own text
   */
  public void signal(String job, String operation) throws ControlException, InterruptedException {
    post(
        ControlProtocol.SIGNAL_PATH,
        ControlJson.toJson(new SignalRequest(job, operation)),
        body -> body.transferTo(OutputStream.nullOutputStream()));
  }

  /**
   * Tells the daemon as a whole to do something.
   *
   * @param operation for example {@link SignalRequest#RELOAD}
   * @return what the daemon tells of it, or empty text
   * @throws ControlException if the daemon cannot be asked, or refuses: then with its own text
   */
  public String command(String operation) throws ControlException, InterruptedException {
    return post(
            ControlProtocol.SIGNAL_PATH,
            ControlJson.toJson(new SignalRequest("", operation)),
            body -> ControlJson.readSignalAnswer(bounded(body)))
        .message();
  }

  private <T> T post(String path, String request, Answer<T> answer)
      throws ControlException, InterruptedException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Deadline deadline = new Deadline(channel, timeLimit)) {
      try {
        connect(channel);
        deadline.progress();
        send(channel, path, request);
        HttpResponse response =
            HttpResponse.read(
                new BufferedInputStream(
                    new Watched(Channels.newInputStream(channel), deadline), 64 * 1024));
        if (response.status() != 200) {
          throw refused(path, response);
        }
        return answer.read(response.body());
      } catch (IOException e) {
        throw deadline.expired() ? timedOut(path, e) : explain(path, e);
      } catch (JacksonException e) {
        // Only failures of the connection: malformed JSON is an InvalidValueException.
        IOException cause = e.getCause() instanceof IOException io ? io : new IOException(e);
        throw deadline.expired() ? timedOut(path, cause) : explain(path, cause);
      } catch (InvalidValueException e) {
        throw new ControlException(
            what(path) + " gave an answer that is not that of a zrepl daemon: " + e.getMessage(),
            e);
      }
    } catch (IOException e) {
      throw explain(path, e);
    }
  }

  private static void send(SocketChannel channel, String path, String request) throws IOException {
    byte[] body = request.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: unix\r\nConnection: close\r\nContent-Type: "
            + ControlProtocol.JSON_TYPE
            + "\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    ByteBuffer bytes = ByteBuffer.allocate(head.length() + body.length);
    bytes.put(head.getBytes(StandardCharsets.US_ASCII)).put(body).flip();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Remembers progress with each piece that comes. */
  private static final class Watched extends FilterInputStream {
    private final Deadline deadline;

    Watched(InputStream in, Deadline deadline) {
      super(in);
      this.deadline = deadline;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      deadline.progress();
      return count;
    }
  }

  private static void copyWithoutLastNewline(InputStream body, OutputStream target)
      throws IOException {
    byte[] buffer = new byte[64 * 1024];
    boolean heldBack = false;
    for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
      if (count == 0) {
        continue;
      }
      if (heldBack) {
        target.write('\n');
      }
      heldBack = buffer[count - 1] == '\n';
      target.write(buffer, 0, heldBack ? count - 1 : count);
    }
    target.flush();
  }

  private static InputStream bounded(InputStream body) throws IOException {
    return new java.io.ByteArrayInputStream(body.readNBytes(LONGEST_SMALL_ANSWER));
  }

  private ControlException refused(String path, HttpResponse response) throws IOException {
    String text =
        new String(response.body().readNBytes(LONGEST_SMALL_ANSWER), StandardCharsets.UTF_8)
            .strip();
    if (response.status() == 404 || text.isEmpty()) {
      return new ControlException(
          what(path) + " was refused with HTTP status " + response.status() + appended(text));
    }
    return new ControlException(text);
  }

  private static String appended(String text) {
    return text.isEmpty() ? "" : ": " + text;
  }

  private ControlException timedOut(String path, IOException cause) {
    return new ControlException(
        what(path)
            + " timed out: the daemon did not answer for "
            + timeLimit.toSeconds()
            + " seconds. It may be overloaded or stopped; look at its log",
        cause);
  }

  private ControlException explain(String path, IOException e)
      throws ControlException, InterruptedException {
    if (e instanceof ClosedByInterruptException) {
      // The channel keeps the interrupt; the exception carries it from here.
      Thread.interrupted();
      InterruptedException interrupted = new InterruptedException("interrupted: " + what(path));
      interrupted.initCause(e);
      throw interrupted;
    }
    return new ControlException(what(path) + " failed: " + reason(e), e);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Connects, and translates why that failed: the operating system's own text may be localised. */
  private void connect(SocketChannel channel) throws IOException {
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (ConnectException e) {
      throw new IOException(
          "nobody listens there (connection refused). The daemon has ended without removing its"
              + " socket; start it again",
          e);
    } catch (SocketException e) {
      if (Files.notExists(socket)) {
        throw new IOException(
            "there is no such socket. Is the daemon running, and with the same configuration?", e);
      }
      if (!Files.isWritable(socket)) {
        throw new IOException(
            reason(e) + ". Run this command as the user that runs the daemon, normally root", e);
      }
      throw e;
    }
  }

  private String what(String path) {
    return "asking the daemon for " + path.substring(1) + " at " + socket;
  }
}

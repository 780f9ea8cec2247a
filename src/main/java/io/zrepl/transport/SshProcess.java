package io.zrepl.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A running {@code ssh}, whose standard input and output are the connection.
 *
 * <p>Blocking in a pipe holds the thread that carries a virtual thread, so that two platform
 * threads of the connection do it. Closing ends what waits for them even if a grandchild keeps the
 * pipe open; such a thread ends with the pipe.
 */
final class SshProcess implements Connection {
  private static final int KEPT_ERRORS = 32 * 1024;
  private static final int BUFFER = 64 * 1024;
  private static final long GRACE_SECONDS = 1;

  /** What ssh and its helpers may need to know of us; nothing else is handed on. */
  private static final Set<String> ENVIRONMENT =
      Set.of("HOME", "PATH", "USER", "LOGNAME", "SSH_AUTH_SOCK");

  private final Process process;
  private final String peer;
  private final PlatformTask reading;
  private final PlatformTask writing;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final byte[] readBuffer = new byte[BUFFER];
  private final byte[] writeBuffer = new byte[BUFFER];
  // guarded by itself
  private final StringBuilder errors = new StringBuilder();

  private SshProcess(Process process, String peer) {
    this.process = process;
    this.peer = peer;
    this.reading = new PlatformTask("ssh-read");
    this.writing = new PlatformTask("ssh-write");
  }

  /**
   * Starts it.
   *
   * @throws TransportException if the program cannot be started
   */
  static SshProcess start(List<String> command, String peer) throws TransportException {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(ENVIRONMENT);
    try {
      SshProcess ssh = new SshProcess(builder.start(), peer);
      Thread.ofPlatform().daemon().name("ssh-errors").start(ssh::keepErrors);
      return ssh;
    } catch (IOException e) {
      throw new TransportException(
          false,
          "cannot start %s: %s".formatted(command.getFirst(), e.getMessage()),
          "install an ssh client, or name the program in connect.ssh_command",
          e);
    }
  }

  private void keepErrors() {
    byte[] buffer = new byte[4096];
    try (InputStream stream = process.getErrorStream()) {
      int count;
      while ((count = stream.read(buffer)) >= 0) {
        synchronized (errors) {
          errors.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
          if (errors.length() > KEPT_ERRORS) {
            errors.delete(0, errors.length() - KEPT_ERRORS);
          }
        }
      }
    } catch (IOException e) {
      // the process is gone
    }
  }

  /** How it ended, if it has within a short time, and what it wrote to its standard error. */
  String ending() {
    String status = "it still runs";
    try {
      if (process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        status = "exit status " + process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (errors) {
      // The other side writes it too, and it goes to logs and terminals.
      String text = errors.toString().strip().replaceAll("[\\p{Cntrl}\\p{Cf}&&[^\n\t]]", "?");
      return text.isEmpty() ? status : status + ": " + text;
    }
  }

  @Override
  public String peer() {
    return peer;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    int most = Math.min(readBuffer.length, buffer.remaining());
    int count = reading.run(() -> process.getInputStream().read(readBuffer, 0, most));
    if (count > 0) {
      buffer.put(readBuffer, 0, count);
    }
    return count;
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    int count = Math.min(writeBuffer.length, buffer.remaining());
    buffer.get(writeBuffer, 0, count);
    return writing.run(() -> {
      process.getOutputStream().write(writeBuffer, 0, count);
      process.getOutputStream().flush();
      return count;
    });
  }

  @Override
  public void shutdownOutput() throws IOException {
    writing.run(() -> {
      process.getOutputStream().close();
      return 0;
    });
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    process.destroy();
    reading.end();
    writing.end();
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return peer;
  }
}

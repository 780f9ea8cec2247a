package io.zrepl.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The three messages at the beginning of an ssh connection: 31 bytes each, text and zeros. The
 * server says {@link #HELLO}, the client {@link #BEGIN}; {@code zrepl stdinserver} says {@link
 * #PROXY_ERROR} when it does not reach its daemon.
 */
public enum SshGreeting {
  /** The daemon is there. */
  HELLO("SSHCON_HELO"),
  /** The daemon cannot be reached. */
  PROXY_ERROR("SSHCON_PROXY_ERROR"),
  /** The client goes on. */
  BEGIN("SSHCON_BEGIN");

  /** Length of each message. */
  public static final int LENGTH = 31;

  private final String text;

  SshGreeting(String text) {
    this.text = text;
  }

  /** The message. */
  public ByteBuffer bytes() {
    ByteBuffer result = ByteBuffer.allocate(LENGTH);
    result.put(text.getBytes(StandardCharsets.US_ASCII));
    return result.clear();
  }

  /**
   * Recognises a message.
   *
   * @param bytes of exactly its length
   * @throws IOException if it is none; the text shows what came instead
   */
  static SshGreeting parse(ByteBuffer bytes) throws IOException {
    for (SshGreeting each : values()) {
      if (each.bytes().equals(bytes)) {
        return each;
      }
    }
    String shown =
        StandardCharsets.US_ASCII.decode(bytes.duplicate()).toString().replaceAll("[^ -~]", "?");
    throw new IOException("instead of a greeting came \"%s\"".formatted(shown));
  }

  /** Reads one. */
  static SshGreeting read(Connection connection) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    connection.readFully(bytes);
    return parse(bytes.flip());
  }
}

package io.zrepl.rpc;

import io.zrepl.transport.Connection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a connection is for. The client says so once, by a label of 64 bytes after the banner. */
public enum Plane {
  /** gRPC: all calls but those with a stream. */
  CONTROL("zrepl_control"),
  /** One request with a stream, or a ping. */
  DATA("zrepl_data");

  private static final int LENGTH = 64;

  private final String label;

  Plane(String label) {
    this.label = label;
  }

  /** The label, filled up with zeros. */
  public ByteBuffer encode() {
    ByteBuffer result = ByteBuffer.allocate(LENGTH);
    result.put(label.getBytes(StandardCharsets.US_ASCII));
    return result.clear();
  }

  /**
   * Recognises a label.
   *
   * @throws ProtocolException if it is none
   */
  static Plane parse(ByteBuffer bytes) throws ProtocolException {
    for (Plane plane : values()) {
      if (plane.encode().equals(bytes)) {
        return plane;
      }
    }
    throw new ProtocolException(
        "an unknown kind of connection: \"%s\""
            .formatted(
                StandardCharsets.ISO_8859_1
                    .decode(bytes.duplicate())
                    .toString()
                    .replaceAll("\0+$", "")
                    .replaceAll("[^ -~]", "?")));
  }

  /** Reads the client's. */
  public static Plane read(Connection connection) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    connection.readFully(bytes);
    return parse(bytes.flip());
  }
}

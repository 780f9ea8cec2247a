package io.zrepl.rpc.frame;

import io.zrepl.rpc.ProtocolException;
import java.nio.ByteBuffer;

/**
 * The eight bytes before each payload: type and length, both big-endian.
 *
 * @param type what the frame carries
 * @param length of the payload, 0 to {@link #LARGEST_PAYLOAD}
 */
public record FrameHeader(FrameType type, int length) {
  /** Number of bytes. */
  public static final int BYTES = 8;

  /** What we send at most, as Go does. */
  public static final int CHUNK = 512 * 1024;

  /** What we accept: nobody sends more than a chunk, but the protocol has no limit. */
  static final int LARGEST_PAYLOAD = 4 << 20;

  /**
   * Parses a header.
   *
   * @throws ProtocolException if there is no such type, or the length is not possible
   */
  static FrameHeader parse(ByteBuffer bytes) throws ProtocolException {
    int number = bytes.getInt(bytes.position());
    long length = Integer.toUnsignedLong(bytes.getInt(bytes.position() + 4));
    FrameType type =
        FrameType.of(number)
            .orElseThrow(() ->
                new ProtocolException("a frame of the unknown type 0x%08x".formatted(number)));
    if (length > (type.isEmpty() ? 0 : LARGEST_PAYLOAD)) {
      throw new ProtocolException(
          "a frame of type %s with %d bytes of payload".formatted(type, length));
    }
    return new FrameHeader(type, (int) length);
  }

  /** Writes it at a place of a buffer; its position stays. */
  void put(ByteBuffer buffer, int at) {
    buffer.putInt(at, type.number()).putInt(at + 4, length);
  }
}

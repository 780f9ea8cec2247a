package io.zrepl.rpc.frame;

import io.zrepl.rpc.ProtocolException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a data connection carries: eight bytes with type and length, both big-endian, and then the
 * payload, which is not held here.
 */
public sealed interface Frame {
  /** Number of bytes before the payload. */
  int HEADER_BYTES = 8;

  /** What we send at most in one frame, as Go does. */
  int CHUNK = 512 * 1024;

  /** What we accept: nobody sends more than a chunk, but the protocol has no limit. */
  int LARGEST_PAYLOAD = 4 << 20;

  /** A frame that belongs to a message or stream. */
  sealed interface OfMessage extends Frame {}

  /**
   * A part of a message or stream.
   *
   * @param content of what
   * @param length of the payload, 0 to {@link #LARGEST_PAYLOAD}
   */
  record Part(Content content, int length) implements OfMessage {}

  /** The end of a message or stream. */
  record End() implements OfMessage {}

  /** A sign of life. */
  record Heartbeat() implements Frame {}

  /**
   * A sign of life of a side that got on with the work of the request since the one before,
   * although no bytes show that: a {@code zfs receive} may compute for long without reading. Sent
   * only to whoever has announced that it understands this.
   */
  record Progress() implements Frame {}

  /** Whoever sends it closes the connection. */
  record Shutdown() implements Frame {}

  /** What parts are parts of. */
  enum Content {
    /** Name of the request. */
    REQUEST_HEADER(1),
    /** Its parameters. */
    REQUEST(2),
    /** Whether it succeeded. */
    RESPONSE_HEADER(3),
    /** Its result. */
    RESPONSE(4),
    /** A ZFS stream. */
    ZFS_STREAM(5),
    /** Why a stream broke; the end follows. */
    SOURCE_ERROR(0x0001_0000);

    private final int number;

    Content(int number) {
      this.number = number;
    }
  }

  /** For messages. */
  default String type() {
    return switch (this) {
      case Part part -> part.content.name();
      case End _ -> "END";
      case Heartbeat _ -> "HEARTBEAT";
      case Progress _ -> "PROGRESS";
      case Shutdown _ -> "SHUTDOWN";
    };
  }

  /** How many bytes follow. */
  default int length() {
    return switch (this) {
      case Part part -> part.length;
      case End _, Heartbeat _, Progress _, Shutdown _ -> 0;
    };
  }

  /** On the wire; compared as a whole. */
  private int number() {
    return switch (this) {
      case Part part -> part.content.number;
      case End _ -> 0x0002_0000;
      case Heartbeat _ -> 0x0100_0000;
      case Progress _ -> 0x0200_0000;
      case Shutdown _ -> 0x1000_0000;
    };
  }

  /** Writes what comes before the payload at a place of a buffer, whose position stays. */
  default void put(ByteBuffer buffer, int at) {
    buffer.putInt(at, number()).putInt(at + 4, length());
  }

  /** Those without payload, as bytes. */
  default ByteBuffer bytes() {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES);
    put(bytes, 0);
    return bytes;
  }

  /**
   * Parses what comes before the payload.
   *
   * @throws ProtocolException if there is no such type, or the length is not possible
   */
  static Frame parse(ByteBuffer bytes) throws ProtocolException {
    int number = bytes.getInt(bytes.position());
    long length = Integer.toUnsignedLong(bytes.getInt(bytes.position() + 4));
    for (Content content : Content.values()) {
      if (content.number == number) {
        requireAtMost(LARGEST_PAYLOAD, length, content.name());
        return new Part(content, (int) length);
      }
    }
    for (Frame empty : List.of(new End(), new Heartbeat(), new Progress(), new Shutdown())) {
      if (empty.number() == number) {
        requireAtMost(0, length, empty.type());
        return empty;
      }
    }
    throw new ProtocolException("a frame of the unknown type 0x%08x".formatted(number));
  }

  private static void requireAtMost(int limit, long length, String type) throws ProtocolException {
    if (length > limit) {
      throw new ProtocolException(
          "a frame of type %s with %d bytes of payload".formatted(type, length));
    }
  }
}

package io.zrepl.zfs;

import io.zrepl.model.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * The beginning of a stream of {@link FakeZfs}: what the snapshot is. After it come {@code size -
 * offset} bytes of payload.
 *
 * @param toName full name of the snapshot on the sender
 * @param toGuid its guid
 * @param creation its time of creation
 * @param fromGuid guid of the base, empty for a full stream
 * @param raw whether it is sent raw
 * @param encrypted whether the stream is encrypted
 * @param size payload of the whole stream, in bytes
 * @param offset where a resumed stream continues; 0 otherwise
 * @param resumed whether it continues an interrupted receive
 * @param properties whether it brings properties, so that it is wrapped
 */
record FakeStreamHeader(
    String toName,
    Guid toGuid,
    Instant creation,
    Optional<Guid> fromGuid,
    boolean raw,
    boolean encrypted,
    long size,
    long offset,
    boolean resumed,
    boolean properties) {
  /**
   * Every header has this length, so that a receiver knows when it has it. Its last 312 bytes are a
   * record of the payload.
   */
  static final int LENGTH = 1024;

  /** The records that a stream with properties has before it. */
  static final int WRAPPING = 2 * 312;

  private static final long MAGIC = 0x5a4653_46414b45L;

  /** After what looks like the first record of a real stream. */
  private static final int OWN_AT = 312;

  private static final long REAL_MAGIC = 0x2F5bacbacL;
  private static final int REAL_GUIDS_AT = 40;
  private static final long REAL_SUBSTREAM = 1;
  private static final long REAL_COMPOUND = 2;
  private static final int REAL_TYPE_END = 5;
  private static final int REAL_PAYLOAD_LENGTH_AT = 4;
  private static final int REAL_TYPE_WRITE = 3;
  private static final int REAL_WRITE_SIZE_AT = 32;
  private static final long REAL_RAW = 1L << 26;

  byte[] encode() {
    ByteBuffer buffer = ByteBuffer.allocate(LENGTH);
    byte[] name = toName.getBytes(StandardCharsets.US_ASCII);
    buffer.order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(REAL_MAGIC);
    buffer.putLong(REAL_SUBSTREAM | (encrypted ? REAL_RAW : 0));
    buffer.position(REAL_GUIDS_AT).putLong(toGuid.value());
    buffer.putLong(fromGuid.map(Guid::value).orElse(0L));
    buffer.order(ByteOrder.BIG_ENDIAN).position(OWN_AT);
    buffer.putLong(MAGIC).putLong(toGuid.value()).putLong(creation.getEpochSecond());
    buffer.put(flag(fromGuid.isPresent())).putLong(fromGuid.map(Guid::value).orElse(0L));
    buffer.put(flag(raw)).put(flag(encrypted)).put(flag(resumed));
    buffer.putLong(size).putLong(offset);
    buffer.putInt(name.length).put(name);
    writeRecordAtEnd(buffer);
    if (!properties) {
      return buffer.array();
    }
    ByteBuffer wrapped = ByteBuffer.allocate(WRAPPING + LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    wrapped.putLong(0).putLong(REAL_MAGIC).putLong(REAL_COMPOUND);
    wrapped.putInt(WRAPPING / 2, REAL_TYPE_END);
    return wrapped.put(WRAPPING, buffer.array()).array();
  }

  /** So that the payload belongs to a record, as in a real stream. */
  private void writeRecordAtEnd(ByteBuffer buffer) {
    int at = LENGTH - OWN_AT;
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(REAL_PAYLOAD_LENGTH_AT, at - OWN_AT);
    buffer.putInt(at, REAL_TYPE_WRITE).putLong(at + REAL_WRITE_SIZE_AT, size - offset);
  }

  /** Whether the header is longer by {@link #WRAPPING}. */
  static boolean isWrapped(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(16) == REAL_COMPOUND;
  }

  private static byte flag(boolean value) {
    return (byte) (value ? 1 : 0);
  }

  /**
   * Decodes.
   *
   * @return empty if it is no header
   */
  static Optional<FakeStreamHeader> decode(byte[] bytes) {
    boolean wrapped = isWrapped(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).position((wrapped ? WRAPPING : 0) + OWN_AT);
    if (buffer.getLong() != MAGIC) {
      return Optional.empty();
    }
    Guid to = new Guid(buffer.getLong());
    Instant creation = Instant.ofEpochSecond(buffer.getLong());
    boolean hasFrom = buffer.get() == 1;
    Guid from = new Guid(buffer.getLong());
    boolean raw = buffer.get() == 1;
    boolean encrypted = buffer.get() == 1;
    boolean resumed = buffer.get() == 1;
    long size = buffer.getLong();
    long offset = buffer.getLong();
    byte[] name = new byte[buffer.getInt()];
    buffer.get(name);
    return Optional.of(
        new FakeStreamHeader(
            new String(name, StandardCharsets.US_ASCII),
            to,
            creation,
            hasFrom ? Optional.of(from) : Optional.empty(),
            raw,
            encrypted,
            size,
            offset,
            resumed,
            wrapped));
  }
}

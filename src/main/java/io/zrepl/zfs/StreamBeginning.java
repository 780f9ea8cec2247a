package io.zrepl.zfs;

import io.zrepl.model.Guid;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Tells from the first bytes of a ZFS stream whether its data is encrypted. They are what the
 * kernel itself goes by, so that neither a peer nor a race can make it say another thing than what
 * happens.
 *
 * <p>Layout ({@code sys/zfs_ioctl.h} and {@code libzfs_sendrecv.c} of OpenZFS): a stream is a
 * sequence of records of 312 bytes, each with type and payload length (32 bits each), then, in the
 * first one, a magic number, which tells the byte order, and a word with the kind of stream in its
 * lowest two bits and feature flags above. A stream with properties ({@code zfs send -p}) is
 * wrapped: its first record has the properties as payload, an end record follows, then the actual
 * stream.
 */
public final class StreamBeginning {
  /** What is known after some bytes. */
  public enum Kind {
    /** Not enough bytes. */
    INCOMPLETE,
    /** Raw: blocks are encrypted as they are on disk. */
    ENCRYPTED,
    /** The data can be read by whoever sees the stream. */
    PLAIN,
    /** A stream like {@code PLAIN} that brings properties. */
    PLAIN_WITH_PROPERTIES,
    /** Not a stream that this program or {@code zfs} knows. */
    UNKNOWN;

    /** Whether {@code zfs receive} would store what it can read. */
    public boolean isPlain() {
      return this == PLAIN || this == PLAIN_WITH_PROPERTIES;
    }
  }

  /** More than properties ever take; nobody waits longer for an answer. */
  public static final int LONGEST = 4 << 20;

  private static final int RECORD = StreamRecordLayout.RECORD;
  private static final int PAYLOAD_LENGTH_AT = 4;
  private static final int MAGIC_AT = 8;
  private static final int VERSION_AT = 16;
  private static final int TO_GUID_AT = 40;
  private static final int FROM_GUID_AT = 48;
  private static final int NEEDED = 56;
  private static final long MAGIC = 0x2F5bacbacL;
  private static final int KIND_MASK = 3;
  private static final long FEATURE_RAW = 1L << (24 + 2);

  private StreamBeginning() {}

  /**
   * Judges the first bytes of a stream.
   *
   * @param bytes from its position on; not changed. At most {@link #LONGEST} are looked at.
   */
  public static Kind judge(ByteBuffer bytes) {
    ByteBuffer data = bytes.slice();
    if (data.remaining() < NEEDED) {
      return Kind.INCOMPLETE;
    }
    if (!StreamRecordLayout.orderByMagic(data) || data.getInt(0) != StreamRecordLayout.BEGIN) {
      return Kind.UNKNOWN;
    }
    long version = data.getLong(VERSION_AT);
    return switch ((int) version & KIND_MASK) {
      case StreamRecordLayout.KIND_SUBSTREAM -> isRaw(version) ? Kind.ENCRYPTED : Kind.PLAIN;
      case StreamRecordLayout.KIND_COMPOUND -> judgeWrapped(data);
      default -> Kind.UNKNOWN;
    };
  }

  /**
   * What the record says that begins the data of a stream.
   *
   * @param to guid of the snapshot that the stream brings
   * @param from guid of its base; empty for a full stream
   * @param end where the record after it begins
   */
  public record Contents(Guid to, Optional<Guid> from, long end) {
    /** Whether so many bytes of the stream contain the record after it as well. */
    public boolean isFollowedWithin(int bytes) {
      return bytes >= end + RECORD;
    }
  }

  /**
   * Reads what a stream brings.
   *
   * @param bytes from its position on; not changed
   * @return empty if there are not enough of them, or it is not a stream that is known
   */
  public static Optional<Contents> contents(ByteBuffer bytes) {
    Kind kind = judge(bytes);
    if (kind == Kind.INCOMPLETE || kind == Kind.UNKNOWN) {
      return Optional.empty();
    }
    ByteBuffer data = bytes.slice();
    boolean _ = StreamRecordLayout.orderByMagic(data);
    boolean wrapped = (data.getLong(VERSION_AT) & KIND_MASK) == StreamRecordLayout.KIND_COMPOUND;
    int start = wrapped ? (int) (2L * RECORD + payloadLength(data, 0)) : 0;
    if (data.remaining() < start + RECORD) {
      return Optional.empty();
    }
    long from = data.getLong(start + FROM_GUID_AT);
    return Optional.of(
        new Contents(
            new Guid(data.getLong(start + TO_GUID_AT)),
            from == 0 ? Optional.empty() : Optional.of(new Guid(from)),
            (long) start + RECORD + payloadLength(data, start)));
  }

  private static long payloadLength(ByteBuffer data, int record) {
    return Integer.toUnsignedLong(data.getInt(record + PAYLOAD_LENGTH_AT));
  }

  /**
   * Whether a stream of a known kind has no base.
   *
   * @param bytes as for {@link #judge}, which knew them
   */
  public static boolean isFull(ByteBuffer bytes) {
    ByteBuffer data = bytes.slice();
    boolean known = StreamRecordLayout.orderByMagic(data);
    boolean wrapped =
        ((int) data.getLong(VERSION_AT) & KIND_MASK) == StreamRecordLayout.KIND_COMPOUND;
    int begin = wrapped ? 2 * RECORD + data.getInt(PAYLOAD_LENGTH_AT) : 0;
    return known && data.getLong(begin + FROM_GUID_AT) == 0;
  }

  private static boolean isRaw(long version) {
    return (version & FEATURE_RAW) != 0;
  }

  private static Kind judgeWrapped(ByteBuffer data) {
    long endAt = RECORD + payloadLength(data, 0);
    long innerAt = endAt + RECORD;
    if (innerAt + NEEDED > LONGEST) {
      return Kind.UNKNOWN;
    }
    if (data.remaining() < innerAt + NEEDED) {
      return Kind.INCOMPLETE;
    }
    int inner = (int) innerAt;
    boolean known =
        data.getInt((int) endAt) == StreamRecordLayout.END
            && data.getInt(inner) == StreamRecordLayout.BEGIN
            && data.getLong(inner + MAGIC_AT) == MAGIC
            && (data.getLong(inner + VERSION_AT) & KIND_MASK) == StreamRecordLayout.KIND_SUBSTREAM;
    if (!known) {
      return Kind.UNKNOWN;
    }
    return isRaw(data.getLong(inner + VERSION_AT)) ? Kind.ENCRYPTED : Kind.PLAIN_WITH_PROPERTIES;
  }
}

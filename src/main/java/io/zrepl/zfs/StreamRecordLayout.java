package io.zrepl.zfs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where things are in the records of a ZFS stream ({@code dmu_replay_record} in {@code
 * sys/zfs_ioctl.h} of OpenZFS). A record has 312 bytes; some have a payload after it.
 */
final class StreamRecordLayout {
  static final int RECORD = 312;
  static final int TYPE_AT = 0;
  static final int BEGIN = 0;
  static final int END = 5;

  /** {@code SPA_MAXBLOCKSIZE}; no record has a longer payload. */
  static final int LARGEST_BLOCK = 16 << 20;

  static final int KIND_SUBSTREAM = 1;
  static final int KIND_COMPOUND = 2;

  private static final int OBJECT = 1;
  private static final int FREE_OBJECTS = 2;
  private static final int WRITE = 3;
  private static final int FREE = 4;
  private static final int WRITE_BY_REFERENCE = 6;
  private static final int SPILL = 7;
  private static final int WRITE_EMBEDDED = 8;
  private static final int OBJECT_RANGE = 9;
  private static final int REDACT = 10;

  private static final int PAYLOAD_LENGTH_AT = 4;
  private static final int MAGIC_AT = 8;
  private static final long MAGIC = 0x2F5bacbacL;
  private static final int VERSION_AT = 16;
  private static final int KIND_MASK = 3;
  private static final int OBJECT_BONUS_LENGTH_AT = 28;
  private static final int OBJECT_RAW_BONUS_LENGTH_AT = 36;
  private static final int WRITE_LOGICAL_SIZE_AT = 32;
  private static final int WRITE_COMPRESSION_AT = 50;
  private static final int WRITE_COMPRESSED_SIZE_AT = 96;
  private static final int SPILL_LENGTH_AT = 16;
  private static final int SPILL_COMPRESSION_AT = 33;
  private static final int SPILL_COMPRESSED_SIZE_AT = 40;
  private static final int EMBEDDED_SIZE_AT = 52;

  private StreamRecordLayout() {}

  /** Sets the byte order by the magic number of a begin record; whether there is one. */
  static boolean orderByMagic(ByteBuffer begin) {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      if (begin.order(order).getLong(MAGIC_AT) == MAGIC) {
        return true;
      }
    }
    return false;
  }

  static int kind(ByteBuffer begin) {
    return (int) begin.getLong(VERSION_AT) & KIND_MASK;
  }

  static long beginPayload(ByteBuffer begin) {
    return Integer.toUnsignedLong(begin.getInt(PAYLOAD_LENGTH_AT));
  }

  /**
   * Length of the payload of a record between begin and end, as the kernel works it out ({@code
   * DRR_*_PAYLOAD_SIZE}).
   *
   * @return negative if there can be none such
   */
  static long payload(ByteBuffer record) {
    return switch (record.getInt(TYPE_AT)) {
      case OBJECT -> {
        long raw = Integer.toUnsignedLong(record.getInt(OBJECT_RAW_BONUS_LENGTH_AT));
        long bonus = Integer.toUnsignedLong(record.getInt(OBJECT_BONUS_LENGTH_AT));
        yield raw != 0 ? raw : roundedUp(bonus);
      }
      case WRITE ->
          record.getLong(
              record.get(WRITE_COMPRESSION_AT) != 0
                  ? WRITE_COMPRESSED_SIZE_AT
                  : WRITE_LOGICAL_SIZE_AT);
      case SPILL ->
          record.getLong(
              record.get(SPILL_COMPRESSION_AT) != 0 ? SPILL_COMPRESSED_SIZE_AT : SPILL_LENGTH_AT);
      case WRITE_EMBEDDED -> roundedUp(Integer.toUnsignedLong(record.getInt(EMBEDDED_SIZE_AT)));
      case FREE_OBJECTS, FREE, WRITE_BY_REFERENCE, OBJECT_RANGE, REDACT -> 0;
      default -> -1;
    };
  }

  private static long roundedUp(long length) {
    return (length + 7) & ~7L;
  }
}

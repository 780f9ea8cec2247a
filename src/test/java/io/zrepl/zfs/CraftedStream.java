package io.zrepl.zfs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A stream of ZFS that somebody changed, so that ZFS takes it for a good one: its checksums are
 * made anew. Little-endian streams only, as this machine makes them.
 */
public final class CraftedStream {
  private static final int CHECKSUM = 32;
  private static final int CHECKSUM_AT = StreamRecordLayout.RECORD - CHECKSUM;
  private static final int END_CHECKSUM_AT = 8;
  private static final int FLAGS_AT = 36;
  private static final int BASE_AT = 48;
  private static final int NAME_AT = 56;
  private static final int NAME_LENGTH = 256;

  // Those of one index belong together.
  private final List<byte[]> records = new ArrayList<>();
  private final List<byte[]> payloads = new ArrayList<>();

  /** Takes the records of a stream apart. */
  public CraftedStream(byte[] stream) {
    ByteBuffer rest = ByteBuffer.wrap(stream);
    while (rest.remaining() >= StreamRecordLayout.RECORD) {
      byte[] record = new byte[StreamRecordLayout.RECORD];
      rest.get(record);
      byte[] payload = new byte[(int) payloadLength(little(record))];
      rest.get(payload);
      records.add(record);
      payloads.add(payload);
    }
    if (rest.hasRemaining()) {
      throw new IllegalArgumentException("%d bytes too many".formatted(rest.remaining()));
    }
  }

  private static ByteBuffer little(byte[] record) {
    return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int type(byte[] record) {
    return little(record).getInt(StreamRecordLayout.TYPE_AT);
  }

  private static long payloadLength(ByteBuffer record) {
    return switch (record.getInt(StreamRecordLayout.TYPE_AT)) {
      case StreamRecordLayout.BEGIN -> StreamRecordLayout.beginPayload(record);
      case StreamRecordLayout.END -> 0;
      default -> StreamRecordLayout.payload(record);
    };
  }

  private List<byte[]> begins() {
    return records.stream().filter(record -> type(record) == StreamRecordLayout.BEGIN).toList();
  }

  private boolean isWrapped() {
    return StreamRecordLayout.kind(little(records.getFirst())) == StreamRecordLayout.KIND_COMPOUND;
  }

  /** Another base. */
  public CraftedStream withBase(long guid) {
    little(begins().getLast()).putLong(BASE_AT, guid);
    return this;
  }

  /** As if the base were of another filesystem. */
  public CraftedStream asClone() {
    ByteBuffer begin = little(begins().getLast());
    begin.putInt(FLAGS_AT, begin.getInt(FLAGS_AT) | 1);
    return this;
  }

  /** Another name of the snapshot, in the record of the wrapping (0) or of the snapshot (1). */
  public CraftedStream withName(int begin, String name) {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer record = little(begins().get(begin)).position(NAME_AT);
    record.put(text).put(new byte[NAME_LENGTH - text.length]);
    return this;
  }

  /** The snapshot of another wrapped stream, after that of this one. */
  public CraftedStream followedBy(CraftedStream other) {
    int end = other.records.size() - 1;
    records.addAll(records.size() - 1, other.records.subList(2, end));
    payloads.addAll(payloads.size() - 1, other.payloads.subList(2, end));
    return this;
  }

  /** The bytes, with checksums that are right. */
  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Fletcher sum = new Fletcher();
    for (int i = 0; i < records.size(); i++) {
      byte[] record = records.get(i);
      boolean ofWrapping = isWrapped() && (i <= 1 || i == records.size() - 1);
      if (type(record) == StreamRecordLayout.BEGIN) {
        sum = new Fletcher();
        sum.add(record, 0, record.length);
      } else {
        boolean end = type(record) == StreamRecordLayout.END;
        if (end && i < records.size() - (isWrapped() ? 1 : 0)) {
          sum.store(record, END_CHECKSUM_AT);
        }
        sum.add(record, 0, CHECKSUM_AT);
        if (!ofWrapping) {
          sum.store(record, CHECKSUM_AT);
        }
        sum.add(record, CHECKSUM_AT, CHECKSUM);
      }
      out.writeBytes(record);
      sum.add(payloads.get(i), 0, payloads.get(i).length);
      out.writeBytes(payloads.get(i));
    }
    return out.toByteArray();
  }

  /** Fletcher-4 over 32-bit words. */
  private static final class Fletcher {
    private long a;
    private long b;
    private long c;
    private long d;

    void add(byte[] bytes, int from, int length) {
      ByteBuffer words =
          ByteBuffer.wrap(bytes, from, length).slice().order(ByteOrder.LITTLE_ENDIAN);
      while (words.hasRemaining()) {
        a += Integer.toUnsignedLong(words.getInt());
        b += a;
        c += b;
        d += c;
      }
    }

    void store(byte[] record, int at) {
      little(record).putLong(at, a).putLong(at + 8, b).putLong(at + 16, c).putLong(at + 24, d);
    }
  }
}

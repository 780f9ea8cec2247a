package io.zrepl.zfs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A stream of ZFS that somebody changed, so that ZFS takes it for a good one: its checksums are made
 * anew. Little-endian streams only, as this machine makes them.
 */
public final class CraftedStream {
  private static final int CHECKSUM_AT = StreamRecordLayout.RECORD - 32;
  private static final int END_CHECKSUM_AT = 8;

  /** A record with its payload. */
  private record Part(ByteBuffer record, byte[] payload) {}

  private final List<Part> parts = new ArrayList<>();

  /** Takes the records of a stream apart. */
  public CraftedStream(byte[] stream) {
    ByteBuffer rest = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
    while (rest.remaining() >= StreamRecordLayout.RECORD) {
      byte[] record = new byte[StreamRecordLayout.RECORD];
      rest.get(record);
      ByteBuffer part = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
      byte[] payload =
          new byte
              [(int)
                  switch (part.getInt(0)) {
                    case StreamRecordLayout.BEGIN -> StreamRecordLayout.beginPayload(part);
                    case StreamRecordLayout.END -> 0;
                    default -> StreamRecordLayout.payload(part);
                  }];
      rest.get(payload);
      parts.add(new Part(part, payload));
    }
    if (rest.hasRemaining()) {
      throw new IllegalArgumentException("%d bytes too many".formatted(rest.remaining()));
    }
  }

  private List<ByteBuffer> begins() {
    return parts.stream()
        .map(Part::record)
        .filter(record -> record.getInt(0) == StreamRecordLayout.BEGIN)
        .toList();
  }

  /** How many begin records it has: one, or two if it is wrapped. */
  public int snapshots() {
    return begins().size();
  }

  /** Another base; 0 for none. */
  public CraftedStream withBase(long guid) {
    begins().getLast().putLong(48, guid);
    return this;
  }

  /** As if the base were of another filesystem. */
  public CraftedStream asClone() {
    begins().getLast().putInt(36, begins().getLast().getInt(36) | 1);
    return this;
  }

  /** Another name of the snapshot in the record of the wrapping (0) or of the snapshot (1). */
  public CraftedStream withName(int begin, String name) {
    ByteBuffer record = begins().get(begin);
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 256; i++) {
      record.put(56 + i, i < bytes.length ? bytes[i] : 0);
    }
    return this;
  }

  /** The snapshot of another wrapped stream after that of this one. */
  public CraftedStream followedBy(CraftedStream other) {
    parts.addAll(parts.size() - 1, other.parts.subList(2, other.parts.size() - 1));
    return this;
  }

  /** The bytes, with checksums that are right. */
  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Fletcher sum = new Fletcher();
    for (int i = 0; i < parts.size(); i++) {
      ByteBuffer record = parts.get(i).record();
      switch (record.getInt(0)) {
        case StreamRecordLayout.BEGIN -> {
          sum = new Fletcher();
          sum.add(record.array(), 0, StreamRecordLayout.RECORD);
          out.writeBytes(record.array());
          sum.add(parts.get(i).payload(), 0, parts.get(i).payload().length);
          out.writeBytes(parts.get(i).payload());
          continue;
        }
        case StreamRecordLayout.END -> {
          boolean last = i == parts.size() - 1 && snapshots() > 1;
          if (!last) {
            sum.store(record, END_CHECKSUM_AT);
          }
        }
        default -> {}
      }
      sum.add(record.array(), 0, CHECKSUM_AT);
      boolean wrapping = record.getInt(0) == StreamRecordLayout.END && (i == 1 || i == parts.size() - 1) && snapshots() > 1;
      if (!wrapping) {
        sum.store(record, CHECKSUM_AT);
      }
      sum.add(record.array(), CHECKSUM_AT, 32);
      out.writeBytes(record.array());
      sum.add(parts.get(i).payload(), 0, parts.get(i).payload().length);
      out.writeBytes(parts.get(i).payload());
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
      ByteBuffer words = ByteBuffer.wrap(bytes, from, length).slice().order(ByteOrder.LITTLE_ENDIAN);
      while (words.hasRemaining()) {
        a += Integer.toUnsignedLong(words.getInt());
        b += a;
        c += b;
        d += c;
      }
    }

    void store(ByteBuffer record, int at) {
      record.putLong(at, a).putLong(at + 8, b).putLong(at + 16, c).putLong(at + 24, d);
    }
  }
}

package io.zrepl.zfs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Follows a ZFS stream as it passes, to make sure that it brings one snapshot to the filesystem for
 * which it is received, and nothing elsewhere. Used by one thread.
 *
 * <p>{@code zfs receive} does not keep to the filesystem that it is told for every stream ({@code
 * zfs_receive_one} of {@code libzfs_sendrecv.c}): for a clone's stream, and for an incremental one
 * inside a wrapped stream whose name goes on where that of the wrapping ends, it looks through the
 * whole pool for the snapshot with the guid of the base, and makes a clone of it, or receives into
 * the filesystem where it is. So a peer that knows a guid would read or change what is not its own.
 *
 * <table>
 * <caption>What may follow</caption>
 * <tr><th>after</th><th>comes</th><th>which</th></tr>
 * <tr><td>nothing</td><td>a begin record</td><td>not a clone's; of one snapshot: nothing more is
 * looked at. Of a wrapped stream: its payload, then</td></tr>
 * <tr><td>the wrapping's payload</td><td>an end record</td><td></td></tr>
 * <tr><td>that end record</td><td>a begin record</td><td>not a clone's, of the same filesystem and byte order, of one
 * snapshot</td></tr>
 * <tr><td>that begin record</td><td>any records but begin, up to an end record</td><td></td></tr>
 * <tr><td>the end of the snapshot</td><td>an end record</td><td>after which ZFS reads nothing
 * more</td></tr>
 * </table>
 */
public final class StreamRecords {
  private enum Next {
    BEGIN,
    END_OF_WRAPPING,
    BEGIN_OF_SNAPSHOT,
    RECORD_OF_SNAPSHOT,
    LAST_END,
    NOT_LOOKED_AT
  }

  private static final int NAME_AT = 56;
  private static final int FLAGS_AT = 36;
  private static final int FLAG_CLONE = 1;

  private final ByteBuffer record = ByteBuffer.allocate(StreamRecordLayout.RECORD);
  private Next next = Next.BEGIN;
  private long payloadLeft;
  private String filesystem = "";
  private @Nullable String problem;

  /** A stream of which nothing has passed. */
  public StreamRecords() {}

  /**
   * Looks at the next bytes.
   *
   * @param bytes all of it; neither its position nor its contents change
   * @return what is wrong with the stream, for a message; then these bytes must not be passed on,
   *     and the answer stays. Empty as long as nothing is.
   */
  public Optional<String> follow(ByteBuffer bytes) {
    ByteBuffer rest = bytes.slice();
    while (rest.hasRemaining() && problem == null && next != Next.NOT_LOOKED_AT) {
      if (payloadLeft > 0) {
        int skipped = (int) Math.min(payloadLeft, rest.remaining());
        rest.position(rest.position() + skipped);
        payloadLeft -= skipped;
        continue;
      }
      int count = Math.min(record.remaining(), rest.remaining());
      record.put(rest.slice(rest.position(), count));
      rest.position(rest.position() + count);
      if (!record.hasRemaining()) {
        problem = take();
        record.clear();
      }
    }
    return Optional.ofNullable(problem);
  }

  // Lengths that cannot be are refused, since the kernel and libzfs do not agree what to skip then:
  // what one takes for payload may be a record to the other.

  /** Judges a whole record; what is wrong with it, or null. */
  private @Nullable String take() {
    if (next == Next.BEGIN && !StreamRecordLayout.orderByMagic(record)) {
      return "it has a form that is not known here";
    }
    int type = record.getInt(StreamRecordLayout.TYPE_AT);
    return switch (next) {
      case BEGIN -> type == StreamRecordLayout.BEGIN ? begin() : unexpected(type);
      case BEGIN_OF_SNAPSHOT ->
          type == StreamRecordLayout.BEGIN ? beginOfSnapshot() : unexpected(type);
      case END_OF_WRAPPING -> end(type, Next.BEGIN_OF_SNAPSHOT);
      case LAST_END -> end(type, Next.NOT_LOOKED_AT);
      case RECORD_OF_SNAPSHOT ->
          type == StreamRecordLayout.END ? end(type, Next.LAST_END) : content(type);
      case NOT_LOOKED_AT -> null;
    };
  }

  private @Nullable String begin() {
    payloadLeft = StreamRecordLayout.beginPayload(record);
    if (payloadLeft > StreamBeginning.LONGEST) {
      return unexpected(StreamRecordLayout.BEGIN);
    }
    switch (StreamRecordLayout.kind(record)) {
      case StreamRecordLayout.KIND_SUBSTREAM -> next = Next.NOT_LOOKED_AT;
      case StreamRecordLayout.KIND_COMPOUND -> next = Next.END_OF_WRAPPING;
      default -> {
        return "it has a form that is not known here";
      }
    }
    filesystem = filesystemName();
    return refuseClone();
  }

  private @Nullable String beginOfSnapshot() {
    payloadLeft = StreamRecordLayout.beginPayload(record);
    next = Next.RECORD_OF_SNAPSHOT;
    ByteOrder order = record.order();
    if (payloadLeft > StreamBeginning.LONGEST
        || !StreamRecordLayout.orderByMagic(record)
        || record.order() != order
        || StreamRecordLayout.kind(record) != StreamRecordLayout.KIND_SUBSTREAM) {
      return "it has a form that is not known here";
    }
    if (!filesystemName().equals(filesystem)) {
      return "it names two filesystems, as if it were for more than one";
    }
    return refuseClone();
  }

  private @Nullable String refuseClone() {
    return (record.getInt(FLAGS_AT) & FLAG_CLONE) == 0
        ? null
        : "it makes a clone of a snapshot of another filesystem, which may be anybody's";
  }

  private @Nullable String end(int type, Next after) {
    next = after;
    return type == StreamRecordLayout.END ? null : unexpected(type);
  }

  private @Nullable String content(int type) {
    if (type == StreamRecordLayout.BEGIN) {
      return "it brings more than one snapshot";
    }
    long payload = StreamRecordLayout.payload(record);
    if (payload < 0 || payload > StreamRecordLayout.LARGEST_BLOCK) {
      return unexpected(type);
    }
    payloadLeft = payload;
    return null;
  }

  private static String unexpected(int type) {
    return "it has a record of type %d where or as none may be".formatted(type);
  }

  /** As {@code zfs receive} takes it from the name of the snapshot: up to the first {@code @}. */
  private String filesystemName() {
    byte[] bytes = record.array();
    int end = NAME_AT;
    while (end < bytes.length && bytes[end] != 0 && bytes[end] != '@') {
      end++;
    }
    return new String(Arrays.copyOfRange(bytes, NAME_AT, end), StandardCharsets.ISO_8859_1);
  }
}

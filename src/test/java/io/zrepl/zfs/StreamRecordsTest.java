package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What plain ZFS does with such streams is shown on real ZFS, in {@code io.zrepl.platform}. */
class StreamRecordsTest {
  private static final int OBJECT = 1;
  private static final int WRITE = 3;
  private static final int END = 5;
  private static final int SPILL = 7;
  private static final int EMBEDDED = 8;

  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private ByteBuffer record(int type, int payload) {
    ByteBuffer record = ByteBuffer.allocate(312 + payload).order(order);
    // looks like the beginning of another stream to whoever does not know its length
    for (int at = 312; at + 24 <= record.limit(); at += 312) {
      record.putInt(at, 0).putLong(at + 8, 0x2F5bacbacL).putLong(at + 16, 1);
    }
    return record.putInt(0, type);
  }

  private byte[] begin(int kind, int payload, String name, int flags) {
    ByteBuffer record = record(0, payload).putInt(4, payload);
    record.putLong(8, 0x2F5bacbacL).putLong(16, kind).putInt(36, flags);
    record.put(56, name.getBytes(StandardCharsets.US_ASCII));
    byte[] all = new byte[record.limit()];
    record.get(0, all);
    return all;
  }

  private byte[] end() {
    return record(END, 0).array();
  }

  private byte[] write(int bytes) {
    return record(WRITE, bytes).putLong(32, bytes).array();
  }

  private byte[] content() {
    return concat(
        record(OBJECT, 16).putInt(28, 12).array(),
        record(OBJECT, 20).putInt(28, 12).putInt(36, 20).array(),
        record(2, 0).array(),
        write(1312),
        record(WRITE, 700).putLong(32, 4096).putLong(96, 700).put(50, (byte) 15).array(),
        record(4, 0).array(),
        record(6, 0).array(),
        record(SPILL, 512).putLong(16, 512).putLong(40, 99).array(),
        record(SPILL, 99).putLong(16, 512).putLong(40, 99).put(33, (byte) 1).array(),
        record(EMBEDDED, 104).putInt(48, 4096).putInt(52, 99).array(),
        record(9, 0).array(),
        record(10, 0).array());
  }

  private byte[] wrapped(String outer, byte[]... inner) {
    return concat(begin(2, 900, outer, 0), end(), concat(inner), end());
  }

  private byte[] snapshot(String name) {
    return concat(begin(1, 40, name, 4), content(), end());
  }

  /** What is said of it, and how many bytes have passed before. */
  private static Optional<String> follow(byte[] stream, int portion) {
    StreamRecords records = new StreamRecords();
    for (int at = 0; at < stream.length; at += portion) {
      ByteBuffer bytes = ByteBuffer.wrap(stream, at, Math.min(portion, stream.length - at));
      Optional<String> problem = records.follow(bytes);
      assertThat(bytes.position()).as("nothing is taken").isEqualTo(at);
      if (problem.isPresent()) {
        assertThat(records.follow(ByteBuffer.allocate(8))).as("it stays").isEqualTo(problem);
        return problem;
      }
    }
    return Optional.empty();
  }

  @ParameterizedTest
  @CsvSource({
    "LITTLE_ENDIAN, 1",
    "LITTLE_ENDIAN, 311",
    "LITTLE_ENDIAN, 4096",
    "BIG_ENDIAN, 7",
    "BIG_ENDIAN, 1000000"
  })
  void streamOfOneSnapshotPasses(String byteOrder, int portion) {
    order = byteOrder.startsWith("L") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    assertThat(follow(snapshot("a/b@1"), portion)).isEmpty();
    assertThat(follow(wrapped("a/b@1", snapshot("a/b@1")), portion)).isEmpty();
    assertThat(follow(wrapped("a/b@1", begin(1, 0, "a/b@1", 0), end()), portion)).isEmpty();
  }

  @Test
  void streamMayBreakAnywhere() {
    byte[] stream = wrapped("a/b@1", snapshot("a/b@1"));
    for (int length = 0; length < stream.length; length += 13) {
      assertThat(follow(Arrays.copyOf(stream, length), 100)).as("%d bytes", length).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 500, 1000000})
  void streamOfWhichAnythingIsForAnotherFilesystemDoesNotPass(int portion) {
    String names = "it names two filesystems, as if it were for more than one";
    String more = "it has a record of type 0 where or as none may be";
    String clone = "it makes a clone of a snapshot of another filesystem, which may be anybody's";
    String form = "it has a form that is not known here";
    List<byte[]> streams = new ArrayList<>();
    List<String> expected = new ArrayList<>();

    streams.add(begin(1, 0, "a/b@1", 1));
    expected.add(clone);
    streams.add(begin(1, 0, "a/b@1", 5));
    expected.add(clone);
    streams.add(wrapped("a/b@1", begin(1, 0, "a/b@1", 1)));
    expected.add(clone);
    streams.add(wrapped("a/b@1", snapshot("a/b/c@1")));
    expected.add(names);
    streams.add(wrapped("a/b@1", snapshot("a/bc@1")));
    expected.add(names);
    streams.add(wrapped("a/b@1", snapshot("a@1")));
    expected.add(names);
    streams.add(wrapped("a/b", snapshot("")));
    expected.add(names);
    streams.add(wrapped("a/b@1", snapshot("a/b@1"), snapshot("a/b@1")));
    expected.add(more);
    streams.add(wrapped("a/b@1", begin(1, 0, "a/b@1", 0), begin(1, 0, "a/b@1", 0)));
    expected.add("it brings more than one snapshot");
    streams.add(wrapped("a/b@1", wrapped("a/b@1", snapshot("a/b@1"))));
    expected.add(form);
    streams.add(begin(3, 0, "a/b@1", 0));
    expected.add(form);
    streams.add(new byte[400]);
    expected.add(form);
    streams.add(concat(begin(2, 0, "a/b@1", 0), snapshot("a/b@1")));
    expected.add(more);
    streams.add(wrapped("a/b@1", begin(1, 0, "a/b@1", 0), record(11, 0).array()));
    expected.add("it has a record of type 11 where or as none may be");

    for (int i = 0; i < streams.size(); i++) {
      assertThat(follow(streams.get(i), portion)).as("%d", i).contains(expected.get(i));
    }
  }

  /** The kernel and libzfs would skip different numbers of bytes. */
  @Test
  void lengthThatCannotBeDoesNotPass() {
    for (byte[] record :
        new byte[][] {
          record(WRITE, 0).putLong(32, -1).array(),
          record(WRITE, 0).putLong(32, (16 << 20) + 1).array(),
          record(OBJECT, 0).putInt(28, -1).array(),
          record(SPILL, 0).putLong(16, Long.MIN_VALUE).array(),
          record(EMBEDDED, 0).putInt(52, -8).array(),
        }) {
      assertThat(follow(wrapped("a@1", begin(1, 0, "a@1", 0), record), 4096)).isPresent();
    }
    byte[] endless = begin(2, 0, "a@1", 0);
    ByteBuffer.wrap(endless).order(order).putInt(4, -1);
    assertThat(follow(endless, 4096)).isPresent();
  }

  @Test
  void otherByteOrderInsideDoesNotPass() {
    byte[] outer = concat(begin(2, 0, "a@1", 0), end());
    order = ByteOrder.BIG_ENDIAN;
    assertThat(follow(concat(outer, snapshot("a@1")), 4096)).isPresent();
  }

  @Test
  void anyBytesGetAnAnswer() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] good = wrapped("a/b@1", snapshot("a/b@1"));
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = good.clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertThat(follow(bytes, 1 + random.nextInt(2000))).as("seed %d", seed).isNotNull();
    }
  }
}

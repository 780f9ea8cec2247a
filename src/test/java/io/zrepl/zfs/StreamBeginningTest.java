package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.Guid;
import io.zrepl.zfs.StreamBeginning.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That real streams look so is shown on real ZFS, in {@code io.zrepl.platform}. */
class StreamBeginningTest {
  private static final int RECORD = 312;
  private static final long RAW = 1L << 26;
  private static final long OTHERS = 0xffff_ffff_fbff_fffcL;

  private static byte[] record(ByteOrder order, int type, int payload, long version) {
    ByteBuffer record = ByteBuffer.allocate(RECORD + payload).order(order);
    record.putInt(type).putInt(payload);
    if (type == 0) {
      record.putLong(0x2F5bacbacL).putLong(version);
    }
    return record.array();
  }

  private static byte[] wrapped(int payload, long innerVersion) {
    ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    ByteBuffer all = ByteBuffer.allocate(3 * RECORD + payload);
    all.put(record(order, 0, payload, 2)).put(record(order, 5, 0, 0));
    return all.put(record(order, 0, 0, innerVersion)).array();
  }

  private static Kind judge(byte[] bytes) {
    return StreamBeginning.judge(ByteBuffer.wrap(bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void flagOfTheFirstRecordDecides(String name) {
    ByteOrder order = name.startsWith("L") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    assertThat(judge(record(order, 0, 0, 1))).isEqualTo(Kind.PLAIN);
    assertThat(judge(record(order, 0, 0, 1 | OTHERS))).isEqualTo(Kind.PLAIN);
    assertThat(judge(record(order, 0, 0, 1 | RAW))).isEqualTo(Kind.ENCRYPTED);
    assertThat(judge(record(order, 0, 0, 1 | RAW | OTHERS))).isEqualTo(Kind.ENCRYPTED);
    assertThat(judge(record(order, 0, 4096, 1 | RAW))).isEqualTo(Kind.ENCRYPTED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 1000, 1 << 20})
  void streamInsideOfOneWithPropertiesDecides(int payload) {
    assertThat(judge(wrapped(payload, 1))).isEqualTo(Kind.PLAIN_WITH_PROPERTIES);
    assertThat(judge(wrapped(payload, 1 | RAW))).isEqualTo(Kind.ENCRYPTED);
  }

  @Test
  void outerFlagOfAWrappedStreamMeansNothing() {
    byte[] stream = wrapped(8, 1);
    ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN).putLong(16, 2 | RAW);
    assertThat(judge(stream)).isEqualTo(Kind.PLAIN_WITH_PROPERTIES);
  }

  @Test
  void everyShorterPartIsIncomplete() {
    byte[] plain = record(ByteOrder.LITTLE_ENDIAN, 0, 0, 1);
    for (int length = 0; length < 24; length++) {
      assertThat(judge(Arrays.copyOf(plain, length))).isEqualTo(Kind.INCOMPLETE);
    }
    byte[] wrapped = wrapped(100, 1);
    for (int length = 0; length < 2 * RECORD + 100 + 24; length++) {
      assertThat(judge(Arrays.copyOf(wrapped, length))).isEqualTo(Kind.INCOMPLETE);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 3", "0, 0", "1, 1", "5, 1"})
  void otherRecordsAreUnknown(int type, long version) {
    byte[] record = record(ByteOrder.LITTLE_ENDIAN, 0, 0, version);
    ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).putInt(0, type);
    assertThat(judge(record)).isEqualTo(Kind.UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, StreamBeginning.LONGEST})
  void propertiesOfAbsurdSizeAreUnknownAtOnce(int payload) {
    byte[] stream = wrapped(8, 1);
    ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN).putInt(4, payload);
    assertThat(judge(stream)).isEqualTo(Kind.UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void firstRecordTellsGuidsAndWhereItEnds(String name) {
    ByteOrder order = name.startsWith("L") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    byte[] full = record(order, 0, 100, 1);
    ByteBuffer.wrap(full).order(order).putLong(40, -7);
    assertThat(StreamBeginning.contents(ByteBuffer.wrap(full)))
        .contains(new StreamBeginning.Contents(new Guid(-7), Optional.empty(), RECORD + 100));
    ByteBuffer.wrap(full).order(order).putLong(48, 9);
    assertThat(StreamBeginning.contents(ByteBuffer.wrap(full)))
        .contains(
            new StreamBeginning.Contents(new Guid(-7), Optional.of(new Guid(9)), RECORD + 100));
    for (int length = 0; length < RECORD; length++) {
      assertThat(StreamBeginning.contents(ByteBuffer.wrap(full, 0, length))).isEmpty();
    }
  }

  @Test
  void garbageIsNeverTakenForEncrypted() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] stream = wrapped(8, 1);
      for (int flips = random.nextInt(8); flips > 0; flips--) {
        int at = random.nextInt(stream.length);
        // not the flag itself
        if (at != 2 * RECORD + 8 + 19 && at != 16) {
          stream[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
      assertThat(judge(stream)).as("seed %d", seed).isNotEqualTo(Kind.ENCRYPTED);
    }
  }
}

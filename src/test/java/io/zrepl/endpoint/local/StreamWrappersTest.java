package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.base.BandwidthLimiter;
import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
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

/** Streams that are looked at, and streams that are slowed down. */
class StreamWrappersTest {
  private static final long RAW = 1L << 26;
  private static final int LENGTH = 20_000;

  static byte[] stream(boolean withProperties, boolean raw) {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    if (withProperties) {
      int properties = 9000;
      bytes.putInt(4, properties).putLong(8, 0x2F5bacbacL).putLong(16, 2);
      at = 312 + properties;
      bytes.putInt(at, 5);
      at += 312;
    }
    bytes.putLong(at + 8, 0x2F5bacbacL).putLong(at + 16, 1 | (raw ? RAW : 0));
    for (int i = at + 312; i < LENGTH; i++) {
      bytes.put(i, (byte) i);
    }
    return bytes.array();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 311, 4096, 100_000})
  void inspectedStreamIsPassedOnUnchanged(int portion) throws Exception {
    for (boolean withProperties : new boolean[] {false, true}) {
      byte[] bytes = stream(withProperties, false);
      InspectedStream inspected = InspectedStream.of(new BytesStream(bytes, portion));
      assertThat(inspected.kind())
          .isEqualTo(withProperties ? Kind.PLAIN_WITH_PROPERTIES : Kind.PLAIN);
      assertThat(BytesStream.drain(inspected, 1000)).isEqualTo(bytes);
      assertThat(inspected.read(ByteBuffer.allocateDirect(10))).as("its end").isEqualTo(-1);
      assertThat(BytesStream.drain(InspectedStream.of(new BytesStream(bytes, portion)), 1000))
          .as("without looking")
          .isEqualTo(bytes);
    }
  }

  @Test
  void shortStreamIsPassedOnWithItsEndOrItsFailure() throws Exception {
    byte[] bytes = Arrays.copyOf(stream(true, false), 500);
    InspectedStream ends = InspectedStream.of(new BytesStream(bytes, 100));
    assertThat(ends.kind()).isEqualTo(Kind.INCOMPLETE);
    assertThat(BytesStream.drain(ends, 70)).isEqualTo(bytes);

    InspectedStream fails =
        InspectedStream.of(
            new BytesStream(bytes, 100, Optional.of(OperationException.permanent("cut"))));
    assertThat(fails.kind()).isEqualTo(Kind.INCOMPLETE);
    ByteBuffer all = ByteBuffer.allocateDirect(1000);
    while (all.position() < bytes.length) {
      fails.read(all);
    }
    assertThatThrownBy(() -> fails.read(all)).hasMessage("cut");
    assertThatThrownBy(() -> fails.read(all)).hasMessage("cut");
  }

  private static byte[] stream(boolean withProperties, long to, long from) {
    byte[] bytes = stream(withProperties, false);
    int at = withProperties ? 312 + 9000 + 312 : 0;
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(at + 40, to)
        .putLong(at + 48, from);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "false, 400", "false, 100000", "true, 7", "true, 4096"})
  void streamThatHasBegunIsPassedOnUnchanged(boolean withProperties, int portion) throws Exception {
    byte[] bytes = stream(withProperties, -5, 0);
    InspectedStream inspected = InspectedStream.of(new BytesStream(bytes, portion));
    inspected.requireBegun("p/f@1", new Guid(-5));
    assertThat(BytesStream.drain(inspected, 1000)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "false, -5, 0, 0, its stream ends where it has hardly begun",
    "false, -5, 0, 55, its stream ends where it has hardly begun",
    "false, -5, 0, 623, its stream ends where it has hardly begun",
    "false, -5, 0, 624, none",
    "true, -5, 0, 9624, its stream ends where it has hardly begun",
    "true, -5, 0, 10247, its stream ends where it has hardly begun",
    "true, -5, 0, 10248, none",
    "false, 6, 0, 20000, its stream brings the snapshot of guid 6 instead of 18446744073709551611",
    "true, 6, 0, 20000, its stream brings the snapshot of guid 6 instead of 18446744073709551611",
    "false, -5, 9, 20000, its stream was announced as a full one and is incremental",
    "true, -5, 9, 20000, its stream was announced as a full one and is incremental",
  })
  void nothingIsDestroyedForAStreamThatIsNotWhatWasAnnounced(
      boolean withProperties, long to, long from, int length, String refusal) {
    byte[] bytes = Arrays.copyOf(stream(withProperties, to, from), length);
    for (boolean fails : new boolean[] {false, true}) {
      Optional<OperationException> failure =
          fails ? Optional.of(OperationException.permanent("cut")) : Optional.empty();
      InspectedStream inspected = InspectedStream.of(new BytesStream(bytes, 100, failure));
      if (refusal.equals("none")) {
        assertThatNoException().isThrownBy(() -> inspected.requireBegun("p/f@1", new Guid(-5)));
      } else {
        String message =
            "cannot receive p/f@1: %s; nothing was destroyed for it".formatted(refusal);
        assertThatThrownBy(() -> inspected.requireBegun("p/f@1", new Guid(-5)))
            .hasMessage(fails && refusal.contains("ends") ? "cut" : message);
      }
    }
  }

  @Test
  void nothingIsDestroyedForSomethingThatIsNoStream() {
    byte[] garbage = new byte[5000];
    byte[] endless = stream(false, -5, 0);
    ByteBuffer.wrap(endless).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -1);
    for (byte[] bytes : new byte[][] {garbage, endless}) {
      InspectedStream inspected = InspectedStream.of(new BytesStream(bytes, 4096));
      assertThatThrownBy(() -> inspected.requireBegun("p/f@1", new Guid(-5)))
          .hasMessageContaining("has a form that is not known here; nothing was destroyed");
    }
  }

  @Test
  void encryptedStreamMayPass() throws Exception {
    for (boolean withProperties : new boolean[] {false, true}) {
      byte[] bytes = stream(withProperties, true);
      SendStream guarded = InspectedStream.encryptedOnly(new BytesStream(bytes, 400), "a@1");
      assertThat(BytesStream.drain(guarded, 300)).isEqualTo(bytes);
    }
  }

  @Test
  void noByteOfAPlainStreamPasses() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] garbage = new byte[LENGTH];
    random.nextBytes(garbage);
    for (byte[] bytes :
        new byte[][] {
          stream(false, false), stream(true, false), garbage, new byte[0], new byte[LENGTH]
        }) {
      BytesStream source = new BytesStream(bytes, 1 + random.nextInt(5000));
      SendStream guarded = InspectedStream.encryptedOnly(source, "tank/a@1");
      ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> guarded.read(buffer))
            .as("seed %d", seed)
            .isInstanceOf(PolicyException.class)
            .hasMessageContaining("the stream of tank/a@1 is not encrypted");
      }
      assertThat(buffer.position()).isZero();
      assertThat(source.aborted).isTrue();
    }
  }

  @Test
  void failureBeforeTheStreamIsKnownIsToldAsItIs() {
    SendStream guarded =
        InspectedStream.encryptedOnly(
            new BytesStream(
                new byte[10], 10, Optional.of(OperationException.permanent("key not loaded"))),
            "a@1");
    ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
    assertThatThrownBy(() -> guarded.read(buffer)).hasMessage("key not loaded");
    assertThat(buffer.position()).isZero();
  }

  @Test
  void limitedStreamReadsInSmallPortionsAndPassesEverythingOn() throws Exception {
    byte[] bytes = stream(false, false);
    BytesStream source = new BytesStream(bytes, 100_000);
    BandwidthLimiter limiter =
        BandwidthLimiter.of(Optional.of(new BandwidthLimit(10_000, 1 << 20)));
    SendStream limited = LimitedStream.of(source, limiter);

    assertThat(BytesStream.drain(limited, 5000)).isEqualTo(bytes);
    assertThat(source.largestRoom).isEqualTo(1000);
  }

  @Test
  void abortEndsTheWaitOfALimitedStream() throws Exception {
    BytesStream source = new BytesStream(new byte[1000], 1000);
    SendStream limited =
        LimitedStream.of(source, BandwidthLimiter.of(Optional.of(new BandwidthLimit(50, 1))));
    Thread aborting = Thread.ofVirtual().start(limited::abort);
    assertThatThrownBy(
            () -> {
              while (true) {
                limited.read(ByteBuffer.allocateDirect(1000));
              }
            })
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("aborted");
    aborting.join();
    assertThat(source.aborted).isTrue();
  }

  @Test
  void interruptEndsTheWaitOfALimitedStreamAndIsKept() {
    BytesStream source = new BytesStream(new byte[1000], 1000);
    SendStream limited =
        LimitedStream.of(source, BandwidthLimiter.of(Optional.of(new BandwidthLimit(10_000, 1))));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> limited.read(ByteBuffer.allocateDirect(1000)))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(OperationException.class))
        .satisfies(e -> assertThat(e.temporary()).isTrue());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(source.aborted).isTrue();
  }

  @Test
  void closingALimitedStreamClosesItsSource() {
    BytesStream source = new BytesStream(new byte[1], 1);
    LimitedStream.of(source, BandwidthLimiter.of(Optional.of(new BandwidthLimit(1, 1)))).close();
    assertThat(source.closed).isTrue();
    assertThat(LimitedStream.of(source, BandwidthLimiter.unlimited())).isSameAs(source);
  }
}

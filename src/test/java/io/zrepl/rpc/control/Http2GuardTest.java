package io.zrepl.rpc.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.rpc.ProtocolException;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer may send in small pieces, and what not. */
class Http2GuardTest {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int PING = 6;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int PADDED = 8;

  /** Frames, as many of each as said, one after the other. */
  private static byte[] bytes(Object... frames) {
    ByteBuffer all = ByteBuffer.allocate(8 << 20);
    for (Object each : frames) {
      all.put((byte[]) each);
    }
    byte[] result = new byte[all.position()];
    all.flip().get(result);
    return result;
  }

  private static byte[] times(int count, byte[] frame) {
    ByteBuffer all = ByteBuffer.allocate(count * frame.length);
    for (int i = 0; i < count; i++) {
      all.put(frame);
    }
    return all.array();
  }

  private static byte[] frame(int type, int flags, int stream, int length) {
    return ByteBuffer.allocate(9 + length)
        .putInt(length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .array();
  }

  static Stream<Arguments> streams() {
    byte[] headers = frame(HEADERS, 4, 1, 100);
    byte[] tiny = frame(DATA, 0, 1, 1);
    byte[] empty = frame(DATA, 0, 1, 0);
    byte[] whole = frame(DATA, 0, 1, 16_384);
    return Stream.of(
        Arguments.of(
            "a call of Go: prefix and message, end alone",
            true,
            bytes(
                headers,
                frame(DATA, 0, 1, 5),
                frame(DATA, 0, 1, 30),
                frame(DATA, END_STREAM, 1, 0))),
        Arguments.of("a large message in whole frames", true, bytes(headers, times(200, whole))),
        Arguments.of(
            "remainders of windows, one for each 64 KiB",
            true,
            bytes(headers, times(50, bytes(times(4, whole), tiny)))),
        Arguments.of(
            "many small calls", true, times(5000, bytes(headers, frame(DATA, END_STREAM, 1, 20)))),
        Arguments.of(
            "many calls that are given up",
            true,
            times(5000, bytes(headers, tiny, frame(RST_STREAM, 0, 1, 4)))),
        Arguments.of("many pings", true, times(5000, frame(PING, 0, 0, 8))),
        Arguments.of(
            "calls of Go with a ping and a window update after each, as it measures the line",
            true,
            times(
                5000,
                bytes(
                    headers,
                    frame(DATA, 0, 1, 5),
                    frame(DATA, 0, 1, 30),
                    frame(DATA, END_STREAM, 1, 0),
                    frame(PING, 0, 0, 8),
                    frame(WINDOW_UPDATE, 0, 0, 4)))),
        Arguments.of(
            "large answers in turns, of which one gets the remainders of the window",
            true,
            times(
                40,
                bytes(
                    times(2, whole),
                    times(2, frame(DATA, 0, 3, 16_384)),
                    times(2, frame(DATA, 0, 5, 16_384)),
                    frame(DATA, 0, 7, 900)))),
        Arguments.of(
            "pieces that are far apart in what is read",
            false,
            bytes(headers, times(70, bytes(frame(DATA, 0, 1, 1024), frame(0x42, 0, 1, 7100))))),
        Arguments.of("a message in single bytes", false, bytes(headers, times(70, tiny))),
        Arguments.of("empty pieces", false, bytes(headers, times(70, empty))),
        Arguments.of(
            "pieces of padding", false, bytes(headers, times(70, frame(DATA, PADDED, 1, 10_000)))),
        Arguments.of(
            "headers without end",
            false,
            bytes(
                frame(HEADERS, 0, 1, 8000),
                frame(CONTINUATION, 0, 1, 8000),
                frame(CONTINUATION, 0, 1, 8000))),
        Arguments.of(
            "headers in two pieces",
            true,
            bytes(frame(HEADERS, 0, 1, 8000), frame(CONTINUATION, 4, 1, 8000))));
  }

  private static boolean passes(byte[] bytes, int piece) {
    Http2Guard guard = new Http2Guard(0, 16_384);
    try {
      for (int at = 0; at < bytes.length; at += piece) {
        guard.came(bytes, at, Math.min(piece, bytes.length - at));
      }
      return true;
    } catch (ProtocolException e) {
      return false;
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("streams")
  void isDecidedHoweverItArrives(String what, boolean lawful, byte[] bytes) {
    for (int piece : new int[] {1, 7, 9, 100, 8192, bytes.length}) {
      assertThat(passes(bytes, piece)).as("%s, by %d", what, piece).isEqualTo(lawful);
    }
  }

  /** The library limits how many are open: what remains are calls that this side has ended. */
  @Test
  void callsThatThisSideHasEndedDoNotCountForEver() throws ProtocolException {
    Http2Guard guard = new Http2Guard(24, 16_384);
    guard.came(new byte[24], 0, 24);
    for (int call = 0; call < 20_000; call++) {
      byte[] frame = frame(DATA, 0, 2 * call + 1, 9000);
      guard.came(frame, 0, frame.length);
    }
  }
}

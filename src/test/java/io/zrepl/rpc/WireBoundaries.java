package io.zrepl.rpc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Where the parts of what went over a connection begin: banner, label, frames, TLS records. */
public final class WireBoundaries {
  private static final int BANNER_PREFIX = 11;
  private static final int LABEL = 64;
  private static final int PREFACE = 24;
  private static final int FRAME_HEADER = 8;
  private static final int HTTP2_HEADER = 9;
  private static final int RECORD_HEADER = 5;

  private WireBoundaries() {}

  /** Of a connection without encryption. */
  public static List<Long> plain(FaultProxy.Recording recording, boolean towardsServer) {
    boolean control =
        new String(recording.bytes(true), StandardCharsets.ISO_8859_1).contains("zrepl_control");
    ByteBuffer bytes = ByteBuffer.wrap(recording.bytes(towardsServer));
    List<Long> result = new ArrayList<>();
    int at = 0;
    result.add(0L);
    String length = new String(bytes.array(), 0, BANNER_PREFIX - 1, StandardCharsets.US_ASCII);
    at += BANNER_PREFIX + Integer.parseInt(length);
    if (towardsServer) {
      result.add((long) at);
      at += LABEL;
      if (control) {
        result.add((long) at);
        at += PREFACE;
      }
    }
    int header = control ? HTTP2_HEADER : FRAME_HEADER;
    while (at + header <= bytes.limit()) {
      result.add((long) at);
      at += header + (control ? bytes.getInt(at) >>> 8 : bytes.getInt(at + 4));
    }
    return result;
  }

  /** Of a connection with TLS. */
  public static List<Long> tls(FaultProxy.Recording recording, boolean towardsServer) {
    ByteBuffer bytes = ByteBuffer.wrap(recording.bytes(towardsServer));
    List<Long> result = new ArrayList<>();
    int at = 0;
    while (at + RECORD_HEADER <= bytes.limit()) {
      result.add((long) at);
      at += RECORD_HEADER + Short.toUnsignedInt(bytes.getShort(at + 3));
    }
    return result;
  }
}

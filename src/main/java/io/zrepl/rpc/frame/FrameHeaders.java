package io.zrepl.rpc.frame;

import java.nio.ByteBuffer;

/** The frames that consist of a header only. */
final class FrameHeaders {
  private FrameHeaders() {}

  static ByteBuffer heartbeat() {
    return of(FrameType.HEARTBEAT);
  }

  static ByteBuffer shutdown() {
    return of(FrameType.SHUTDOWN);
  }

  private static ByteBuffer of(FrameType type) {
    ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES);
    new FrameHeader(type, 0).put(bytes, 0);
    return bytes;
  }
}

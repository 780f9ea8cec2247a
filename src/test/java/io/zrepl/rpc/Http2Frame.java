package io.zrepl.rpc;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A frame of HTTP/2, for peers that do what no library does.
 *
 * @param type one of the constants
 * @param flags of this type
 * @param stream 0 for those of the connection
 * @param payload without the header
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Http2Frame(int type, int flags, int stream, byte[] payload) {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;

  /** What a client sends first: preface and empty settings. */
  static final byte[] PREFACE =
      WireBytes.of(
          "50 52 49 20 2a 20 48 54 54 50 2f 32 2e 30 0d 0a 0d 0a 53 4d 0d 0a 0d 0a"
              + " 00 00 00 04 00 00 00 00 00");

  /** The headers of a Go client that calls {@code /Replication/Ping}. */
  static final byte[] PING_HEADERS =
      WireBytes.of(
          "83 86 45 8c 63 69 6b a0 c4 1a 4c 7a 98 d6 6a a6 81 5f 8b 1d 75 d0 62 0d 26 3d 4c 4d 65 64"
              + " 7a 8a 9a ca c8 b4 c7 60 2b ba f2 e0 40 02 74 65 86 4d 83 35 05 b1 1f");

  static Http2Frame read(DataInputStream in) throws IOException {
    int word = in.readInt();
    int type = word & 0xff;
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    return new Http2Frame(type, flags, stream, in.readNBytes(word >>> 8));
  }

  /** The next one of a type; answers to our settings are passed over. */
  static Http2Frame next(DataInputStream in, int type) throws IOException {
    while (true) {
      Http2Frame frame = read(in);
      if (frame.type == type && (type != SETTINGS || frame.flags == 0)) {
        return frame;
      }
    }
  }

  byte[] encode() {
    return ByteBuffer.allocate(9 + payload.length)
        .putInt(payload.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }
}

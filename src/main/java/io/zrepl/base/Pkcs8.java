package io.zrepl.base;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Wraps private keys of older formats so that they become PKCS #8 (RFC 5208), which is all that the
 * Java runtime reads.
 */
final class Pkcs8 {
  private static final byte SEQUENCE = 0x30;
  private static final byte OCTET_STRING = 0x04;
  private static final byte PARAMETERS = (byte) 0xa0;
  private static final byte[] VERSION = HexFormat.of().parseHex("020100");
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private Pkcs8() {}

  /** Of a PKCS #1 key. */
  static byte[] ofRsa(byte[] key) {
    return wrap(element(SEQUENCE, RSA), key);
  }

  /** Of a SEC 1 key; nonsense if it does not name its curve. */
  static byte[] ofEllipticCurve(byte[] key) {
    return wrap(element(SEQUENCE, concat(EC, curve(key))), key);
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return element(SEQUENCE, concat(VERSION, algorithm, element(OCTET_STRING, key)));
  }

  /**
   * The content of the element [0] of the outermost sequence: the identifier of the curve. Empty if
   * there is none.
   */
  private static byte[] curve(byte[] key) {
    int position = contentStart(key, 0);
    while (position + 1 < key.length) {
      int start = contentStart(key, position);
      int end = start + contentLength(key, position);
      if (end > key.length || end <= position) {
        break;
      }
      if (key[position] == PARAMETERS) {
        return Arrays.copyOfRange(key, start, end);
      }
      position = end;
    }
    return new byte[0];
  }

  private static int contentStart(byte[] der, int position) {
    boolean isLong = position + 1 < der.length && der[position + 1] < 0;
    return position + 2 + (isLong ? der[position + 1] & 0x7f : 0);
  }

  private static int contentLength(byte[] der, int position) {
    int start = contentStart(der, position);
    if (start == position + 2) {
      return position + 1 < der.length ? der[position + 1] : 0;
    }
    int length = 0;
    for (int i = position + 2; i < start && i < der.length && i < position + 5; i++) {
      length = length << Byte.SIZE | (der[i] & 0xff);
    }
    return length;
  }

  private static byte[] element(byte tag, byte[] content) {
    int length = content.length;
    byte[] header =
        length < 0x80
            ? new byte[] {tag, (byte) length}
            : length < 0x100
                ? new byte[] {tag, (byte) 0x81, (byte) length}
                : new byte[] {tag, (byte) 0x82, (byte) (length >> Byte.SIZE), (byte) length};
    return concat(header, content);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}

package io.zrepl.rpc;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bytes as they stand in descriptions of the protocol: hexadecimal pairs, and texts in quotes; what
 * stands behind a {@code //} is a remark.
 */
public final class WireBytes {
  private static final Pattern PART = Pattern.compile("\"([^\"]*)\"|([0-9a-f]{2})\\b");

  /** The banner of Go zrepl 0.7. */
  public static final byte[] BANNER =
      "0000000056 ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=0000\n"
          .getBytes(StandardCharsets.US_ASCII);

  private WireBytes() {}

  /** The bytes of a description. */
  public static byte[] of(String description) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String line : description.lines().toList()) {
      Matcher matcher = PART.matcher(line.replaceFirst("//.*", ""));
      while (matcher.find()) {
        bytes.writeBytes(
            matcher.group(1) != null
                ? matcher.group(1).replace("\\n", "\n").getBytes(StandardCharsets.UTF_8)
                : HexFormat.of().parseHex(matcher.group(2)));
      }
    }
    return bytes.toByteArray();
  }

  /** A label. */
  public static byte[] label(String text) {
    byte[] label = new byte[64];
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, label, 0, bytes.length);
    return label;
  }

  /** All of them, one after the other. */
  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}

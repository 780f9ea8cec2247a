package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The outer form of a resume token, as {@code zfs send -t} takes it: {@code
 * 1-CHECKSUM-LENGTH-DATA}, all hexadecimal.
 *
 * <p>DATA is a packed name-value list compressed with zlib, LENGTH its size before compression,
 * CHECKSUM the first word of the fletcher4 sum of DATA, which is taken over little-endian 32-bit
 * words without what remains at the end.
 */
final class ResumeTokenEncoding {
  private static final Pattern FORM =
      Pattern.compile("1-([0-9a-f]{1,16})-([0-9a-f]{1,8})-((?:[0-9a-f]{2})+)");

  /** Far more than ZFS ever packs into a token; bounds what a forged one can cost. */
  private static final int LONGEST_TOKEN = 64 * 1024;

  private static final int LONGEST_LIST = 64 * 1024;

  private ResumeTokenEncoding() {}

  /** The packed name-value list in a token. */
  static byte[] unpack(String token) throws InvalidValueException {
    if (token.length() > LONGEST_TOKEN) {
      throw new InvalidValueException(
          "resume token is too long: %d characters".formatted(token.length()));
    }
    Matcher matcher = FORM.matcher(token);
    if (!matcher.matches()) {
      throw new InvalidValueException("resume token is not of the form 1-checksum-length-data");
    }
    byte[] compressed = HexFormat.of().parseHex(matcher.group(3));
    if (checksum(compressed) != Long.parseUnsignedLong(matcher.group(1), 16)) {
      throw new InvalidValueException("resume token is corrupt: its checksum is wrong");
    }
    long length = Long.parseLong(matcher.group(2), 16);
    if (length > LONGEST_LIST) {
      throw new InvalidValueException("resume token is too long: %d bytes".formatted(length));
    }
    return inflate(compressed, (int) length);
  }

  private static long checksum(byte[] data) {
    ByteBuffer words = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    long sum = 0;
    while (words.remaining() >= Integer.BYTES) {
      sum += Integer.toUnsignedLong(words.getInt());
    }
    return sum;
  }

  private static byte[] inflate(byte[] compressed, int length) throws InvalidValueException {
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(compressed);
      // One byte more, to notice a list that is longer than the token says.
      byte[] list = new byte[length + 1];
      int size = 0;
      while (!inflater.finished() && size < list.length) {
        int count = inflater.inflate(list, size, list.length - size);
        size += count;
        if (count == 0 && !inflater.finished()) {
          throw new InvalidValueException("resume token is corrupt: its data is cut off");
        }
      }
      if (size != length) {
        throw new InvalidValueException("resume token is corrupt: its data has another length");
      }
      byte[] exact = new byte[length];
      System.arraycopy(list, 0, exact, 0, length);
      return exact;
    } catch (DataFormatException e) {
      throw new InvalidValueException("resume token is corrupt: " + e.getMessage());
    }
  }
}

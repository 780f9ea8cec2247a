package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.util.HexFormat;

/**
 * The identity of a snapshot across pools; a bookmark carries the guid of its origin.
 *
 * @param value the 64 bits, to be read as unsigned: guids above 2^63 are common
 */
public record Guid(long value) {

  /**
   * Parses the decimal form that {@code zfs list -p} prints.
   *
   * @throws InvalidValueException if the text is not an unsigned 64-bit number
   */
  public static Guid parse(String text) throws InvalidValueException {
    return new Guid(Unsigned.parse("guid", text));
  }

  /** Sixteen lower-case hexadecimal digits, the form used in names of bookmarks. */
  public String hex() {
    return HexFormat.of().toHexDigits(value);
  }

  /** The unsigned decimal form. */
  @Override
  public String toString() {
    return Long.toUnsignedString(value);
  }
}

package io.zrepl.model;

import io.zrepl.base.InvalidValueException;

/**
 * The transaction group in which a version was created: the order of the versions of one filesystem
 * in one pool, never comparable between two sides. A bookmark carries that of its origin.
 *
 * @param value the 64 bits, to be read as unsigned
 */
public record CreateTxg(long value) implements Comparable<CreateTxg> {

  /**
   * Parses the decimal form that {@code zfs list -p} prints.
   *
   * @throws InvalidValueException if the text is not an unsigned 64-bit number
   */
  public static CreateTxg parse(String text) throws InvalidValueException {
    return new CreateTxg(Unsigned.parse("createtxg", text));
  }

  @Override
  public int compareTo(CreateTxg other) {
    return Long.compareUnsigned(value, other.value);
  }

  /** The unsigned decimal form. */
  @Override
  public String toString() {
    return Long.toUnsignedString(value);
  }
}

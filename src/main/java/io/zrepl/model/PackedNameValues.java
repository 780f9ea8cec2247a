package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A packed name-value list of ZFS in its native form, as far as resume tokens use it: flags,
 * unsigned numbers and texts; values of other types are passed over.
 *
 * <p>Layout, little-endian (ZFS itself refuses native lists of the other byte order): four bytes
 * header (encoding 0 = native, byte order 1 = little, two reserved); version and flags of 32 bits;
 * then pairs: size of the whole pair (32 bits), size of the name with its final zero (16 bits), two
 * reserved bytes, element count and type (32 bits each), the name, padding to a multiple of 8, the
 * value, padding to a multiple of 8. A size of 0 ends the list. Texts end with a zero.
 */
final class PackedNameValues {
  private static final int ENCODING_NATIVE = 0;
  private static final int LITTLE_ENDIAN = 1;
  private static final int VERSION = 0;
  private static final int PAIR_HEADER_SIZE = 16;
  private static final int ALIGNMENT = 8;

  private static final int TYPE_BOOLEAN = 1;
  private static final int TYPE_UINT64 = 8;
  private static final int TYPE_STRING = 9;

  /** A value. */
  sealed interface Value {
    /** Present, without content. */
    record Flag() implements Value {}

    /** Unsigned 64 bits. */
    record UnsignedNumber(long value) implements Value {}

    /** Printable ASCII. */
    record Text(String value) implements Value {}

    /** Of a type that is of no interest here. */
    record Unread() implements Value {}
  }

  private PackedNameValues() {}

  /**
   * Parses a complete list.
   *
   * @throws InvalidValueException if it is not exactly one list, or names anything twice
   */
  static Map<String, Value> parse(byte[] packed) throws InvalidValueException {
    try {
      return parse(ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN));
    } catch (BufferUnderflowException e) {
      throw corrupt("it ends too early");
    }
  }

  private static Map<String, Value> parse(ByteBuffer data) throws InvalidValueException {
    boolean known = data.get() == ENCODING_NATIVE && data.get() == LITTLE_ENDIAN;
    data.getShort(); // reserved
    if (!known || data.getInt() != VERSION) {
      throw corrupt("unknown encoding or version");
    }
    data.getInt(); // flags: names are unique, which is checked below
    Map<String, Value> values = new LinkedHashMap<>();
    while (true) {
      int start = data.position();
      int size = data.getInt();
      if (size == 0) {
        break;
      }
      if (size < PAIR_HEADER_SIZE || size > data.limit() - start) {
        throw corrupt("a pair has a wrong size");
      }
      addPair(data.slice(start, size).order(ByteOrder.LITTLE_ENDIAN), values);
      data.position(start + size);
    }
    if (data.hasRemaining()) {
      throw corrupt("something follows its end");
    }
    return values;
  }

  private static void addPair(ByteBuffer pair, Map<String, Value> values)
      throws InvalidValueException {
    pair.position(Integer.BYTES);
    int nameSize = Short.toUnsignedInt(pair.getShort());
    pair.getShort(); // reserved
    int count = pair.getInt();
    int type = pair.getInt();
    int valueStart = align(PAIR_HEADER_SIZE + nameSize);
    if (nameSize == 0 || valueStart > pair.limit()) {
      throw corrupt("a name has a wrong size");
    }
    String name = text(pair.slice(PAIR_HEADER_SIZE, nameSize));
    ByteBuffer data = pair.slice(valueStart, pair.limit() - valueStart);
    if (values.put(name, value(type, count, data.order(ByteOrder.LITTLE_ENDIAN))) != null) {
      throw corrupt("it names something twice");
    }
  }

  private static int align(int size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static Value value(int type, int count, ByteBuffer data) throws InvalidValueException {
    return switch (type) {
      case TYPE_BOOLEAN -> {
        requireShape(count == 0 && !data.hasRemaining());
        yield new Value.Flag();
      }
      case TYPE_UINT64 -> {
        requireShape(count == 1 && data.remaining() == Long.BYTES);
        yield new Value.UnsignedNumber(data.getLong());
      }
      case TYPE_STRING -> {
        requireShape(count == 1 && data.hasRemaining());
        yield new Value.Text(textWithPadding(data));
      }
      default -> new Value.Unread();
    };
  }

  private static void requireShape(boolean right) throws InvalidValueException {
    if (!right) {
      throw corrupt("a value has a wrong size");
    }
  }

  /** A text, its zero, and more zeros up to the alignment. */
  private static String textWithPadding(ByteBuffer data) throws InvalidValueException {
    int end = 0;
    while (end < data.limit() && data.get(end) != 0) {
      end++;
    }
    requireShape(align(end + 1) == data.limit());
    return text(data.slice(0, end + 1));
  }

  /** A text that fills the buffer, with the zero at its end. */
  private static String text(ByteBuffer data) throws InvalidValueException {
    byte[] bytes = new byte[data.remaining() - 1];
    data.get(bytes);
    for (byte b : bytes) {
      if (b < ' ' || b == 0x7f) {
        throw corrupt("a text has characters that no name has");
      }
    }
    if (data.get() != 0) {
      throw corrupt("a text does not end");
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private static InvalidValueException corrupt(String why) {
    return new InvalidValueException("resume token is corrupt: " + why);
  }
}

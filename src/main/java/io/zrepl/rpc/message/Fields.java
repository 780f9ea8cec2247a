package io.zrepl.rpc.message;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.zrepl.base.InvalidValueException;
import java.io.IOException;

/** Reads the fields of one message. Those that are not known are passed over. */
final class Fields {
  private final CodedInputStream input;
  private final int tag;

  private Fields(CodedInputStream input, int tag) {
    this.input = input;
    this.tag = tag;
  }

  /** Takes the fields of a message, in the order in which they come. */
  @FunctionalInterface
  interface Handler {
    /** Reads the value of a field, or leaves it alone if it is not known. */
    void field(Fields field) throws IOException, InvalidMessageException;
  }

  /**
   * Reads a message.
   *
   * @param what for error texts: "SendReq"
   * @throws InvalidMessageException if it is malformed, or the handler says so
   */
  static void read(String what, byte[] bytes, Handler handler) throws InvalidMessageException {
    CodedInputStream input = CodedInputStream.newInstance(bytes);
    try {
      int tag;
      while ((tag = input.readTag()) != 0) {
        Fields field = new Fields(input, tag);
        int before = input.getTotalBytesRead();
        handler.field(field);
        if (input.getTotalBytesRead() == before && !input.skipField(tag)) {
          throw new InvalidMessageException(what + ": a group that was not begun ends");
        }
      }
    } catch (IOException e) {
      throw new InvalidMessageException(
          "%s: malformed message: %s".formatted(what, e.getMessage()));
    }
  }

  /** Whether this is the field of that number and it holds a string, message or bytes. */
  boolean isText(int number) {
    return is(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
  }

  /** Whether this is the field of that number and it holds a number, a truth value or a word. */
  boolean isNumber(int number) {
    return is(number, WireFormat.WIRETYPE_VARINT);
  }

  private boolean is(int number, int type) {
    return tag == (number << 3 | type);
  }

  String text() throws IOException {
    return input.readStringRequireUtf8();
  }

  byte[] bytes() throws IOException {
    return input.readByteArray();
  }

  long number() throws IOException {
    return input.readUInt64();
  }

  boolean truth() throws IOException {
    return input.readBool();
  }

  int word() throws IOException {
    return input.readEnum();
  }

  /** Makes a validated value of a field's text. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String text) throws InvalidValueException;
  }

  /** A validated value, or why it is none, by the name of its field. */
  static <T> T valid(String field, String text, Parser<T> parser) throws InvalidMessageException {
    try {
      return parser.parse(text);
    } catch (InvalidValueException e) {
      throw new InvalidMessageException(field + ": " + e.getMessage());
    }
  }
}

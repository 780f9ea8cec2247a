package io.zrepl.rpc.message;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Writes the fields of one message. As in proto3, default values take no place. */
final class Encoder {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream output = CodedOutputStream.newInstance(bytes, 256);

  Encoder text(int number, String value) {
    return value.isEmpty() ? this : write(() -> output.writeString(number, value));
  }

  Encoder number(int number, long value) {
    return value == 0 ? this : evenZero(number, value);
  }

  /** For members of a choice, of which zero is a value too. */
  Encoder evenZero(int number, long value) {
    return write(() -> output.writeUInt64(number, value));
  }

  Encoder truth(int number, boolean value) {
    return value ? write(() -> output.writeBool(number, true)) : this;
  }

  Encoder word(int number, int value) {
    return value == 0 ? this : write(() -> output.writeEnum(number, value));
  }

  /** A message within this one, also an empty one. */
  Encoder message(int number, byte[] value) {
    return write(() -> output.writeByteArray(number, value));
  }

  byte[] bytes() {
    write(output::flush);
    return bytes.toByteArray();
  }

  private interface Writing {
    void run() throws IOException;
  }

  private Encoder write(Writing writing) {
    try {
      writing.run();
      return this;
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
  }
}

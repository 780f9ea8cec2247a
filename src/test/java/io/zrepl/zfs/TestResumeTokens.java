package io.zrepl.zfs;

import io.zrepl.model.Guid;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Resume tokens in the real format, as {@code receive_resume_token} shows them: {@code
 * 1-CHECKSUM-LENGTH-DATA}, all hexadecimal. DATA is a name-value list in the native encoding of a
 * little-endian machine, compressed with zlib; LENGTH its uncompressed length in bytes; CHECKSUM
 * the first word of fletcher4 over the compressed bytes.
 */
public final class TestResumeTokens {
  private static final int UINT64 = 8;
  private static final int STRING = 9;
  private static final int BOOLEAN = 1;

  private TestResumeTokens() {}

  /** Encodes. */
  public static ResumeToken encode(ResumeTokenContents contents) {
    ByteBuffer list = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    list.put((byte) 0).put((byte) 1).put((byte) 0).put((byte) 0); // native, little-endian
    list.putInt(0).putInt(1); // version; unique names
    contents.fromGuid().ifPresent(from -> number(list, "fromguid", from.value()));
    number(list, "object", 1);
    number(list, "offset", contents.bytes());
    number(list, "bytes", contents.bytes());
    number(list, "toguid", contents.toGuid().value());
    text(list, "toname", contents.toName());
    flag(list, "largeblockok", contents.largeBlockOk());
    flag(list, "embedok", contents.embedOk());
    flag(list, "compressok", contents.compressOk());
    flag(list, "rawok", contents.rawOk());
    flag(list, "savedok", contents.savedOk());
    list.putInt(0); // end
    byte[] packed = Arrays.copyOf(list.array(), list.position());
    byte[] compressed = deflate(packed);
    return new ResumeToken(
        "1-%x-%x-%s"
            .formatted(checksum(compressed), packed.length, HexFormat.of().formatHex(compressed)));
  }

  private static void number(ByteBuffer list, String name, long value) {
    int start = begin(list, name, UINT64, 1);
    list.putLong(value);
    end(list, start);
  }

  private static void text(ByteBuffer list, String name, String value) {
    int start = begin(list, name, STRING, 1);
    list.put(value.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    end(list, start);
  }

  private static void flag(ByteBuffer list, String name, boolean value) {
    if (value) {
      end(list, begin(list, name, BOOLEAN, 0));
    }
  }

  private static int begin(ByteBuffer list, String name, int type, int elements) {
    int start = list.position();
    list.putInt(0); // size, known at the end
    list.putShort((short) (name.length() + 1)).putShort((short) 0);
    list.putInt(elements).putInt(type);
    list.put(name.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    pad(list, start);
    return start;
  }

  private static void end(ByteBuffer list, int start) {
    pad(list, start);
    list.putInt(start, list.position() - start);
  }

  private static void pad(ByteBuffer list, int start) {
    while ((list.position() - start) % 8 != 0) {
      list.put((byte) 0);
    }
  }

  private static byte[] deflate(byte[] data) {
    Deflater deflater = new Deflater(6);
    try {
      deflater.setInput(data);
      deflater.finish();
      byte[] buffer = new byte[data.length + 64];
      return Arrays.copyOf(buffer, deflater.deflate(buffer));
    } finally {
      deflater.end();
    }
  }

  private static long checksum(byte[] data) {
    ByteBuffer words = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    long sum = 0;
    while (words.remaining() >= 4) {
      sum += Integer.toUnsignedLong(words.getInt());
    }
    return sum;
  }

  /**
   * Decodes what {@link #encode} or ZFS made; for {@link FakeZfs}, which trusts its input.
   *
   * @throws IllegalArgumentException if the token is damaged
   */
  public static ResumeTokenContents decode(ResumeToken token) {
    String[] parts = token.text().split("-", -1);
    if (parts.length != 4 || !parts[0].equals("1")) {
      throw new IllegalArgumentException("not a resume token of version 1");
    }
    byte[] compressed = HexFormat.of().parseHex(parts[3]);
    if (checksum(compressed) != Long.parseUnsignedLong(parts[1], 16)) {
      throw new IllegalArgumentException("resume token is corrupt: wrong checksum");
    }
    byte[] packed = inflate(compressed, Integer.parseInt(parts[2], 16));
    if (packed.length < 16) {
      throw new IllegalArgumentException("resume token is corrupt: too short");
    }
    return contents(ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN));
  }

  private static byte[] inflate(byte[] compressed, int length) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(compressed);
      byte[] packed = new byte[length];
      if (inflater.inflate(packed) != length) {
        throw new IllegalArgumentException("resume token is corrupt: wrong length");
      }
      return packed;
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("resume token is corrupt", e);
    } finally {
      inflater.end();
    }
  }

  private static ResumeTokenContents contents(ByteBuffer list) {
    Optional<Guid> from = Optional.empty();
    Guid to = new Guid(0);
    String toName = "";
    long bytes = 0;
    StringBuilder flags = new StringBuilder(" ");
    int start = 12;
    for (int size = list.getInt(start); size != 0; size = list.getInt(start)) {
      int nameLength = list.getShort(start + 4);
      String name = ascii(list, start + 16);
      int value = start + (16 + nameLength + 7) / 8 * 8;
      switch (name) {
        case "fromguid" -> from = Optional.of(new Guid(list.getLong(value)));
        case "toguid" -> to = new Guid(list.getLong(value));
        case "bytes" -> bytes = list.getLong(value);
        case "toname" -> toName = ascii(list, value);
        default -> flags.append(name).append(' ');
      }
      start += size;
    }
    return new ResumeTokenContents(
        to,
        from,
        toName,
        flags.indexOf(" rawok ") >= 0,
        flags.indexOf(" compressok ") >= 0,
        flags.indexOf(" embedok ") >= 0,
        flags.indexOf(" largeblockok ") >= 0,
        flags.indexOf(" savedok ") >= 0,
        bytes);
  }

  private static String ascii(ByteBuffer list, int start) {
    StringBuilder text = new StringBuilder();
    for (int i = start; list.get(i) != 0; i++) {
      text.append((char) list.get(i));
    }
    return text.toString();
  }
}

package io.zrepl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.zrepl.base.InvalidValueException;
import io.zrepl.zfs.Recordings;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResumeTokenContentsTest {
  private static ResumeTokenContents decode(String token) throws InvalidValueException {
    return ResumeTokenContents.decode(new ResumeToken(token));
  }

  @Test
  void a36_decodesFullStream() throws InvalidValueException {
    ResumeTokenContents contents = decode(ResumeTokenExamples.FULL);
    assertThat(contents.toGuid()).isEqualTo(new Guid(0x94a20a5f25877859L));
    assertThat(contents.fromGuid()).isEmpty();
    assertThat(contents.toName()).isEqualTo("zreplplatformtest/src@a");
    assertThat(contents.rawOk()).isFalse();
    assertThat(contents.compressOk()).isFalse();
  }

  @Test
  void a36_decodesRawStream() throws InvalidValueException {
    ResumeTokenContents contents = decode(ResumeTokenExamples.FULL_RAW);
    assertThat(contents.toGuid()).isEqualTo(new Guid(0x94a20a5f25877859L));
    assertThat(contents.rawOk()).isTrue();
    assertThat(contents.compressOk()).isTrue();
    assertThat(contents.embedOk()).isFalse();
    assertThat(contents.largeBlockOk()).isFalse();
    assertThat(contents.savedOk()).isFalse();
  }

  @Test
  void a36_decodesIncrementalStreams() throws InvalidValueException {
    for (String token :
        List.of(ResumeTokenExamples.INCREMENTAL, ResumeTokenExamples.INCREMENTAL_RAW)) {
      ResumeTokenContents contents = decode(token);
      assertThat(contents.fromGuid()).contains(new Guid(0x94a20a5f25877859L));
      assertThat(contents.toGuid()).isEqualTo(new Guid(0xf784e1004f460f7aL));
      assertThat(contents.toName()).isEqualTo("zreplplatformtest/src@b");
      assertThat(contents.rawOk()).isEqualTo(token.equals(ResumeTokenExamples.INCREMENTAL_RAW));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "send-token-nvP",
    "send-token2-nvP",
    "send-token-incr-nvP",
    "send-token-bm-nvP",
    "send-token-gone-nvP"
  })
  void agreesWithZfs(String id) throws InvalidValueException {
    for (String version : Recordings.VERSIONS) {
      Recordings.Recording recording = Recordings.of(version).get(id);
      String token = find("-t (\\S+)", recording.commandLine()).orElseThrow();
      ResumeTokenContents contents = decode(token);
      String dump = recording.output();
      assertThat(contents.toName()).isEqualTo(find("toname = (.*)", dump).orElseThrow());
      assertThat(contents.toGuid()).isEqualTo(new Guid(hex("toguid", dump).orElseThrow()));
      assertThat(contents.fromGuid()).isEqualTo(hex("fromguid", dump).map(Guid::new));
      assertThat(contents.bytes()).isEqualTo(hex("bytes", dump).orElseThrow());
      assertThat(contents.rawOk()).isEqualTo(dump.contains("rawok = "));
      assertThat(contents.compressOk()).isEqualTo(dump.contains("compressok = "));
    }
  }

  private static Optional<String> find(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static Optional<Long> hex(String name, String dump) {
    return find(name + " = 0x([0-9a-f]+)", dump).map(digits -> Long.parseUnsignedLong(digits, 16));
  }

  @Test
  void a36_damagedDataIsCorrupt() {
    assertThatThrownBy(() -> decode(ResumeTokenExamples.DAMAGED))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("corrupt");
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "1-",
    "2-0-0-00",
    "1-0-0-",
    "1-0-0-0",
    "1-0-0-zz",
    "hello",
    "1--0-00",
    "1-0-0-00"
  })
  void otherTextsAreRefused(String text) {
    assertThatThrownBy(() -> decode(text)).isInstanceOf(InvalidValueException.class);
  }

  @Test
  void hugeTokensAreRefusedBeforeAnyWork() {
    assertThatThrownBy(() -> decode("1-0-0-" + "00".repeat(1 << 20)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("too long");
    byte[] bomb = deflate(new byte[10_000_000]);
    assertThatThrownBy(() -> decode(token(bomb, 10_000_000)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("too long");
    assertThatThrownBy(() -> decode(token(bomb, 100)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("another length");
  }

  @Test
  void onlyFlagsThatAreTextsAreNotTaken() {
    assertThatThrownBy(() -> decode(token(list(pair("toguid", 9, 1, text("1")), named("p/f@s")))))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("toguid is no number");
    assertThatThrownBy(
            () -> decode(token(list(guid(), named("p/f@s"), pair("rawok", 8, 1, new byte[8])))))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("rawok is no flag");
  }

  @Test
  void toguidAndTonameAreNeeded() {
    assertThatThrownBy(() -> decode(token(list(named("p/f@s")))))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("no toguid");
    assertThatThrownBy(() -> decode(token(list(guid()))))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("no toname");
  }

  @Test
  void namesOccurOnce() {
    assertThatThrownBy(() -> decode(token(list(guid(), guid(), named("p/f@s")))))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void controlCharactersAreNoName() {
    assertThatThrownBy(() -> decode(token(list(guid(), named("p/f@s\u001b[2J")))))
        .isInstanceOf(InvalidValueException.class);
  }

  @Test
  void valuesOfOtherTypesArePassedOver() throws InvalidValueException {
    byte[] array = new byte[16];
    ResumeTokenContents contents =
        decode(token(list(pair("book_redact_snaps", 16, 2, array), guid(), named("p/f@s"))));
    assertThat(contents.toName()).isEqualTo("p/f@s");
    assertThat(contents.toGuid()).isEqualTo(new Guid(7));
  }

  @Test
  void mutatedTokensNeverDoAnythingButFail() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] list = list(guid(), named("p/f@s"), pair("rawok", 1, 0, new byte[0]));
    for (int i = 0; i < 20_000; i++) {
      String mutated =
          switch (i % 3) {
            case 0 -> mutateText(ResumeTokenExamples.FULL_RAW, random);
            case 1 -> token(mutate(deflate(list), random), list.length);
            default -> token(mutate(list, random));
          };
      try {
        ResumeTokenContents contents = decode(mutated);
        assertThat(contents.toName()).isNotNull();
      } catch (InvalidValueException e) {
        assertThat(e).hasMessageContaining("resume token");
      } catch (RuntimeException | Error e) {
        fail("seed " + seed + ", token " + mutated, e);
      }
    }
  }

  private static String mutateText(String token, Random random) {
    StringBuilder text = new StringBuilder(token);
    for (int i = 0; i <= random.nextInt(3) && !text.isEmpty(); i++) {
      int position = random.nextInt(text.length());
      switch (random.nextInt(3)) {
        case 0 -> text.setCharAt(position, "0123456789abcdef-x".charAt(random.nextInt(18)));
        case 1 -> text.deleteCharAt(position);
        default -> text.setLength(Math.max(1, position));
      }
    }
    return text.toString();
  }

  private static byte[] mutate(byte[] data, Random random) {
    byte[] copy = Arrays.copyOf(data, Math.max(1, data.length - random.nextInt(4)));
    for (int i = 0; i <= random.nextInt(3); i++) {
      copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
    }
    return copy;
  }

  private static String token(byte[] list) {
    return token(deflate(list), list.length);
  }

  private static String token(byte[] compressed, int length) {
    ByteBuffer words = ByteBuffer.wrap(compressed).order(ByteOrder.LITTLE_ENDIAN);
    long sum = 0;
    while (words.remaining() >= 4) {
      sum += words.getInt() & 0xffffffffL;
    }
    return "1-%x-%x-%s".formatted(sum, length, HexFormat.of().formatHex(compressed));
  }

  private static byte[] deflate(byte[] data) {
    try (Deflater deflater = new Deflater()) {
      deflater.setInput(data);
      deflater.finish();
      byte[] buffer = new byte[data.length + 100];
      return Arrays.copyOf(buffer, deflater.deflate(buffer));
    }
  }

  private static byte[] guid() {
    return pair("toguid", 8, 1, little(8).putLong(7).array());
  }

  private static byte[] named(String name) {
    return pair("toname", 9, 1, text(name));
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] list(byte[]... pairs) {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    list.writeBytes(little(12).put(1, (byte) 1).putInt(8, 1).array());
    for (byte[] pair : pairs) {
      list.writeBytes(pair);
    }
    list.writeBytes(new byte[4]);
    return list.toByteArray();
  }

  private static byte[] pair(String name, int type, int count, byte[] value) {
    byte[] nameBytes = name.getBytes(StandardCharsets.ISO_8859_1);
    int valueStart = (16 + nameBytes.length + 1 + 7) / 8 * 8;
    return little(valueStart + value.length)
        .putInt(valueStart + value.length)
        .putShort((short) (nameBytes.length + 1))
        .putShort((short) 0)
        .putInt(count)
        .putInt(type)
        .put(nameBytes)
        .put(valueStart, value)
        .array();
  }

  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return Arrays.copyOf(bytes, (bytes.length + 1 + 7) / 8 * 8);
  }
}

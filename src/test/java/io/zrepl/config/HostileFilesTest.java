package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a file holds, reading it ends soon, with a configuration or with problems. */
@Timeout(300)
class HostileFilesTest {
  static Stream<String> files() {
    return Stream.of(
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        "jobs: " + "[".repeat(60) + "]".repeat(60),
        "jobs: &a [*a, *a]",
        "a: &a {<<: *a}",
        laughs("[%s]", "jobs: *a%d"),
        laughs("{%s}", "jobs: [*a%d]"),
        "x: &x {" + numbered("k%d: 1", 10_000) + "}\njobs: [" + "*x,".repeat(100_000) + "]",
        "x: &x {" + numbered("k%d: 1", 5_000) + "}\ny: {" + numbered("z%d: {<<: *x}", 1_000) + "}",
        "jobs: \"" + "a".repeat(100_000) + "\"",
        "jobs: " + "a ".repeat(100_000),
        "a".repeat(100_000) + ": 1",
        push("filesystems: {\"" + "\\u0085".repeat(300) + "\": true}"),
        push("name: \"" + "a".repeat(100_000) + "\""),
        push("filesystems: {" + numbered("\"tank/%d\": 1", 10_000) + "}"),
        push("filesystems: {\"" + "t/".repeat(200) + "\": true}"),
        rule("{type: last_n, count: " + "9".repeat(100_000) + "}"),
        rule("{type: last_n, count: 1" + "_".repeat(100_000) + "1}"),
        rule("{type: regex, regex: '" + "(".repeat(4_000) + "'}"),
        rule("{type: regex, regex: '" + "(".repeat(2_000) + "a" + ")*".repeat(1_000) + "'}"),
        rule("{type: regex, regex: '((a{100}){100}){100}'}"),
        rule("{type: regex, regex: '" + "\\pL{1000}".repeat(400) + "('}"),
        rule("{type: regex, regex: '" + "a|".repeat(2_000) + "('}"),
        rule("{type: regex, regex: 'a" + "?".repeat(4_000) + "'}"),
        rule("{type: grid, regex: a, grid: '" + "1x1h|".repeat(100_000) + "'}"),
        rule("{type: grid, regex: a, grid: '999999999999x1s'}"),
        "jobs: \"\\uD800\"",
        "jobs: \"\\x00\\e[31m\"",
        "jobs: \u0000",
        "jobs: \u001b[31m",
        "jobs: \ud800",
        "\ufeff\ufeff jobs: [",
        "\u2028\u2029\u0085: 1",
        "%YAML 3.0\n---\n",
        "%TAG ! tag:x,2000:\n--- !a\n",
        "%FOO\n",
        "@",
        "`",
        "|",
        ">-\n",
        "&",
        "*",
        "!",
        "!<>",
        "\"",
        "'",
        "%",
        ":",
        "?",
        "-",
        "<<: 1");
  }

  private static String numbered(String format, int count) {
    return IntStream.range(0, count).mapToObj(format::formatted).collect(Collectors.joining(", "));
  }

  /** Each level has the one before ten times. */
  private static String laughs(String level, String end) {
    boolean mapping = level.startsWith("{");
    StringBuilder text =
        new StringBuilder("a0: &a0 ")
            .append(level.formatted(mapping ? "type: push" : "1"))
            .append('\n');
    for (int i = 1; i < 30; i++) {
      String content =
          mapping ? numbered("k%d: *a" + (i - 1), 10) : ("*a" + (i - 1) + ", ").repeat(10);
      text.append("a%d: &a%d ".formatted(i, i)).append(level.formatted(content)).append('\n');
    }
    return text.append(end.formatted(29)).append('\n').toString();
  }

  @ParameterizedTest
  @MethodSource("files")
  void isRejectedWithAShortCleanMessage(String text) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() ->
            ConfigurationLoader.parse("zrepl.yml", text, ConfigurationLoader.Certificates.SKIP))
        .satisfies(e -> {
          assertThat(e.problems()).isNotEmpty().hasSizeLessThan(102);
          assertThat(e.render().lines().allMatch(line -> line.length() < 1_000)).isTrue();
          assertThat(
                  e.render()
                      .codePoints()
                      .allMatch(
                          c -> c == '\n' || (c >= 0x20 && c != 0x7f && !Character.isISOControl(c))))
              .isTrue();
        });
  }

  static LongStream seeds() {
    long start = Long.getLong("zrepl.test.seed", 20_260_704L);
    return LongStream.range(start, start + 8);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void mutatedFileIsReadOrRejected(long seed) throws Exception {
    Random random = new Random(seed);
    List<String> valid = DumpTest.files().toList();
    int accepted = 0;
    for (int round = 0; round < 200; round++) {
      String text = mutate(valid.get(random.nextInt(valid.size())), random);
      try {
        ConfigurationLoader.parse("zrepl.yml", text, ConfigurationLoader.Certificates.SKIP)
            .effective()
            .yaml();
        accepted++;
      } catch (ConfigurationException e) {
        assertThat(e.problems()).as("seed %d round %d:\n%s", seed, round, text).isNotEmpty();
        assertThat(e.render()).isNotEmpty();
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed %d round %d:\n%s".formatted(seed, round, text), e);
      }
    }
    assertThat(accepted).as("accepted").isBetween(1, 199);
  }

  private static final List<String> PIECES =
      List.of(
          "~",
          "null",
          "[",
          "]",
          "{",
          "}",
          ": ",
          "- ",
          "\n",
          "\n  ",
          "\t",
          "\"",
          "'",
          "#",
          " #",
          "&a ",
          "*a",
          "<<: ",
          "!!str ",
          "!x ",
          "|",
          ">",
          "? ",
          "@",
          "%",
          "\u0000",
          "\ud83e\udd80",
          "\u00e4",
          "0",
          "-1",
          "1e+99",
          "9999999999999999999",
          "type: ",
          "name: ",
          "jobs:",
          "---\n",
          "...\n",
          ",",
          "\\",
          "<",
          "on",
          "\r",
          "\u2028",
          "\ufeff");

  private static String mutate(String text, Random random) {
    StringBuilder result = new StringBuilder(text.isEmpty() ? "\n" : text);
    for (int change = 1 + random.nextInt(4); change > 0; change--) {
      int at = random.nextInt(result.length());
      int end = Math.min(result.length(), at + random.nextInt(12));
      switch (random.nextInt(5)) {
        case 0 -> result.insert(at, PIECES.get(random.nextInt(PIECES.size())));
        case 1 -> result.delete(at, end);
        case 2 -> result.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
        case 3 -> result.insert(random.nextInt(result.length()), result.substring(at, end));
        default -> result.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
      }
      if (result.isEmpty()) {
        result.append('x');
      }
    }
    return result.toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void bytesThatAreNotTextAreRejectedWithTheirPlace(int kind, @TempDir Path folder)
      throws Exception {
    byte[] bytes =
        switch (kind) {
          case 0 -> "jobs:\n  # \u00e4\n".getBytes(StandardCharsets.ISO_8859_1);
          case 1 -> new byte[] {'j', 'o', 'b', 's', ':', '\n', ' ', ' ', '#', ' ', (byte) 0xc3};
          case 2 -> new byte[] {(byte) 0xff, (byte) 0xfe, 'a'};
          default -> new byte[] {(byte) 0xfe, (byte) 0xff, (byte) 0xd8, 0};
        };
    Path file = Files.write(folder.resolve("zrepl.yml"), bytes);
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> ConfigurationLoader.load(file, ConfigurationLoader.Certificates.SKIP))
        .satisfies(e -> {
          assertThat(e.problems()).hasSize(1);
          assertThat(e.problems().getFirst().line()).isEqualTo(kind < 2 ? 2 : 1);
          assertThat(e.problems().getFirst().column()).isEqualTo(kind < 2 ? 5 : 1);
          assertThat(e).hasMessageContaining("is this a text file?");
          assertThat(e.problems().getFirst().snippet())
              .isEqualTo(kind < 2 ? "    # ?\n      ^" : "  ?\n  ^");
        });
  }

  @Test
  void byteOrderMarksAreUnderstood(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("zrepl.yml");
    for (byte[] bytes :
        List.of(
            "\ufeffjobs: []".getBytes(StandardCharsets.UTF_8),
            "\ufeffjobs: []".getBytes(StandardCharsets.UTF_16BE),
            "\ufeffjobs: []".getBytes(StandardCharsets.UTF_16LE))) {
      Files.write(file, bytes);
      assertThat(
              ConfigurationLoader.load(file, ConfigurationLoader.Certificates.SKIP)
                  .configuration()
                  .jobs())
          .isEmpty();
    }
  }

  @Test
  void hugeFileIsNotRead(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("zrepl.yml"), new byte[5 << 20]);
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> ConfigurationLoader.load(file, ConfigurationLoader.Certificates.SKIP))
        .withMessageContaining("larger than 4 MiB");
  }
}

package io.zrepl.rpc.fuzz;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.zrepl.rpc.WireBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Inputs from which {@code bench/fuzz} starts, and those that once showed a defect. */
@Timeout(30)
class FuzzCorpusTest {
  private static final int VARIANTS = 100;
  private static final int LONGEST_VARIANT = 100_000;
  private static final Path CORPUS = Path.of("src/test/resources/fuzz");

  static Stream<Arguments> inputs() throws IOException {
    return Stream.of(
            of("banner", BannerFuzz::fuzzerTestOneInput),
            of("request", RequestFuzz::fuzzerTestOneInput),
            of("response", ResponseFuzz::fuzzerTestOneInput),
            of("message", MessageFuzz::fuzzerTestOneInput))
        .flatMap(each -> each);
  }

  private static Stream<Arguments> of(String target, Consumer<byte[]> parser) throws IOException {
    try (Stream<Path> files = Files.list(CORPUS.resolve(target))) {
      return files.sorted().map(file -> Arguments.of(file, parser)).toList().stream();
    }
  }

  /** What the inputs become when some bytes change, come twice or are missing. */
  @ParameterizedTest
  @MethodSource("inputs")
  void neitherDoWhatIsNearThem(Path file, Consumer<byte[]> parser) throws IOException {
    byte[] original = Files.readAllBytes(file);
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < VARIANTS; i++) {
      byte[] variant = variant(original, random);
      assertThatCode(() -> parser.accept(variant))
          .as("seed %d, variant %d: %s", seed, i, HexFormat.of().formatHex(variant))
          .doesNotThrowAnyException();
    }
  }

  private static byte[] variant(byte[] original, Random random) {
    byte[] bytes = original.clone();
    for (int change = random.nextInt(4); change >= 0 && bytes.length > 0; change--) {
      int at = random.nextInt(bytes.length);
      byte[] end = Arrays.copyOfRange(bytes, at, bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        default -> bytes = WireBytes.join(Arrays.copyOf(bytes, at), end, end);
      }
      bytes = bytes.length > LONGEST_VARIANT ? Arrays.copyOf(bytes, LONGEST_VARIANT) : bytes;
    }
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void harmsNobody(Path file, Consumer<byte[]> parser) throws IOException {
    parser.accept(Files.readAllBytes(file));
  }
}

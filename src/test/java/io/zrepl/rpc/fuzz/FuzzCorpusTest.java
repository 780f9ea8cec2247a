package io.zrepl.rpc.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Inputs from which {@code bench/fuzz} starts, and those that once showed a defect. */
@Timeout(30)
class FuzzCorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/fuzz");

  static Stream<Arguments> inputs() throws IOException {
    return Stream.of(
            of("banner", BannerFuzz::fuzzerTestOneInput),
            of("request", RequestFuzz::fuzzerTestOneInput),
            of("message", MessageFuzz::fuzzerTestOneInput))
        .flatMap(each -> each);
  }

  private static Stream<Arguments> of(String target, Consumer<byte[]> parser) throws IOException {
    try (Stream<Path> files = Files.list(CORPUS.resolve(target))) {
      return files.sorted().map(file -> Arguments.of(file, parser)).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void harmsNobody(Path file, Consumer<byte[]> parser) throws IOException {
    parser.accept(Files.readAllBytes(file));
  }
}

package io.zrepl.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/dev/invariants.md names tests that exist. */
class InvariantsPageTest {
  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

  @Test
  void everyInvariantHasTestsAndEachOfThemExists() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("docs/dev/invariants.md")).stream()
            .filter(line -> line.startsWith("| I-"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(50);
    List<String> missing = new ArrayList<>();
    for (String row : rows) {
      List<MatchResult> tests = TEST.matcher(row).results().toList();
      if (tests.isEmpty()) {
        missing.add(row);
      }
      for (MatchResult test : tests) {
        if (!exists(test.group(1), test.group(2))) {
          missing.add(test.group());
        }
      }
    }
    assertThat(missing).as("tests that the page names and that do not exist").isEmpty();
  }

  private static boolean exists(String className, String method) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(path -> path.endsWith(className + ".java")).toList()) {
        if (Files.readString(file).contains("void " + method + "(")) {
          return true;
        }
      }
    }
    return false;
  }
}

package io.zrepl.manual;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Users search the manual for what they have seen: the messages in it must be the program's. */
class TroubleshootingPageTest {
  private static final Path PAGE = Path.of("docs/troubleshooting.md");
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern CONCATENATION = Pattern.compile("\"\\s*\\+\\s*\"");

  /** All texts of the program in one, those that are broken over lines put together. */
  private static String sources() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        all.append(Files.readString(file)).append('\n');
      }
    }
    return CONCATENATION.matcher(all).replaceAll("").replace("\\\"", "\"");
  }

  /** What the first columns of the tables of messages quote, without what differs each time. */
  private static List<String> quotedMessages() throws IOException {
    String page = Files.readString(PAGE);
    String messages = page.substring(page.indexOf("## Conflicts between two sides"));
    return messages
        .lines()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| message"))
        .map(line -> line.substring(2, line.indexOf(" |", 2)))
        .flatMap(cell -> QUOTED.matcher(cell).results().map(result -> result.group(1)))
        .flatMap(message -> Pattern.compile("\"…\"|…").splitAsStream(message))
        .map(part -> part.strip().replaceAll("^: |:$", ""))
        .filter(part -> part.length() > 3)
        .toList();
  }

  @Test
  void messagesAreThoseOfTheProgram() throws IOException {
    String sources = sources();
    assertThat(quotedMessages())
        .hasSizeGreaterThan(25)
        .allSatisfy(part -> assertThat(sources.contains(part)).as(part).isTrue());
  }
}

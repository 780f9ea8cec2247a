package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.yaml.Problem;
import java.util.List;
import java.util.function.Consumer;

/**
 * A piece of configuration and what becomes of it.
 *
 * @param number of its row in the table of cases
 * @param text a whole file
 * @param valid whether the file is
 * @param check judges; throws an {@link AssertionError}
 */
record LanguageCase(int number, String text, boolean valid, Consumer<String> check) {

  /** Valid. */
  static LanguageCase accepted(int number, String text) {
    return accepted(number, text, _ -> {});
  }

  /** Valid, with that meaning. */
  static LanguageCase accepted(int number, String text, Consumer<Configuration> meaning) {
    return new LanguageCase(
        number, text, true, file -> meaning.accept(ConfigurationText.load(file).configuration()));
  }

  /** Valid, and the dump of what was read has this line. */
  static LanguageCase dumped(int number, String text, String line) {
    return new LanguageCase(
        number,
        text,
        true,
        file ->
            assertThat(ConfigurationText.load(file).effective().yaml().lines().map(String::strip))
                .contains(line));
  }

  /** Valid, but with a warning that contains this. */
  static LanguageCase warned(int number, String text, String message) {
    return new LanguageCase(
        number,
        text,
        true,
        file ->
            assertThat(ConfigurationText.load(file).warnings())
                .extracting(Problem::message)
                .anyMatch(each -> each.contains(message)));
  }

  /** Not valid: one problem, at that path, whose message contains this. */
  static LanguageCase rejected(int number, String text, String path, String message) {
    return new LanguageCase(
        number,
        text,
        false,
        file -> {
          List<Problem> problems = ConfigurationText.reject(file).problems();
          assertThat(problems).hasSize(1);
          assertThat(problems.getFirst().path()).isEqualTo(path);
          assertThat(problems.getFirst().message()).contains(message);
          assertThat(problems.getFirst().snippet()).contains("^");
        });
  }

  /** Not valid: problems at exactly these paths. */
  static LanguageCase rejectedAt(int number, String text, String... paths) {
    return new LanguageCase(
        number,
        text,
        false,
        file ->
            assertThat(ConfigurationText.reject(file).problems())
                .extracting(Problem::path)
                .containsExactlyInAnyOrder(paths));
  }

  @Override
  public String toString() {
    return number + ": " + text.replace("\n", "⏎");
  }
}

package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.connect;
import static io.zrepl.config.ConfigurationText.cron;
import static io.zrepl.config.ConfigurationText.global;
import static io.zrepl.config.ConfigurationText.hook;
import static io.zrepl.config.ConfigurationText.load;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.pull;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.serve;
import static io.zrepl.config.ConfigurationText.snap;
import static io.zrepl.config.ConfigurationText.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.zrepl.config.yaml.Problem;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is valid and the daemon cannot do yet, so that it refuses to start with it. */
class NotYetSupportedTest {
  static Stream<Arguments> files() {
    return Stream.of(
        arguments(push(), List.of()),
        arguments(periodic("hooks: []"), List.of()),
        arguments(global("monitoring: []\nserve: {stdinserver: {sockdir: /x}}"), List.of()),
        arguments(snap(), List.of()),
        arguments(pull(), List.of()),
        arguments(source(), List.of()),
        arguments(connect("{type: tcp, address: 'h:1'}"), List.of()),
        arguments(serve("{type: stdinserver, client_identities: [a]}"), List.of()),
        arguments(cron("\"* * * * *\""), List.of()),
        arguments(hook("{type: command, path: /x}"), List.of()),
        arguments(global("logging: [{type: syslog, level: warn, format: json}]"), List.of()),
        arguments(
            global("monitoring: [{type: prometheus, listen: ':9811'}]"),
            List.of("global.monitoring")));
  }

  @ParameterizedTest
  @MethodSource("files")
  void isListedWithItsPlace(String text, List<String> paths) {
    List<Problem> found = load(text).unsupported();
    assertThat(found).extracting(Problem::path).containsExactlyElementsOf(paths);
    assertThat(found)
        .allSatisfy(problem -> {
          assertThat(problem.file()).isEqualTo("zrepl.yml");
          assertThat(problem.line()).isPositive();
          assertThat(problem.message()).endsWith("is not supported by this version yet");
        });
  }
}

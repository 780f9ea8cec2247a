package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.load;
import static io.zrepl.config.ConfigurationText.loadPush;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.reject;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.yaml.Problem;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** YAML 1.1 scalars, merge keys, aliases, tags. */
class YamlDialectTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "y",
        "Y",
        "yes",
        "Yes",
        "YES",
        "true",
        "True",
        "TRUE",
        "on",
        "On",
        "ON",
        "!!bool 'on'"
      })
  void unquotedWordsAreTrue(String word) {
    assertThat(loadPush(push("send: {raw: " + word + "}")).send().flags().raw()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "~", ""
      })
  void unquotedWordsAreFalse(String word) {
    assertThat(loadPush(push("send: {raw: " + word + "}")).send().flags().raw()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"tRUE", "1", "0", "'yes'", "\"true\"", "!!str true", "[]", "{}", "enabled"})
  void nothingElseIsABoolean(String word) {
    assertThat(reject(push("send: {raw: " + word + "}")).problems()).hasSize(1);
  }

  @Test
  void mergeKeyFillsAFilter() {
    DatasetFilter filter =
        loadPush(
                push(
                    "filesystems: {<<: [{\"tank<\": true, \"tank/a\": true}, {\"tank<\": false, \"pool\": true}], \"tank/a\": false}"))
            .filesystems();
    assertThat(filter.matches(DatasetPath.of("tank/b"))).isTrue();
    assertThat(filter.matches(DatasetPath.of("tank/a"))).isFalse();
    assertThat(filter.matches(DatasetPath.of("pool"))).isTrue();
  }

  @Test
  void anchoredFilterIsSharedByTwoJobs() {
    String text =
        ConfigurationText.file(
            ConfigurationText.pushJob("filesystems: &fs {\"tank<\": true}"),
            ConfigurationText.pushJob("name: second", "filesystems: {<<: *fs, \"tank/x\": false}"),
            ConfigurationText.sinkJob());
    assertThat(load(text).configuration().jobs()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{<<: 1}", "{<<: [1]}", "{<<: ~}", "{<<: {a: true}, <<: {b: true}}"})
  void mergeKeyNeedsMappingsOnce(String filter) {
    assertThat(reject(push("filesystems: " + filter)).problems())
        .extracting(Problem::message)
        .anyMatch(
            message -> message.matches("(the merge key << needs|the key \"<<\" stands twice).*"));
  }

  @Test
  void optionalKeysMayBeMergedRequiredOnesNot() {
    String text =
        """
        global:
          logging:
            - &o {type: syslog, level: info, format: human, retry_interval: 1s}
            - {<<: *o, type: tcp, level: debug, address: "h:1", facility: kern}
        """;
    assertThat(reject(text).problems())
        .extracting(Problem::path)
        .containsExactly("global.logging[1].format", "global.logging[1].facility");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*a",
        "&a [*a]",
        "!!binary aGk=",
        "!custom x",
        "!!set {a}",
        "{[a]: b}",
        "{{a: b}: c}"
      })
  void whatHasNoMeaningIsRejected(String value) {
    assertThat(reject("jobs: " + value).problems()).isNotEmpty();
  }

  @Test
  void duplicateKeysAreFoundAtEveryLevelAndInEveryStyle() {
    assertThat(reject("jobs: []\njobs: []\n").problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.line()).isEqualTo(2);
          assertThat(problem.message())
              .isEqualTo("the key \"jobs\" stands twice in this mapping, first on line 1");
        });
    assertThat(reject(push("send: {raw: true, 'raw': true}")).problems()).hasSize(1);
  }
}

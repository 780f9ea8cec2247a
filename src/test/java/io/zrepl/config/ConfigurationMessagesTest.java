package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.reject;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.zrepl.config.yaml.Problem;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole messages, as an administrator reads them. */
class ConfigurationMessagesTest {
  @Test
  void showsAllProblemsOfAFileInItsOrder() {
    String text =
        """
        global:
          logging: [{type: stdout, level: warning, format: human}]
        jobs:
          - type: push
            name: tank_to_backup
            filesystem: {"tank<": true}
            connect:
              type: local
              listener_name: backup
              client_identity: a/b
            snapshotting:
              type: periodic
              interval: 10
              prefix: zrepl_
              timestamp_location: Europe/Berlin
            pruning:
              keep_sender:
                - type: not_replicated
                -
                - {type: last_n, count: 0}
              keep_receiver:
                - type: grid
                  grid: 1x1h(keep=all) | 24x1h | 30x1m
            send:
              bandwidth_limit: {max: 10 MiB/s}
          - type: pul
            name: other
          - type: sink
            name: tank_to_backup
            serve: {type: local, listener_name: backup}
        """;
    assertThat(reject(text).render()).isEqualTo(EXPECTED.stripTrailing());
  }

  private static final String EXPECTED =
      """
      zrepl.yml:2:35: global.logging[0].level: "warning" is not a log level; did you mean "warn"?; allowed: debug, info, warn, error
          logging: [{type: stdout, level: warning, format: human}]
                                          ^
      zrepl.yml:6:5: jobs[0].filesystem: unknown key; did you mean "filesystems"?
            filesystem: {"tank<": true}
            ^
      zrepl.yml:10:24: jobs[0].connect.client_identity: client identity "a/b" has the character /; allowed are letters, digits, blank and - _ . :
              client_identity: a/b
                               ^
      zrepl.yml:13:17: jobs[0].snapshotting.interval: duration "10" has no unit; allowed are s, m, h, d and w
              interval: 10
                        ^
      zrepl.yml:15:27: jobs[0].snapshotting.timestamp_location: timestamp location "Europe/Berlin" is not possible: the dense format string requires UTC location
              timestamp_location: Europe/Berlin
                                  ^
      zrepl.yml:19:10: jobs[0].pruning.keep_sender[1]: this element of the list is empty
                -
                 ^
      zrepl.yml:20:33: jobs[0].pruning.keep_sender[2].count: 0 is too small; at least 1 is needed
                - {type: last_n, count: 0}
                                        ^
      zrepl.yml:22:11: jobs[0].pruning.keep_receiver[0].regex: this key is required, but missing here
                - type: grid
                  ^
      zrepl.yml:23:17: jobs[0].pruning.keep_receiver[0].grid: interval 3 of 3 ("30x1m"): it is shorter than the interval before it (1h); lengths must not decrease, except behind intervals that all have keep=all
                  grid: 1x1h(keep=all) | 24x1h | 30x1m
                        ^
      zrepl.yml:25:30: jobs[0].send.bandwidth_limit.max: "10 MiB/s" is not a size: a number and one of the units B, KiB, MiB, GiB, TiB, KB, MB, GB, TB (bytes) or the same with b (bits) are expected, for example 40 MiB
              bandwidth_limit: {max: 10 MiB/s}
                                     ^
      zrepl.yml:26:11: jobs[1].type: there is no job of type "pul"; did you mean "pull"?; allowed: push, pull, sink, source, snap
          - type: pul
                  ^
      zrepl.yml:28:5: jobs[2].root_fs: this key is required, but missing here
          - type: sink
            ^
      zrepl.yml:29:11: jobs[2].name: "tank_to_backup" is also the name of jobs[0]; names must be unique
            name: tank_to_backup
                  ^
      """;

  static Stream<Arguments> together() {
    String at = "jobs[0].snapshotting.";
    return Stream.of(
        arguments(
            periodic("interval: 10", "prefix: a/b", "timestamp_location: Foo/Bar"),
            List.of(at + "interval", at + "prefix", at + "timestamp_location")),
        arguments(
            periodic("interval: 10", "prefix: ''", "timestamp_format: a/b", "hooks: [~]"),
            List.of(at + "interval", at + "prefix", at + "timestamp_format", at + "hooks[0]")),
        arguments(
            periodic("interval: 10", "timestamp_format: []", "timestamp_location: Foo/Bar"),
            List.of(at + "interval", at + "timestamp_format", at + "timestamp_location")),
        arguments(
            push("send: {bandwidth_limit: {max: 0 B, bucket_capacity: 0 B}}"),
            List.of(
                "jobs[0].send.bandwidth_limit.max",
                "jobs[0].send.bandwidth_limit.bucket_capacity")),
        arguments(
            push("send: {bandwidth_limit: {max: x, bucket_capacity: 0 B}}"),
            List.of(
                "jobs[0].send.bandwidth_limit.max",
                "jobs[0].send.bandwidth_limit.bucket_capacity")),
        arguments(
            ConfigurationText.global(
                "logging: [{type: stdout, level: x, format: human}, {type: stdout, level: info, format: y}]"),
            List.of("global.logging[0].level", "global.logging[1].format", "global.logging[1]")),
        arguments(
            ConfigurationText.serve("{type: stdinserver, client_identities: [a/b, a/b]}"),
            List.of(
                "jobs[0].serve.client_identities[0]",
                "jobs[0].serve.client_identities[1]",
                "jobs[0].serve.client_identities[1]")),
        arguments(
            ConfigurationText.snap(
                "pruning: {keep: [{type: not_replicated, keep_snapshot_at_cursor: 1}]}"),
            List.of("jobs[0].pruning.keep[0].keep_snapshot_at_cursor", "jobs[0].pruning.keep[0]")));
  }

  @ParameterizedTest
  @MethodSource("together")
  void whatIsWrongTogetherIsToldBesideWhatIsWrongAlone(String text, List<String> paths) {
    assertThat(reject(text).problems())
        .extracting(Problem::path)
        .containsExactlyInAnyOrderElementsOf(paths);
  }

  @Test
  void countsColumnsInCodePointsAndKeepsTheCaretBelow() {
    assertThat(reject("jobs: [{name: \"🦀é\", type: push2}]").render())
        .isEqualTo(
            """
            zrepl.yml:1:27: jobs[0].type: there is no job of type "push2"; did you mean "push"?; allowed: push, pull, sink, source, snap
              jobs: [{name: "🦀é", type: push2}]
                                        ^\
            """);
  }

  @Test
  void pointsIntoLongLines() {
    Problem problem =
        reject("{" + " ".repeat(500) + "jbos: 1" + " ".repeat(500) + "}").problems().getFirst();
    assertThat(problem.column()).isEqualTo(502);
    String[] lines = problem.snippet().split("\n", -1);
    assertThat(lines).hasSize(2);
    assertThat(lines[0].length()).isLessThan(110);
    assertThat(lines[0].substring(lines[1].indexOf('^'))).startsWith("jbos");
  }

  @Test
  void pointsAtASyntaxError() {
    assertThat(reject("jobs:\n  - {type: push\n").problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.message()).startsWith("YAML syntax error: ");
          assertThat(problem.line()).isEqualTo(3);
        });
  }

  @Test
  void readsWindowsLineEndings() {
    assertThat(reject("jobs: []\r\n\r\nfoo: 1\r\n").render())
        .isEqualTo(
            """
            zrepl.yml:3:1: foo: unknown key; known here: global, jobs, include
              foo: 1
              ^\
            """);
  }

  @Test
  void anAliasedSectionIsBlamedOnce() {
    String text =
        """
        jobs:
          - &first {type: sink, name: a, root_fs: b, serve: {type: local}}
          - *first
        """;
    assertThat(reject(text).problems())
        .extracting(Problem::path)
        .containsExactlyInAnyOrder("jobs[0].serve.listener_name", "jobs[1].name");
  }

  @Test
  void stopsAfterManyProblemsAndSaysSo() {
    String text = "jobs: [" + "{type: x}, ".repeat(500) + "]";
    assertThat(reject(text).problems()).hasSize(101);
    assertThat(reject(text).problems().getLast().render())
        .isEqualTo("zrepl.yml: there are more problems; only 100 are shown");
  }

  @Test
  void passwordsAreNeverShown() {
    String hooks = "hooks: [{type: mysql-lock-tables, dsn: 'u:TopSecret@tcp(h)'}]";
    for (String text :
        List.of(
            ConfigurationText.periodic(hooks),
            ConfigurationText.periodic(hooks.replace("]", "")),
            "dsn: TopSecret",
            "jobs: [{dsn: &x TopSecret, name: *x}]",
            "jobs: {dsn: |\n  TopSecret\n  TopSecret\n @")) {
      assertThat(reject(text).render()).doesNotContain("TopSecret");
    }
  }
}

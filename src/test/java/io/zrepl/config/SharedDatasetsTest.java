package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Jobs that disturb each other on the same datasets, and those that do not. */
class SharedDatasetsTest {
  private static final String ALL = "{type: regex, regex: '.*'}";
  private static final String SOME = "{type: not_replicated}, {type: last_n, count: 9}";

  private static String push(String name, String filesystems, String taking, String rules) {
    return """
    - type: push
      name: %s
      filesystems: {%s}
      connect: {type: tcp, address: "there:1"}
      snapshotting: {%s}
      pruning: {keep_sender: [%s], keep_receiver: [%s]}
    """
        .formatted(name, filesystems, taking, rules, ALL);
  }

  private static String snap(String name, String filesystems, String taking, String rules) {
    return """
    - type: snap
      name: %s
      filesystems: {%s}
      snapshotting: {%s}
      pruning: {keep: [%s]}
    """
        .formatted(name, filesystems, taking, rules);
  }

  private static String source(String filesystems, String taking, String serve) {
    return """
    - type: source
      name: source
      filesystems: {%s}
      snapshotting: {%s}
      serve: {%s}
    """
        .formatted(filesystems, taking, serve);
  }

  private static String pull(String name, String root, String keepSender, String keepReceiver) {
    return """
    - type: pull
      name: %s
      root_fs: %s
      interval: 1h
      connect: {type: local, listener_name: here, client_identity: me}
      recv: {properties: {inherit: [mountpoint], override: {canmount: off}}}
      pruning: {keep_sender: [%s], keep_receiver: [%s]}
    """
        .formatted(name, root, keepSender, keepReceiver);
  }

  private static String sink(String root) {
    return """
    - type: sink
      name: sink
      root_fs: %s
      serve: {type: tcp, listen: ":1", clients: {10.0.0.1: me}}
    """
        .formatted(root);
  }

  private static final String TANK = "\"tank<\": true";
  private static final String MANUAL = "type: manual";
  private static final String HOURLY = "type: periodic, interval: 1h, prefix: z_";
  private static final String HERE = "type: local, listener_name: here";
  private static final String THERE = "type: tcp, listen: ':1', clients: {10.0.0.1: me}";

  static Stream<Arguments> disturbing() {
    return Stream.of(
        arguments(
            "two replications, of which one prunes",
            push("a", TANK, MANUAL, SOME) + push("b", TANK, MANUAL, ALL),
            "jobs[0].pruning",
            "jobs[1] replicates tank too, and the rules here can destroy snapshots before"),
        arguments(
            "the same, if only a part is common",
            push("a", "tank/a: true", HOURLY, SOME) + push("b", TANK, MANUAL, ALL),
            "jobs[0].pruning",
            "jobs[1] replicates tank/a too"),
        arguments(
            "the other replication is one that a remote job pulls",
            push("a", TANK, MANUAL, SOME) + source(TANK, MANUAL, THERE),
            "jobs[0].pruning",
            "jobs[1] replicates tank too"),
        arguments(
            "a pull on this machine prunes what is also pushed",
            push("a", TANK, MANUAL, ALL)
                + source(TANK, MANUAL, HERE)
                + pull("p", "back/up", SOME, ALL),
            "jobs[2].pruning",
            "jobs[0] replicates tank too"),
        arguments(
            "a pull on this machine prunes what a snap job takes there",
            snap("s", TANK, HOURLY, ALL)
                + source(TANK, MANUAL, HERE)
                + pull("p", "back/up", "{type: regex, regex: z_, negate: true}", ALL),
            "jobs[2].pruning",
            "jobs[0] selects tank too, and no rule here keeps the snapshots that it takes (z_"),
        arguments(
            "a pull on this machine keeps on its receiver nothing of what its source takes",
            source(TANK, HOURLY, HERE)
                + pull("p", "back/up", ALL, "{type: regex, regex: ^z_, negate: true}"),
            "jobs[1].pruning.keep_receiver",
            "no rule keeps the snapshots that the job that this one pulls from takes (z_"),
        arguments(
            "not_replicated without a bound, seen by the names of the source",
            source(TANK, HOURLY, HERE)
                + pull(
                    "p",
                    "back/up",
                    "{type: not_replicated}, {type: regex, regex: ^z_, negate: true}",
                    ALL),
            "jobs[1].pruning.keep_sender",
            "only not_replicated keeps any"),
        arguments(
            "snapshots of what a sink receives",
            snap("s", TANK, HOURLY, ALL) + sink("tank/copies"),
            "jobs[0].filesystems",
            "this selects datasets below tank/copies, where jobs[1] receives"),
        arguments(
            "snapshots of one replica",
            snap("s", "tank/copies/me/x: true", HOURLY, ALL) + sink("tank/copies"),
            "jobs[0].filesystems",
            "exclude \"tank/copies<\""),
        arguments(
            "the same in a pull job's root",
            push("a", TANK, "type: cron, cron: '0 * * * *', prefix: z_", ALL)
                + source("\"pool<\": true", MANUAL, HERE)
                + pull("p", "tank/copies", ALL, ALL),
            "jobs[0].filesystems",
            "where jobs[2] receives"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("disturbing")
  void isWarnedOfOnce(String why, String jobs, String path, String message) {
    assertThat(load("jobs:\n" + jobs).warnings())
        .as(jobs)
        .singleElement()
        .satisfies(warning -> assertThat(warning.path()).isEqualTo(path))
        .satisfies(warning -> assertThat(warning.message()).contains(message));
  }

  static Stream<Arguments> harmless() {
    return Stream.of(
        arguments(
            "two replications that keep all, and a snap job that takes and prunes",
            push("a", TANK, MANUAL, ALL)
                + push("b", TANK, MANUAL, ALL)
                + snap("s", TANK, HOURLY, "{type: last_n, count: 99}")),
        arguments(
            "two replications of different datasets",
            push("a", "\"tank<\": true, \"tank/b<\": false", MANUAL, SOME)
                + push("b", "\"tank/b<\": true", MANUAL, SOME)),
        arguments(
            "the two ends of one replication on this machine",
            source(TANK, HOURLY, HERE) + pull("p", "back/up", SOME, ALL)),
        arguments(
            "a snap job that only prunes replicas, which a sink cannot do",
            snap("s", "\"tank/copies<\": true", MANUAL, "{type: last_n, count: 99}")
                + sink("tank/copies")),
        arguments(
            "snapshots of the root of a sink, but of no replica",
            snap("s", "tank/copies: true", HOURLY, ALL) + sink("tank/copies")),
        arguments(
            "snapshots beside a sink",
            snap("s", "\"tank<\": true, \"tank/copies<\": false", HOURLY, ALL)
                + sink("tank/copies")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harmless")
  void isNotWarnedOf(String why, String jobs) {
    assertThat(load("jobs:\n" + jobs).warnings()).as(jobs).isEmpty();
  }
}

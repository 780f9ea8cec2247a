package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.connect;
import static io.zrepl.config.ConfigurationText.file;
import static io.zrepl.config.ConfigurationText.hook;
import static io.zrepl.config.ConfigurationText.load;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.pull;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.pushJob;
import static io.zrepl.config.ConfigurationText.rule;
import static io.zrepl.config.ConfigurationText.sink;
import static io.zrepl.config.ConfigurationText.sinkJob;
import static io.zrepl.config.ConfigurationText.snap;
import static io.zrepl.config.ConfigurationText.snapJob;
import static io.zrepl.config.ConfigurationText.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Problem;
import io.zrepl.model.DatasetFilter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is allowed and probably not meant. */
class ConfigurationWarningsTest {
  private static final String OTHER_RULES =
      "pruning: {keep_sender: [{type: not_replicated}, {type: last_n, count: 1}], keep_receiver: [%s]}";

  private static final String REMOTE =
      "recv: {properties: {inherit: [mountpoint], override: {canmount: off}}}";

  static Stream<Arguments> doubtful() {
    return Stream.of(
        arguments(
            file(pushJob()),
            "jobs[0].connect.listener_name",
            "no sink of this file serves a local listener"),
        arguments(
            file(pushJob(), sinkJob("serve: {type: local, listener_name: there}")),
            "jobs[0].connect.listener_name",
            "no sink of this file serves \"here\"; there is there"),
        arguments(
            file(pushJob(), sinkJob(), sinkJob("name: second", "root_fs: other")),
            "jobs[2].serve.listener_name",
            "jobs[1] serves \"here\" too; a client gets one of the two, and not always the same"),
        arguments(
            push("filesystems: {/tank<: true}"),
            "jobs[0].filesystems[\"/tank<\"]",
            "can never match"),
        arguments(
            push("filesystems: {tank//x: true}"),
            "jobs[0].filesystems[\"tank//x\"]",
            "can never match"),
        arguments(push("filesystems: {'': true}"), "jobs[0].filesystems[\"\"]", "can never match"),
        arguments(
            push("filesystems: {\"<\": true}"),
            "jobs[0].filesystems",
            "copies would be copied again and again; exclude \"backup/zrepl<\""),
        arguments(
            push("filesystems: {\"backup<\": true, \"backup/zrepl\": false}"),
            "jobs[0].filesystems",
            "this also selects backup/zrepl/me"),
        arguments(
            push(
                "replication: {protection: {incremental: guarantee_nothing}}",
                OTHER_RULES.formatted("{type: last_n, count: 1}")),
            "jobs[0].pruning.keep_sender",
            "not_replicated needs the replication cursor"),
        arguments(
            push(OTHER_RULES.formatted("{type: not_replicated}, {type: last_n, count: 1}")),
            "jobs[0].pruning.keep_receiver",
            "of no use on the receiver"),
        arguments(
            both(
                "{type: grid, grid: 1x1h, regex: ^zrpl_}, {type: regex, regex: zrepl, negate: true}"),
            "jobs[0].pruning.keep_receiver",
            "no rule keeps the snapshots that this job takes (zrepl_20260704_050607_000)"),
        arguments(
            sink("recv: {properties: {inherit: [a, canmount], override: {canmount: off}}}"),
            "jobs[1].recv.properties.inherit",
            "zfs receive refuses a property that is named twice, here canmount"),
        arguments(
            sink("recv: {properties: {inherit: ['a:b', 'a:b']}}"),
            "jobs[1].recv.properties.inherit",
            "named twice, here a:b"),
        arguments(
            rule("{type: last_n, count: 2.7}"),
            "jobs[0].pruning.keep_sender[0].count",
            "2.7 is read as 2"),
        arguments(
            rule("{type: last_n, count: 3000000000}"),
            "jobs[0].pruning.keep_sender[0].count",
            "3000000000 is read as 2147483647"),
        arguments(
            push(
                "connect: {type: local, listener_name: here, client_identity: me, dial_timeout: 1000000000}"),
            "jobs[0].connect.dial_timeout",
            "a number without a unit is nanoseconds, here 1s"),
        arguments(
            push(
                "replication: {protection: {initial: guarantee_nothing}}",
                "pruning: {keep_sender: [{type: last_n, count: 1}], keep_receiver: [{type: last_n, count: 1}]}"),
            "jobs[0].replication.protection",
            "guarantee_nothing removes the replication cursor"),
        arguments(
            rule("{type: last_n, count: 5, regex: ^zrepl_}"),
            "jobs[0].pruning.keep_sender",
            "such as \"before-upgrade\", are kept by no rule"),
        arguments(
            snap(
                "snapshotting: {type: cron, cron: 0 * * * *, prefix: z_}",
                "pruning: {keep: [{type: regex, regex: ^y_}]}"),
            "jobs[0].pruning.keep",
            "no rule keeps the snapshots that this job takes (z_"),
        arguments(
            file(
                sinkJob(),
                sinkJob(
                    "name: b",
                    "root_fs: backup/zrepl/x",
                    "serve: {type: local, listener_name: other}")),
            "jobs[1].root_fs",
            "this overlaps with the root_fs of jobs[0] (backup/zrepl)"),
        arguments(
            hook("{type: postgres-checkpoint, dsn: 'TopSecret', filesystems: {tank: true}}"),
            "jobs[0].snapshotting.hooks[0].dsn",
            "what stands here is not valid"),
        arguments(
            hook(
                "{type: mysql-lock-tables, dsn: 'u:TopSecret@tcp(h)/?tls=mine', filesystems: {tank: true}}"),
            "jobs[0].snapshotting.hooks[0].dsn",
            "what stands here is not valid"),
        arguments(
            push("snapshotting: {type: cron, prefix: a_, cron: '0 0 29 2 *'}"),
            "jobs[0].snapshotting.cron",
            "there are years in which this does not come true"),
        arguments(
            file(
                sinkJob("serve: {type: tcp, listen: ':8888', clients: {10.0.0.1: a}}"),
                sinkJob(
                    "name: b",
                    "root_fs: other",
                    "serve: {type: tcp, listen: ':8888', clients: {10.0.0.2: b}}")),
            "jobs[1].serve.listen",
            "jobs[0] listens at \":8888\" too"),
        arguments(
            push("send: {saved: true}"),
            "jobs[0].send.saved",
            "every step fails: zfs send -S sends the partial state"),
        arguments(source("send: {saved: true}"), "jobs[0].send.saved", "remove it"),
        arguments(
            push("send: {send_properties: true}"),
            "jobs[0].send",
            "recv.properties of jobs[1] does not override or inherit mountpoint and canmount"),
        arguments(
            push("connect: {type: tcp, address: 'h:1'}", "send: {send_properties: true}"),
            "jobs[0].send",
            "make sure that recv.properties of the receiver overrides or inherits mountpoint and canmount"),
        arguments(
            source("send: {backup_properties: true}"),
            "jobs[0].send",
            "make sure that recv.properties of the receiver"),
        arguments(
            pull("recv: {properties: {override: {canmount: off}}}"),
            "jobs[0].recv",
            "recv.properties does not override or inherit mountpoint: if the source sends properties"),
        arguments(
            snaps("\"tank<\": true", "\"tank/home<\": true"),
            "jobs[1].filesystems",
            "jobs[0] selects tank/home too, and both take snapshots with the prefix \"a_\""),
        arguments(
            snaps("\"<\": true", "\"tank<\": true"),
            "jobs[1].filesystems",
            "jobs[0] selects tank too"),
        arguments(
            snaps("tank/a/b: true", "\"tank<\": true, \"tank/a<\": false, \"tank/a/b<\": true"),
            "jobs[1].filesystems",
            "jobs[0] selects tank/a/b too"),
        arguments(
            snaps("\"tank<\": true, tank: false", "\"tank<\": true, tank/x: false"),
            "jobs[1].filesystems",
            "jobs[0] selects datasets below tank too"),
        arguments(
            file(
                snapJob("snapshotting: {type: periodic, interval: 1h, prefix: a_}"),
                snapJob("name: b", "snapshotting: {type: periodic, interval: 1h, prefix: a_}")),
            "jobs[1].filesystems",
            "jobs[0] selects tank too, and both take snapshots with the prefix \"a_\""),
        arguments(
            file(
                snapJob("snapshotting: {type: periodic, interval: 1h, prefix: a_}"),
                snapJob("name: b", "pruning: {keep: [{type: last_n, count: 1}]}")),
            "jobs[1].pruning",
            "jobs[0] selects tank too, and the rules here keep only some of the snapshots"),
        arguments(
            file(
                snapJob("snapshotting: {type: periodic, interval: 1h, prefix: a_}"),
                snapJob("name: b", "pruning: {keep: [{type: regex, regex: a_, negate: true}]}")),
            "jobs[1].pruning",
            "jobs[0] selects tank too, and no rule here keeps the snapshots that it takes (a_"),
        arguments(
            hook("{type: command, path: /x}, {type: command, path: quiesce}"),
            "jobs[0].snapshotting.hooks[1].path",
            "\"quiesce\" is not an absolute path"),
        arguments(
            connect("{type: tcp, address: 'h:zrepl'}"),
            "jobs[0].connect.address",
            "the port \"zrepl\" is not a number"),
        arguments(sink("root_fs: /pool"), "jobs[1].root_fs", "there can be no such dataset"),
        arguments(
            periodic("timestamp_format: foo"),
            "jobs[0].snapshotting.timestamp_format",
            "all snapshots get the same name"),
        arguments(
            periodic("timestamp_format: 2006-01-02_15"),
            "jobs[0].snapshotting.timestamp_format",
            "snapshots taken one interval after another can get the same name"),
        arguments(
            periodic("timestamp_format: '15:04:05'"),
            "jobs[0].snapshotting.timestamp_format",
            "a layout needs the date"),
        arguments(
            periodic("timestamp_format: 2006-01-02_15.04", "timestamp_location: Europe/Berlin"),
            "jobs[0].snapshotting.timestamp_format",
            "come again when the clocks are set back"));
  }

  /** Two jobs that take snapshots with the same prefix, with these filters. */
  private static String snaps(String first, String second) {
    String snapshotting = "snapshotting: {type: periodic, interval: 1h, prefix: a_}";
    return file(
        snapJob("filesystems: {%s}".formatted(first), snapshotting),
        snapJob("name: b", "filesystems: {%s}".formatted(second), snapshotting));
  }

  private static String both(String keepReceiver) {
    return periodic()
        .replaceFirst("pruning: .*", OTHER_RULES.formatted(keepReceiver).replace("\\", "\\\\"));
  }

  @ParameterizedTest
  @MethodSource("doubtful")
  void warnsOnce(String text, String path, String message) {
    assertThat(load(text).warnings())
        .as(text)
        .singleElement()
        .satisfies(warning -> {
          assertThat(warning.path()).isEqualTo(path);
          assertThat(warning.message()).contains(message);
          assertThat(warning.line()).isPositive();
        });
  }

  static Stream<String> fine() {
    return Stream.of(
        push(),
        periodic(),
        push("filesystems: {\"<\": true, \"backup/zrepl<\": false}"),
        push("filesystems: {\"backup/zrepl\": true}"),
        both("{type: regex, regex: other, negate: true}"),
        both("{type: last_n, count: 1}"),
        rule("{type: last_n, count: 2.0}"),
        sink("recv: {properties: {inherit: [a, b], override: {c: d}}}"),
        pull(REMOTE),
        push(
            "replication: {protection: {initial: guarantee_nothing, incremental: guarantee_nothing}}",
            "pruning: {keep_sender: [{type: regex, regex: '.*'}], keep_receiver: [{type: regex, regex: ^}]}"),
        push("snapshotting: {type: cron, prefix: a_, cron: '0 0 1 1 *'}"),
        source("send: {compressed: true}"),
        push("send: {send_properties: true}").replaceFirst("\\n$", "\n    " + REMOTE + "\n"),
        snaps("\"tank<\": true", "\"pool<\": true, \"tank<\": false"),
        snaps("\"tank<\": true, \"tank/home<\": false", "\"tank/home<\": true"),
        snaps("tank: true", "tank/home: true"),
        snaps("\"tank/a<\": true", "\"tank/ab<\": true"),
        push(
            "pruning: {keep_sender: [{type: not_replicated}, {type: regex, regex: a_}, {type: regex, regex: a_, negate: true}], keep_receiver: [{type: last_n, count: 1}]}"));
  }

  @ParameterizedTest
  @MethodSource("fine")
  void doesNotWarnOfWhatIsUsual(String text) {
    assertThat(load(text).warnings()).extracting(Problem::render).isEmpty();
  }

  static Stream<String> onlyNotReplicated() {
    String rules = "pruning: {keep_sender: [%s], keep_receiver: [{type: last_n, count: 1}]}";
    String periodic = "snapshotting: {type: periodic, interval: 1h, prefix: a_}";
    return Stream.of(
        push(rules.formatted("{type: not_replicated}")),
        push(periodic, rules.formatted("{type: not_replicated}")),
        push(
            periodic,
            rules.formatted("{type: not_replicated}, {type: last_n, count: 9, regex: ^b_}")),
        pull(REMOTE, rules.formatted("{type: not_replicated}, {type: not_replicated}")));
  }

  /** Nothing but the progress of replication bounds how many snapshots there are. */
  @ParameterizedTest
  @MethodSource("onlyNotReplicated")
  void warnsOfNotReplicatedWithoutABoundAndOfWhatItDestroys(String text) {
    assertThat(load(text).warnings())
        .as(text)
        .hasSize(2)
        .allMatch(warning -> warning.path().equals("jobs[0].pruning.keep_sender"))
        .anyMatch(warning -> warning.message().contains("they accumulate until the pool is full"))
        .anyMatch(warning ->
            warning.message().contains("such as \"before-upgrade\", are kept by no rule"));
  }

  @Test
  void warnsOfSenderRulesThatDestroyWhatIsNotReplicatedYet() {
    assertThat(
            load(periodic()
                    .replace("keep_sender: [", "keep_sender: [{type: regex, regex: ^x}, #")
                    .replace("#{type: last_n, count: 2}", ""))
                .warnings())
        .singleElement()
        .satisfies(warning ->
            assertThat(warning.message())
                .contains(
                    "no rule keeps the snapshots that this job takes (zrepl_20260704_050607_000), so that they are destroyed, replicated or not"));
  }

  @Test
  void thousandsOfJobsAreComparedInReasonableTime() {
    List<DatasetFilter> filters = new ArrayList<>();
    for (int job = 0; job < 2000; job++) {
      Map<String, Boolean> patterns = new LinkedHashMap<>();
      for (int i = 0; i < 20; i++) {
        patterns.put("tank/job%d/dataset%d<".formatted(job, i), true);
      }
      filters.add(filter(patterns));
    }
    filters.add(filter(Map.of("tank/job77<", true)));
    OverlappingFilters found = OverlappingFilters.of(filters, 1000, 1_000_000);
    assertThat(found.comparisons()).isLessThan(1000);
    assertThat(found.overlaps())
        .containsExactly(new OverlappingFilters.Overlap(77, 2000, "tank/job77/dataset0"));
    OverlappingFilters bounded =
        OverlappingFilters.of(
            Collections.nCopies(5000, filter(Map.of("a<", true, "a/b<", false))), 100, 1_000_000);
    assertThat(bounded.overlaps()).hasSize(100);
  }

  private static DatasetFilter filter(Map<String, Boolean> patterns) {
    try {
      return DatasetFilter.of(patterns);
    } catch (InvalidValueException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void warningsAreInTheOrderOfTheFile() {
    assertThat(
            load(push(
                    "filesystems: {/b: true, /a: true}",
                    "-connect",
                    "connect: {type: local, listener_name: x, client_identity: me}"))
                .warnings())
        .extracting(Problem::path)
        .containsExactly(
            "jobs[0].filesystems[\"/b\"]",
            "jobs[0].filesystems[\"/a\"]",
            "jobs[0].connect.listener_name");
  }
}

package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.connect;
import static io.zrepl.config.ConfigurationText.file;
import static io.zrepl.config.ConfigurationText.hook;
import static io.zrepl.config.ConfigurationText.load;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.pushJob;
import static io.zrepl.config.ConfigurationText.rule;
import static io.zrepl.config.ConfigurationText.sink;
import static io.zrepl.config.ConfigurationText.sinkJob;
import static io.zrepl.config.ConfigurationText.snap;
import static io.zrepl.config.ConfigurationText.snapJob;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.zrepl.config.yaml.Problem;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is allowed and probably not meant. */
class ConfigurationWarningsTest {
  private static final String OTHER_RULES =
      "pruning: {keep_sender: [{type: not_replicated}], keep_receiver: [%s]}";

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
            push("replication: {protection: {incremental: guarantee_nothing}}"),
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
            push("send: {send_properties: true}"),
            "jobs[0].send",
            "recv.properties of jobs[1] does not override or inherit mountpoint and canmount"),
        arguments(
            file(
                snapJob("snapshotting: {type: periodic, interval: 1h, prefix: a_}"),
                snapJob("name: b", "snapshotting: {type: periodic, interval: 1h, prefix: a_}")),
            "jobs[1].filesystems",
            "jobs[0] selects tank too, and both take snapshots with the prefix \"a_\""),
        arguments(
            file(
                snapJob("snapshotting: {type: periodic, interval: 1h, prefix: a_}"),
                snapJob("name: b", "pruning: {keep: [{type: regex, regex: a_, negate: true}]}")),
            "jobs[1].pruning",
            "jobs[0] selects tank too, and no rule here keeps the snapshots that it takes (a_"),
        arguments(
            hook("{type: command, path: quiesce}"),
            "jobs[0].snapshotting.hooks",
            "\"quiesce\" is not an absolute path"),
        arguments(
            connect("{type: tcp, address: 'h:zrepl'}"),
            "jobs[0].connect.address",
            "the port \"zrepl\" is not a number"),
        arguments(sink("root_fs: /pool"), "jobs[1].root_fs", "there can be no such dataset"),
        arguments(
            periodic("timestamp_format: foo"),
            "jobs[0].snapshotting.timestamp_format",
            "all snapshots get the same name"));
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
        sink("recv: {properties: {inherit: [a, b], override: {c: d}}}"));
  }

  @ParameterizedTest
  @MethodSource("fine")
  void doesNotWarnOfWhatIsUsual(String text) {
    assertThat(load(text).warnings()).extracting(Problem::render).isEmpty();
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

package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.file;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.pushJob;
import static io.zrepl.config.ConfigurationText.reject;
import static io.zrepl.config.ConfigurationText.rule;
import static io.zrepl.config.ConfigurationText.sink;
import static io.zrepl.config.ConfigurationText.sinkJob;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.zrepl.config.yaml.Problem;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of files that must be rejected: exactly one problem each, at its path, saying why. */
class RejectedFragmentsTest {
  static Stream<Arguments> fileLevel() {
    return Stream.of(
        arguments(
            "[]",
            "",
            "a mapping with the keys global, jobs, include is needed, but this is a list"),
        arguments("foo: 1", "foo", "unknown key; known here: global, jobs, include"),
        arguments("job: []", "job", "unknown key; did you mean \"jobs\"?"),
        arguments("jobs: 1", "jobs", "a list of jobs is needed, but this is \"1\""),
        arguments("jobs: [~]", "jobs[0]", "this element of the list is empty"),
        arguments("\tjobs: []", "", "indent with blanks"),
        arguments(
            file(pushJob("-type")),
            "jobs[0].type",
            "a job needs a type; allowed: push, pull, sink, source, snap"),
        arguments(
            file(pushJob("-type", "typ: push")),
            "jobs[0].type",
            "did you mean \"type\" by \"typ\"?"),
        arguments(file(pushJob("type: ''")), "jobs[0].type", "must be a word"),
        arguments(file(pushJob("type: ~")), "jobs[0].type", "must be a word, but this is null"),
        arguments(file(pushJob("type: foo")), "jobs[0].type", "there is no job of type \"foo\""),
        arguments(file(pushJob("type: Push")), "jobs[0].type", "did you mean \"push\"?"),
        arguments(push("name: a\nname: b"), "", "the key \"name\" stands twice in this mapping"));
  }

  static Stream<Arguments> names() {
    return Stream.of(
        arguments(push("name: \"\""), "jobs[0].name", "must not be empty"),
        arguments(push("name: ~"), "jobs[0].name", "must not be empty"),
        arguments(push("-name"), "jobs[0].name", "this key is required, but missing here"),
        arguments(push("name: _x"), "jobs[0].name", "such names are reserved"),
        arguments(push("name: a/b"), "jobs[0].name", "has the character /; allowed are"),
        arguments(push("name: a@b"), "jobs[0].name", "has the character @"),
        arguments(push("name: a%b"), "jobs[0].name", "has the character %"),
        arguments(push("name: ä"), "jobs[0].name", "has the character ä"),
        arguments(push("name: '.'"), "jobs[0].name", "must not be \".\""),
        arguments(push("name: '..'"), "jobs[0].name", "must not be \"..\""),
        arguments(push("name: [a]"), "jobs[0].name", "a job name is needed, but this is a list"),
        arguments(
            push("name: " + "n".repeat(204)), "jobs[0].name", "204 characters long; at most 203"),
        arguments(
            push("name: receiver"), "jobs[1].name", "\"receiver\" is also the name of jobs[0]"));
  }

  static Stream<Arguments> keysOfJobs() {
    return Stream.of(
        arguments(
            push("recv: {}"),
            "jobs[0].recv",
            "a push job has no such key; it belongs to a pull job, a sink job"),
        arguments(push("root_fs: a"), "jobs[0].root_fs", "it belongs to a pull job, a sink job"),
        arguments(push("interval: 1h"), "jobs[0].interval", "it belongs to a pull job"),
        arguments(sink("pruning: {}"), "jobs[1].pruning", "it belongs to a push job"),
        arguments(sink("filesystems: {}"), "jobs[1].filesystems", "it belongs to a push job"),
        arguments(push("-connect"), "jobs[0].connect", "required"),
        arguments(push("-filesystems"), "jobs[0].filesystems", "required"),
        arguments(push("-snapshotting"), "jobs[0].snapshotting", "required"),
        arguments(push("-pruning"), "jobs[0].pruning", "required"),
        arguments(
            push("-pruning", "prunning: {}"), "jobs[0].prunning", "did you mean \"pruning\"?"),
        arguments(sink("-serve"), "jobs[1].serve", "required"),
        arguments(sink("-root_fs"), "jobs[1].root_fs", "required"));
  }

  static Stream<Arguments> filters() {
    String at = "jobs[0].filesystems";
    return Stream.of(
        arguments(push("filesystems: {}"), at, "must not be empty"),
        arguments(push("filesystems: ~"), at, "must not be empty"),
        arguments(push("filesystems: {tank: ok}"), at + ".tank", "\"ok\" is not a boolean"),
        arguments(push("filesystems: {tank: '!'}"), at + ".tank", "not a boolean"),
        arguments(push("filesystems: {tank: 'true'}"), at + ".tank", "here without quotes"),
        arguments(push("filesystems: {tank: 1}"), at + ".tank", "not a boolean"),
        arguments(push("filesystems: {tank: {}}"), at + ".tank", "a boolean is needed"),
        arguments(push("filesystems: {t: true, t: false}"), "", "the key \"t\" stands twice"),
        arguments(
            push("filesystems: {tank/: true}"), at + "[\"tank/\"]", "must not end with \"/\""),
        arguments(
            push("filesystems: {tank/<: true}"), at + "[\"tank/<\"]", "must not end with \"/\""),
        arguments(
            push("filesystems: {tank<x: true}"),
            at + "[\"tank<x\"]",
            "only allowed once, at the end"),
        arguments(push("filesystems: {tank<<: true}"), at + "[\"tank<<\"]", "only allowed once"),
        arguments(
            push("filesystems: {'tank*': true}"), at + "[\"tank*\"]", "has the character \"*\""),
        arguments(
            push("filesystems: {'tank@s': true}"), at + "[\"tank@s\"]", "has the character \"@\""),
        arguments(
            push("filesystems: {'tank>': true}"), at + "[\"tank>\"]", "has the character \">\""),
        arguments(push("filesystems: [tank]"), at, "a mapping of patterns to booleans is needed"),
        arguments(push("filesystems: tank"), at, "but this is \"tank\""),
        arguments(sink("root_fs: ''"), "jobs[1].root_fs", "must not be empty"),
        arguments(sink("root_fs: pool/"), "jobs[1].root_fs", "empty component"),
        arguments(sink("root_fs: a@b"), "jobs[1].root_fs", "has the character @"),
        arguments(sink("root_fs: '<'"), "jobs[1].root_fs", "has the character <"));
  }

  static Stream<Arguments> snapshotting() {
    String at = "jobs[0].snapshotting.";
    String interval = at + "interval";
    String form = "one integer and one of the units s, m, h, d, w";
    return Stream.of(
        arguments(periodic("interval: 10"), interval, "has no unit; allowed are s, m, h, d and w"),
        arguments(periodic("interval: 0"), interval, "must be positive"),
        arguments(periodic("interval: 0s"), interval, "must be positive"),
        arguments(periodic("interval: -5m"), interval, "must be positive"),
        arguments(periodic("interval: 1.5h"), interval, form),
        arguments(periodic("interval: 1h30m"), interval, form),
        arguments(periodic("interval: 10M"), interval, form),
        arguments(periodic("interval: 100ms"), interval, form),
        arguments(periodic("interval: ''"), interval, "must not be empty"),
        arguments(periodic("interval: ~"), interval, "must not be empty"),
        arguments(periodic("-interval"), interval, "required, but missing"),
        arguments(periodic("interval: manual"), interval, form),
        arguments(periodic("interval: 9999999999999999999s"), interval, "out of range"),
        arguments(periodic("interval: 200000w"), interval, "out of range"),
        arguments(periodic("prefix: ''"), at + "prefix", "must not be empty"),
        arguments(periodic("prefix: a/b"), at + "prefix", "for example \"a/b20200601_000000_000\""),
        arguments(periodic("prefix: a@"), at + "prefix", "has the character @"),
        arguments(periodic("prefix: a+"), at + "prefix", "has the character +"),
        arguments(periodic("prefix: '%'"), at + "prefix", "has the character %"),
        arguments(periodic("prefix: ä"), at + "prefix", "has the character ä"),
        arguments(
            periodic("prefix: " + "p".repeat(237)),
            at + "prefix",
            "with this prefix of 237 characters, names are longer than the 255"),
        arguments(
            periodic("timestamp_location: Europe/Berlin"),
            at + "timestamp_location",
            "requires UTC"),
        arguments(
            periodic("timestamp_location: Etc/UTC"), at + "timestamp_location", "requires UTC"),
        arguments(periodic("timestamp_location: Local"), at + "timestamp_location", "requires UTC"),
        arguments(
            periodic("timestamp_format: unix-seconds", "timestamp_location: Asia/Tokyo"),
            at + "timestamp_location",
            "requires UTC"),
        arguments(
            periodic("timestamp_format: human", "timestamp_location: Asia/Tokyo"),
            at + "timestamp_location",
            "requires UTC"),
        arguments(
            periodic("timestamp_format: iso-8601", "timestamp_location: utc"),
            at + "timestamp_location",
            "unknown time zone \"utc\""),
        arguments(
            periodic("timestamp_format: iso-8601", "timestamp_location: Foo/Bar"),
            at + "timestamp_location",
            "unknown time zone \"Foo/Bar\""),
        arguments(
            periodic("timestamp_format: '2006-01-02+15'"),
            at + "timestamp_format",
            "contains \"+\""),
        arguments(
            periodic("timestamp_format: '2006/01/02'"),
            at + "timestamp_format",
            "for example \"zrepl_2020/06/01\""),
        arguments(periodic("cron: '* * * * *'"), at + "cron", "it belongs to a cron snapshotting"),
        arguments(
            push("snapshotting: {type: manual, prefix: a}"),
            at + "prefix",
            "it belongs to a periodic snapshotting"),
        arguments(push("snapshotting: {type: manual, hooks: []}"), at + "hooks", "it belongs to"),
        arguments(
            push("snapshotting: {}"), at + "type", "needs a type; allowed: periodic, cron, manual"),
        arguments(push("snapshotting: ~"), "jobs[0].snapshotting", "must not be empty"),
        arguments(push("snapshotting: {type: foo}"), at + "type", "of type \"foo\""));
  }

  static Stream<Arguments> pruning() {
    String at = "jobs[0].pruning.keep_sender";
    String receiver = "keep_receiver: [{type: last_n, count: 1}]";
    return Stream.of(
        arguments(
            push("pruning: {keep_sender: [], %s}".formatted(receiver)), at, "must not be empty"),
        arguments(
            push("pruning: {keep_sender: ~, %s}".formatted(receiver)), at, "must not be empty"),
        arguments(rule("~"), at + "[0]", "this element of the list is empty"),
        arguments(rule("last_n"), at + "[0]", "a keep rule is needed"),
        arguments(rule("{}"), at + "[0].type", "allowed: not_replicated, last_n, grid, regex"),
        arguments(rule("{type: lastn}"), at + "[0].type", "did you mean \"last_n\"?"),
        arguments(rule("{type: last_n, count: 0}"), at + "[0].count", "at least 1 is needed"),
        arguments(rule("{type: last_n, count: ~}"), at + "[0].count", "must not be empty"),
        arguments(rule("{type: last_n}"), at + "[0].count", "required"),
        arguments(rule("{type: last_n, count: -1}"), at + "[0].count", "at least 1 is needed"),
        arguments(rule("{type: last_n, count: 0.9}"), at + "[0].count", "at least 1 is needed"),
        arguments(rule("{type: last_n, count: '5'}"), at + "[0].count", "write it without quotes"),
        arguments(
            rule("{type: last_n, count: 1e2}"), at + "[0].count", "\"1e2\" is not an integer"),
        arguments(
            rule("{type: last_n, count: 9223372036854775808}"), at + "[0].count", "too large"),
        arguments(rule("{type: last_n, count: 1e+999999999}"), at + "[0].count", "too large"),
        arguments(rule("{type: last_n, count: .inf}"), at + "[0].count", "not an integer"),
        arguments(
            rule("{type: last_n, count: 1, regex: '('}"),
            at + "[0].regex",
            "\"(\" is not a regular expression"),
        arguments(rule("{type: regex, regex: '(?!x)a'}"), at + "[0].regex", "look-around"),
        arguments(rule("{type: regex, regex: '(a)\\1'}"), at + "[0].regex", "back-references"),
        arguments(rule("{type: regex}"), at + "[0].regex", "required"),
        arguments(rule("{type: regex, regex: ''}"), at + "[0].regex", "must not be empty"),
        arguments(
            rule("{type: regex, regex: a, negate: 'yes'}"), at + "[0].negate", "not a boolean"),
        arguments(rule("{type: grid, grid: 1x1h}"), at + "[0].regex", "required"),
        arguments(
            rule("{type: grid, grid: 1x1h, regex: ''}"), at + "[0].regex", "must not be empty"),
        arguments(grid("1x1h(keep=3 )"), at + "[0].grid", "interval 1 of 1 (\"1x1h(keep=3 )\")"),
        arguments(grid("1x1h(keep=foo)"), at + "[0].grid", "keep must be a number"),
        arguments(grid("1x1h(keep = 3)"), at + "[0].grid", "unknown parameter"),
        arguments(grid("1x1h()"), at + "[0].grid", "unknown parameter"),
        arguments(grid("1x1h(foo=1)"), at + "[0].grid", "unknown parameter"),
        arguments(grid("1x1h(keep=0)"), at + "[0].grid", "keep must be at least 1"),
        arguments(grid("1x1h(keep=-2)"), at + "[0].grid", "keep must be at least 1"),
        arguments(grid("0x1h"), at + "[0].grid", "at least 1"),
        arguments(grid("1x0h"), at + "[0].grid", "must be positive"),
        arguments(grid("1x1"), at + "[0].grid", "has no unit"),
        arguments(grid("1x1y"), at + "[0].grid", "is not a duration"),
        arguments(grid("-1x1h"), at + "[0].grid", "interval 1 of 1"),
        arguments(grid("1X1h"), at + "[0].grid", "interval 1 of 1"),
        arguments(grid(""), at + "[0].grid", "must not be empty"),
        arguments(grid("1x1h|"), at + "[0].grid", "interval 2 of 2"),
        arguments(grid("1h"), at + "[0].grid", "interval 1 of 1"),
        arguments(grid("1x2h | 1x1h"), at + "[0].grid", "lengths must not decrease"),
        arguments(grid("1x1h(keep=all) | 1x1d | 1x1h"), at + "[0].grid", "interval 3 of 3"));
  }

  private static String grid(String grid) {
    return rule("{type: grid, regex: a, grid: \"%s\"}".formatted(grid));
  }

  static Stream<Arguments> sendAndReceive() {
    return Stream.of(
        arguments(push("send: {encrypted: 'true'}"), "jobs[0].send.encrypted", "not a boolean"),
        arguments(push("send: {properties: true}"), "jobs[0].send.properties", "unknown key"),
        arguments(
            push("send: {embbeded_data: true}"),
            "jobs[0].send.embbeded_data",
            "did you mean \"embedded_data\"?"),
        arguments(push("send: {step_holds: {}}"), "jobs[0].send.step_holds", "unknown key"),
        arguments(push("send: []"), "jobs[0].send", "a mapping with the keys encrypted, raw"),
        arguments(
            sink("recv: {properties: {inherit: ['-x']}}"),
            "jobs[1].recv.properties.inherit[0]",
            "must not begin with \"-\""),
        arguments(
            sink("recv: {properties: {inherit: ['a b']}}"),
            "jobs[1].recv.properties.inherit[0]",
            "has a character other than"),
        arguments(
            sink("recv: {properties: {inherit: ['']}}"),
            "jobs[1].recv.properties.inherit[0]",
            "must not be empty"),
        arguments(
            sink("recv: {properties: {inherit: mountpoint}}"),
            "jobs[1].recv.properties.inherit",
            "a list of property names is needed"),
        arguments(
            sink("recv: {properties: {override: {'a=b': c}}}"),
            "jobs[1].recv.properties.override[\"a=b\"]",
            "has a character other than"),
        arguments(
            sink("recv: {properties: {override: {'-o': c}}}"),
            "jobs[1].recv.properties.override.-o",
            "must not begin with \"-\""),
        arguments(
            sink("recv: {properties: {override: {'zrepl:placeholder': on}}}"),
            "jobs[1].recv.properties.override[\"zrepl:placeholder\"]",
            "zrepl itself keeps this property"),
        arguments(
            sink("recv: {placeholder: {encryption: on}}"),
            "jobs[1].recv.placeholder.encryption",
            "\"on\" is not a placeholder encryption; allowed: unspecified, inherit, off"),
        arguments(
            sink("recv: {placeholder: {encryption: Inherit}}"),
            "jobs[1].recv.placeholder.encryption",
            "did you mean \"inherit\"?"),
        arguments(
            sink("recv: {placeholder: {encryption: ~}}"),
            "jobs[1].recv.placeholder.encryption",
            "allowed: unspecified, inherit, off"));
  }

  static Stream<Arguments> bandwidth() {
    return Stream.concat(
        Stream.of(
                "10|is not a size",
                "-1|is not a size",
                "1 kB|is not a size",
                "1 PiB|is not a size",
                "1 K|is not a size",
                "1 KiB/s|is not a size",
                "1e6 B|is not a size",
                "' 1 MiB'|is not a size",
                "1 iB|is not a size",
                "B|\"\" is not a number",
                "1.2.3 B|\"1.2.3\" is not a number",
                "23.5 bit|only whole bits",
                "9999999 TiB|out of range",
                "4 bit|4 bit a second: at least 1 B is needed",
                "0 B|-1 B means no limit")
            .map(line -> line.split("\\|", -1))
            .flatMap(line ->
                Stream.of(
                    arguments(
                        push("send: {bandwidth_limit: {max: %s}}".formatted(line[0])),
                        "jobs[0].send.bandwidth_limit.max",
                        line[1]),
                    arguments(
                        sink("recv: {bandwidth_limit: {max: %s}}".formatted(line[0])),
                        "jobs[1].recv.bandwidth_limit.max",
                        line[1]))),
        Stream.of(
                "bucket_capacity: 0 B",
                "bucket_capacity: 4 bit",
                "max: 1 MB, bucket_capacity: -1 B")
            .map(keys ->
                arguments(
                    push("send: {bandwidth_limit: {%s}}".formatted(keys)),
                    "jobs[0].send.bandwidth_limit.bucket_capacity",
                    "at least 1 B is needed")));
  }

  static Stream<Arguments> replication() {
    String protection = "jobs[0].replication.protection.";
    String concurrency = "jobs[0].replication.concurrency.";
    String guarantees = "allowed: guarantee_resumability, guarantee_incremental, guarantee_nothing";
    return Stream.of(
        arguments(
            push("replication: {protection: {initial: nothing}}"),
            protection + "initial",
            guarantees),
        arguments(
            push("replication: {protection: {initial: ''}}"), protection + "initial", guarantees),
        arguments(
            push("replication: {protection: {incremental: ~}}"),
            protection + "incremental",
            guarantees),
        arguments(
            push("replication: {concurrency: {steps: 0}}"), concurrency + "steps", "at least 1"),
        arguments(
            push("replication: {concurrency: {steps: -1}}"), concurrency + "steps", "at least 1"),
        arguments(
            push("replication: {concurrency: {steps: ~}}"), concurrency + "steps", "at least 1"),
        arguments(
            push("replication: {concurrency: {size_estimates: 0}}"),
            concurrency + "size_estimates",
            "at least 1"),
        arguments(
            push("conflict_resolution: {initial_replication: ALL}"),
            "jobs[0].conflict_resolution.initial_replication",
            "did you mean \"all\"?"),
        arguments(
            push("conflict_resolution: {initial_replication: ''}"),
            "jobs[0].conflict_resolution.initial_replication",
            "allowed: most_recent, all, fail"),
        arguments(
            push("conflict_resolution: {initial_replication: foo}"),
            "jobs[0].conflict_resolution.initial_replication",
            "allowed: most_recent, all, fail"));
  }

  static Stream<Arguments> transports() {
    String at = "jobs[0].connect.";
    return Stream.of(
        arguments(
            push("connect: {}"),
            at + "type",
            "a connect section needs a type; allowed: tcp, tls, ssh+stdinserver, local"),
        arguments(push("connect: {type: ssh}"), at + "type", "did you mean \"ssh+stdinserver\"?"),
        arguments(
            push("connect: {type: stdinserver}"),
            at + "type",
            "there is no connect section of type"),
        arguments(
            sink("serve: {type: ssh+stdinserver}"),
            "jobs[1].serve.type",
            "there is no serve section of type"),
        arguments(sink("serve: {type: local}"), "jobs[1].serve.listener_name", "required"),
        arguments(
            sink("serve: {type: local, listener_name: ''}"),
            "jobs[1].serve.listener_name",
            "must not be empty"),
        arguments(
            push("connect: {type: local, listener_name: here}"),
            at + "client_identity",
            "required"),
        arguments(
            push("connect: {type: local, client_identity: me}"), at + "listener_name", "required"),
        arguments(local("client_identity: a/b"), at + "client_identity", "has the character /"),
        arguments(local("client_identity: '..'"), at + "client_identity", "must not be \"..\""),
        arguments(
            local("client_identity: me, dial_timeout: -1s"),
            at + "dial_timeout",
            "must not be negative"),
        arguments(
            local("client_identity: me, dial_timeout: 1d"),
            at + "dial_timeout",
            "no days and weeks"),
        arguments(
            local("client_identity: me, dial_timeout: '10'"),
            at + "dial_timeout",
            "the unit is missing"),
        arguments(
            local("client_identity: me, dial_timeout: -5000000000"),
            at + "dial_timeout",
            "must not be negative"),
        arguments(
            local("client_identity: me, dial_timeout: 1e+30"), at + "dial_timeout", "out of range"),
        arguments(
            local("client_identity: me, dial_timeout: 9999999h"),
            at + "dial_timeout",
            "out of range"),
        arguments(
            local("client_identity: me, dial_timeout: ''"),
            at + "dial_timeout",
            "is not a duration"));
  }

  private static String local(String keys) {
    return push("connect: {type: local, listener_name: here, %s}".formatted(keys));
  }

  static Stream<Arguments> global() {
    String at = "global.logging[0].";
    return Stream.of(
        arguments(
            ConfigurationText.global("logging: [{type: stdout, format: human}]"),
            at + "level",
            "required"),
        arguments(
            ConfigurationText.global("logging: [{type: stdout, level: warn}]"),
            at + "format",
            "required"),
        arguments(
            ConfigurationText.global("logging: [{type: stdout, level: '', format: human}]"),
            at + "level",
            "must not be empty"),
        arguments(
            ConfigurationText.global("logging: [{type: stdout, level: WARN, format: human}]"),
            at + "level",
            "did you mean \"warn\"?"),
        arguments(
            ConfigurationText.global("logging: [{type: stdout, level: warning, format: human}]"),
            at + "level",
            "allowed: debug, info, warn, error"),
        arguments(
            ConfigurationText.global("logging: [{type: stdout, level: warn, format: xml}]"),
            at + "format",
            "\"xml\" is not a log format"),
        arguments(
            ConfigurationText.global("logging: [{type: file}]"),
            at + "type",
            "there is no log outlet of type \"file\""),
        arguments(
            ConfigurationText.global(
                "logging: [{type: stdout, level: warn, format: human}, {type: stdout, level: info, format: human}]"),
            "global.logging[1]",
            "only one outlet may have the type stdout"),
        arguments(ConfigurationText.global("logging: [~]"), "global.logging[0]", "is empty"),
        arguments(
            ConfigurationText.global("logging: {}"),
            "global.logging",
            "a list of outlets is needed"),
        arguments(
            ConfigurationText.global("serve: {stdinserver: {sockdir: ''}}")
                + ConfigurationText.sinkJob(
                    "name: x", "root_fs: y", "serve: {type: stdinserver, client_identities: [a]}"),
            "global.serve.stdinserver.sockdir",
            "jobs[2] of zrepl.yml serves by stdinserver"),
        arguments(
            ConfigurationText.global("control: {sockpath: ''}"),
            "global.control.sockpath",
            "must not be empty"),
        arguments(
            ConfigurationText.global("control: {sockpath: ~}"),
            "global.control.sockpath",
            "must not be empty"),
        arguments(
            ConfigurationText.global("control: {sockpath: /%s}".formatted("a".repeat(107))),
            "global.control.sockpath",
            "at most 107 bytes"),
        arguments(
            ConfigurationText.global("contrl: {}"), "global.contrl", "did you mean \"control\"?"));
  }

  @ParameterizedTest
  @MethodSource({
    "fileLevel",
    "names",
    "keysOfJobs",
    "filters",
    "snapshotting",
    "pruning",
    "sendAndReceive",
    "bandwidth",
    "replication",
    "transports",
    "global"
  })
  void rejectsWithOneProblemThatSaysWhy(String text, String path, String message) {
    List<Problem> problems = reject(text).problems();
    assertThat(problems).as(text).hasSize(1);
    Problem problem = problems.getFirst();
    assertThat(problem.message()).contains(message);
    assertThat(problem.path()).isEqualTo(path);
    assertThat(problem.line()).isPositive();
    assertThat(problem.column()).isPositive();
    assertThat(problem.snippet()).contains("^");
  }

  static Stream<Arguments> several() {
    return Stream.of(
        arguments(
            push("pruning: {keep: [{type: last_n, count: 1}]}"),
            // keep_sender is what "keep" probably means
            List.of("jobs[0].pruning.keep", "jobs[0].pruning.keep_receiver")),
        arguments(
            push("pruning: {}"),
            List.of("jobs[0].pruning.keep_sender", "jobs[0].pruning.keep_receiver")),
        arguments(
            "shared: &job\n"
                + sinkJob().replaceFirst(" {2}- ", "    ")
                + "jobs:\n  - <<: *job\n    type: sink\n    name: other\n",
            List.of("shared", "jobs[0].root_fs", "jobs[0].serve")),
        arguments(
            periodic("prefix: a/b", "timestamp_format: '2006/01'"),
            List.of("jobs[0].snapshotting.prefix", "jobs[0].snapshotting.timestamp_format")),
        arguments(
            periodic("prefix: a/b", "timestamp_location: Asia/Tokyo"),
            List.of("jobs[0].snapshotting.prefix", "jobs[0].snapshotting.timestamp_location")));
  }

  @ParameterizedTest
  @MethodSource("several")
  void reportsEachProblemOnce(String text, List<String> paths) {
    assertThat(reject(text).problems())
        .extracting(Problem::path)
        .containsExactlyInAnyOrderElementsOf(paths);
  }
}

package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.connect;
import static io.zrepl.config.ConfigurationText.cron;
import static io.zrepl.config.ConfigurationText.file;
import static io.zrepl.config.ConfigurationText.global;
import static io.zrepl.config.ConfigurationText.hook;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.pull;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.pushJob;
import static io.zrepl.config.ConfigurationText.rule;
import static io.zrepl.config.ConfigurationText.serve;
import static io.zrepl.config.ConfigurationText.sink;
import static io.zrepl.config.ConfigurationText.sinkJob;
import static io.zrepl.config.ConfigurationText.snap;
import static io.zrepl.config.ConfigurationText.source;
import static io.zrepl.config.LanguageCase.accepted;
import static io.zrepl.config.LanguageCase.dumped;
import static io.zrepl.config.LanguageCase.rejected;
import static io.zrepl.config.LanguageCase.rejectedAt;
import static io.zrepl.config.LanguageCase.warned;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.base.TlsFiles;
import io.zrepl.job.JobSettings;
import io.zrepl.logging.OutletSettings;
import io.zrepl.model.DatasetPath;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.RetentionGrid;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.zfs.SendFlags;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of cases of the configuration language of Go zrepl 0.7: which pieces are valid, what
 * they mean, and what is said about the others. Rows of the table have numbers; one row may have
 * several cases. What only files on disk show (rows 23 to 27) is in {@link IncludeTest}, too.
 */
class LanguageCasesTest {
  private static final String PEM = "src/test/resources/pem";

  /** Rows that are tested with real files. */
  private static final List<Integer> WITH_FILES = List.of(23, 24, 25, 26, 27);

  private static final Instant TIME = Instant.parse("2026-07-04T05:06:07.089Z");

  static Stream<LanguageCase> fileLevelAndNames() {
    String job = "jobs[0]";
    return Stream.of(
            Stream.of("", "---", "null", "jobs:", "jobs: []", "jobs: []\n---\nfoo: 1")
                .map(text ->
                    accepted(
                        text.contains("foo") ? 2 : 1,
                        text,
                        configuration -> assertThat(configuration.jobs()).isEmpty())),
            Stream.of(
                rejected(3, "[]", "", "this is a list"),
                rejected(4, "foo: 1", "foo", "unknown key"),
                rejected(5, "jobs: 1", "jobs", "a list of jobs is needed, but this is \"1\""),
                rejected(6, "jobs: [~]", "jobs[0]", "empty"),
                rejected(7, file(pushJob("-type")), job + ".type", "a job needs a type"),
                rejected(8, file(pushJob("type: foo")), job + ".type", "no job of type \"foo\""),
                rejected(9, push("name: a\nname: b"), "", "the key \"name\" stands twice"),
                name(10, "\"a b\"", "a b"),
                name(10, "\" a\"", " a"),
                name(11, "123", "123"),
                name(11, "yes", "yes"),
                rejected(12, push("name: \"\""), job + ".name", "must not be empty"),
                rejected(12, push("name: ~"), job + ".name", "must not be empty"),
                rejected(13, push("name: _x"), job + ".name", "reserved"),
                rejected(
                    14, push("name: a/b"), job + ".name", "letters, digits, blank and - _ . :"),
                rejected(14, push("name: a@b"), job + ".name", "the character @"),
                rejected(14, push("name: a%b"), job + ".name", "the character %"),
                rejected(15, push("name: ä"), job + ".name", "the character ä"),
                rejected(16, push("name: '.'"), job + ".name", "must not be"),
                rejected(16, push("name: '..'"), job + ".name", "must not be"),
                name(17, "n".repeat(203), "n".repeat(203)),
                rejected(17, push("name: " + "n".repeat(204)), job + ".name", "at most 203"),
                rejected(18, push("name: receiver"), "jobs[1].name", "also the name of jobs[0]"),
                rejected(
                    19, snap("send: {}"), job + ".send", "it belongs to a push job, a source job"),
                rejected(
                    19, push("recv: {}"), job + ".recv", "it belongs to a pull job, a sink job"),
                rejected(19, sink("pruning: {}"), "jobs[1].pruning", "it belongs to a push job"),
                rejected(19, source("pruning: {}"), job + ".pruning", "it belongs to a push job"),
                rejected(
                    19, pull("filesystems: {}"), job + ".filesystems", "it belongs to a push job"),
                rejected(21, "include: x.yml", "include", "a list of paths is needed"),
                accepted(22, "include: []"),
                accepted(22, "include: ~"),
                rejectedAt(
                    28,
                    """
                    jobs:
                    - &job {type: sink, name: a, root_fs: b, serve: {type: local, listener_name: c}}
                    - {<<: *job, type: sink, name: d}
                    """,
                    "jobs[1].root_fs",
                    "jobs[1].serve"),
                accepted(
                    29,
                    push("filesystems: {<<: {\"tank<\": true}, \"tank/x\": false}"),
                    configuration -> {
                      assertThat(selects(configuration, "tank/y")).isTrue();
                      assertThat(selects(configuration, "tank/x")).isFalse();
                    })),
            missingKeys())
        .flatMap(Function.identity());
  }

  private static LanguageCase name(int number, String yaml, String name) {
    return accepted(
        number,
        push("name: " + yaml),
        configuration -> assertThat(configuration.jobs().getFirst().id()).hasToString(name));
  }

  private static Stream<LanguageCase> missingKeys() {
    Map<String, Function<String[], String>> jobs =
        Map.of(
            "name filesystems connect snapshotting pruning",
            keys -> file(pushJob(keys)),
            "name connect root_fs interval pruning",
            ConfigurationText::pull,
            "name serve root_fs",
            keys -> file(sinkJob(keys)),
            "name serve filesystems snapshotting",
            ConfigurationText::source,
            "name filesystems snapshotting pruning",
            ConfigurationText::snap);
    return jobs.entrySet().stream()
        .flatMap(job ->
            Arrays.stream(job.getKey().split(" ", -1))
                .map(key ->
                    rejected(
                        20,
                        job.getValue().apply(new String[] {"-" + key}),
                        "jobs[0]." + key,
                        "this key is required")));
  }

  static Stream<LanguageCase> filtersAndPaths() {
    String at = "jobs[0].filesystems";
    return Stream.of(
        selecting(30, "{\"<\": true}", "a/b", true),
        selecting(30, "{\"tank<\": yes}", "tank/a", true),
        selecting(30, "{tank<: on}", "tank", true),
        rejected(31, push("filesystems: {}"), at, "must not be empty"),
        rejected(32, push("filesystems: {\"tank\": ok}"), at + ".tank", "not a boolean"),
        rejected(32, push("filesystems: {\"tank\": \"!\"}"), at + ".tank", "not a boolean"),
        rejected(32, push("filesystems: {\"tank\": \"true\"}"), at + ".tank", "without quotes"),
        rejected(32, push("filesystems: {\"tank\": 1}"), at + ".tank", "not a boolean"),
        selecting(33, "{\"tank\": null, \"tank<\": true}", "tank", false),
        rejected(34, push("filesystems: {\"tank\": true, \"tank\": false}"), "", "stands twice"),
        pattern(35, "tank/", "must not end with \"/\""),
        pattern(35, "tank/<", "must not end with \"/\""),
        pattern(36, "tank<x", "once, at the end"),
        pattern(37, "tank<<", "once, at the end"),
        pattern(37, "tank*", "the character \"*\""),
        pattern(37, "tank@s", "the character \"@\""),
        pattern(37, "tank>", "the character \">\""),
        warned(38, push("filesystems: {\"/tank<\": true}"), "can never match"),
        warned(38, push("filesystems: {\"tank//x\": true}"), "can never match"),
        warned(38, push("filesystems: {\"\": true}"), "can never match"),
        rejected(39, push("filesystems: [\"tank\"]"), at, "a mapping of patterns"),
        rejected(39, push("filesystems: \"tank\""), at, "a mapping of patterns"),
        dumped(40, sink("root_fs: pool/a b"), "root_fs: \"pool/a b\""),
        rejected(41, sink("root_fs: \"\""), "jobs[1].root_fs", "must not be empty"),
        rejected(41, sink("root_fs: pool/"), "jobs[1].root_fs", "trailing"),
        rejected(41, sink("root_fs: a@b"), "jobs[1].root_fs", "the character @"),
        rejected(41, sink("root_fs: \"<\""), "jobs[1].root_fs", "the character <"),
        unusable("root_fs: /pool"),
        unusable("root_fs: pool//a"));
  }

  private static LanguageCase selecting(int number, String filter, String path, boolean selected) {
    return accepted(
        number,
        push("filesystems: " + filter),
        configuration -> assertThat(selects(configuration, path)).isEqualTo(selected));
  }

  private static boolean selects(Configuration configuration, String path) {
    return ((JobSettings.Push) configuration.jobs().getFirst())
        .filesystems()
        .matches(DatasetPath.of(path));
  }

  private static LanguageCase pattern(int number, String pattern, String message) {
    return rejected(
        number,
        push("filesystems: {\"%s\": true}".formatted(pattern)),
        "jobs[0].filesystems[\"%s\"]".formatted(pattern),
        message);
  }

  private static LanguageCase unusable(String root) {
    return accepted(
        42,
        sink(root),
        configuration ->
            assertThat(configuration.jobs().getLast())
                .isInstanceOfSatisfying(
                    JobSettings.Unusable.class,
                    job -> assertThat(job.problem()).contains("there can be no such dataset")));
  }

  static Stream<LanguageCase> intervalsNamesTimestamps() {
    String at = "jobs[0].snapshotting.";
    String interval = at + "interval";
    String format = at + "timestamp_format";
    String location = at + "timestamp_location";
    return Stream.of(
        interval("10m", 600),
        interval("\" 10 m \"", 600),
        interval("+10m", 600),
        interval("1d", 86_400),
        interval("2w", 1_209_600),
        rejected(44, periodic("interval: 10"), interval, "has no unit"),
        rejected(45, periodic("interval: 0"), interval, "must be positive"),
        rejected(45, periodic("interval: 0s"), interval, "must be positive"),
        rejected(45, periodic("interval: -5m"), interval, "must be positive"),
        rejected(46, periodic("interval: 1.5h"), interval, "is not a duration"),
        rejected(46, periodic("interval: 1h30m"), interval, "is not a duration"),
        rejected(46, periodic("interval: 10M"), interval, "is not a duration"),
        rejected(46, periodic("interval: 100ms"), interval, "is not a duration"),
        rejected(46, periodic("interval: \"\""), interval, "must not be empty"),
        rejected(47, periodic("interval: 9999999999999999999s"), interval, "out of range"),
        rejected(47, periodic("interval: 200000w"), interval, "out of range"),
        rejected(48, periodic("interval: ~"), interval, "must not be empty"),
        rejected(48, periodic("-interval"), interval, "required"),
        dumped(49, pull("interval: manual"), "interval: \"manual\""),
        rejected(49, pull("interval: Manual"), "jobs[0].interval", "is not a duration"),
        rejected(49, pull("interval: 10"), "jobs[0].interval", "has no unit"),
        rejected(49, pull("interval: \"\""), "jobs[0].interval", "must not be empty"),
        rejected(50, periodic("prefix: \"\""), at + "prefix", "must not be empty"),
        rejected(51, periodic("prefix: a/b"), at + "prefix", "a/b20200601_000000_000"),
        rejected(51, periodic("prefix: a@"), at + "prefix", "the character @"),
        rejected(51, periodic("prefix: a+"), at + "prefix", "the character +"),
        rejected(51, periodic("prefix: \"%\""), at + "prefix", "the character %"),
        rejected(51, periodic("prefix: ä"), at + "prefix", "the character ä"),
        accepted(52, periodic("prefix: " + "p".repeat(236))),
        rejected(52, periodic("prefix: " + "p".repeat(237)), at + "prefix", "longer than the 255"),
        named(53, "DENSE", "UTC", "zrepl_20260704_050607_000"),
        rejected(54, naming("dense", "Europe/Berlin"), location, "requires UTC"),
        rejected(54, naming("dense", "Etc/UTC"), location, "requires UTC"),
        rejected(54, naming("dense", "Local"), location, "requires UTC"),
        rejected(55, naming("unix-seconds", "Asia/Tokyo"), location, "requires UTC"),
        rejected(55, naming("human", "Asia/Tokyo"), location, "requires UTC"),
        named(56, "iso-8601", "Europe/Berlin", "zrepl_2026-07-04T07:06:07.089_0200"),
        named(56, "iso-8601", "America/New_York", "zrepl_2026-07-04T01:06:07.089-0400"),
        accepted(56, naming("iso-8601", "Local")),
        named(57, "iso-8601", "Europe/London", "zrepl_2026-07-04T06:06:07.089_0100"),
        rejected(58, naming("iso-8601", "utc"), location, "unknown time zone"),
        rejected(58, naming("iso-8601", "Foo/Bar"), location, "unknown time zone"),
        named(59, "dense", "\"\"", "zrepl_20260704_050607_000"),
        rejected(60, naming("\"2006-01-02+15\"", "UTC"), format, "\"+\""),
        rejected(61, naming("\"2006/01/02\"", "UTC"), format, "zrepl_2020/06/01"),
        named(
            62,
            "\"2006-01-02_15:04:05-07:00 -0700\"",
            "Europe/Berlin",
            "zrepl_2026-07-04_07:06:07_02:00 _0200"),
        warned(63, naming("\"\"", "UTC"), "all snapshots get the same name"),
        warned(63, naming("foo", "UTC"), "all snapshots get the same name"),
        warned(63, naming("~", "UTC"), "all snapshots get the same name"),
        named(63, "\"\"", "UTC", "zrepl_"),
        named(63, "foo", "UTC", "zrepl_foo"),
        named(63, "~", "UTC", "zrepl_"));
  }

  /** A cron expression in a zone, with a local time at which it comes true and one at which not. */
  private static LanguageCase fires(
      int number, String expression, String zone, String time, String otherTime) {
    return accepted(
        number,
        cron("\"%s\"".formatted(expression)),
        configuration ->
            assertThat(((JobSettings.Push) configuration.jobs().getFirst()).snapshotting())
                .isInstanceOfSatisfying(
                    SnapshottingSettings.Cron.class,
                    cron -> {
                      assertThat(cron.schedule().zone().map(ZoneId::getId).orElse(""))
                          .isEqualTo(zone);
                      assertThat(cron.schedule().matches(LocalDateTime.parse(time))).isTrue();
                      assertThat(cron.schedule().matches(LocalDateTime.parse(otherTime))).isFalse();
                    }));
  }

  private static LanguageCase interval(String yaml, long seconds) {
    return accepted(
        43,
        periodic("interval: " + yaml),
        configuration ->
            assertThat(periodicOf(configuration).interval())
                .isEqualTo(Duration.ofSeconds(seconds)));
  }

  private static String naming(String format, String location) {
    return periodic("timestamp_format: " + format, "timestamp_location: " + location);
  }

  private static LanguageCase named(int number, String format, String location, String name) {
    return accepted(
        number,
        naming(format, location),
        configuration ->
            assertThat(periodicOf(configuration).names().nameAt(TIME)).isEqualTo(name));
  }

  private static SnapshottingSettings.Periodic periodicOf(Configuration configuration) {
    return (SnapshottingSettings.Periodic)
        ((JobSettings.Push) configuration.jobs().getFirst()).snapshotting();
  }

  static Stream<LanguageCase> cronExpressions() {
    String at = "jobs[0].snapshotting.cron";
    return Stream.of(
        fires(64, "*/15 * * * *", "", "2026-07-04T05:45:00", "2026-07-04T05:46:00"),
        fires(64, "*/15 * * * *", "", "2026-07-04T05:00:00", "2026-07-04T05:00:01"),
        fires(64, "30 0 3 * * *", "", "2026-07-04T03:00:30", "2026-07-04T03:00:00"),
        fires(64, "* * * JAN-mar MON", "", "2026-03-30T05:06:00", "2026-04-06T05:06:00"),
        fires(64, "* * * JAN-mar MON", "", "2026-01-05T05:06:00", "2026-01-06T05:06:00"),
        fires(64, "? ? ? ? ?", "", "2026-07-04T05:06:00", "2026-07-04T05:06:01"),
        fires(64, "1/10 * * * *", "", "2026-07-04T05:01:00", "2026-07-04T05:00:00"),
        fires(64, "1/10 * * * *", "", "2026-07-04T05:51:00", "2026-07-04T05:10:00"),
        fires(
            65,
            "TZ=Asia/Tokyo 0 3 * * *",
            "Asia/Tokyo",
            "2026-07-04T03:00:00",
            "2026-07-04T12:00:00"),
        fires(
            65,
            "CRON_TZ=Asia/Tokyo 0 3 * * *",
            "Asia/Tokyo",
            "2026-07-04T03:00:00",
            "2026-07-04T18:00:00"),
        rejected(66, cron("\"0 3 * *\""), at, "this has 4 fields; 5 fields are needed"),
        rejected(66, cron("\"0 0 0 0 0 0 0\""), at, "this has 7 fields"),
        rejected(67, cron("\"@daily\""), at, "descriptors"),
        rejected(68, cron("\"60 * * * *\""), at, "60 is outside 0 to 59"),
        rejected(68, cron("\"* 24 * * *\""), at, "24 is outside 0 to 23"),
        rejected(68, cron("\"* * 0 * *\""), at, "0 is outside 1 to 31"),
        rejected(68, cron("\"* * * 13 *\""), at, "13 is outside 1 to 12"),
        rejected(68, cron("\"* * * * 7\""), at, "7 is outside 0 to 6"),
        rejected(69, cron("\"5-1 * * * *\""), at, "reversed"),
        rejected(69, cron("\"*/0 * * * *\""), at, "the step must be at least 1"),
        rejected(69, cron("\"1-2-3 * * * *\""), at, "more than one \"-\""),
        rejected(69, cron("\"L * * * *\""), at, "\"L\" is not a number"),
        rejected(70, cron("\"\""), at, "must not be empty"),
        rejected(70, cron("~"), at, "must not be empty"),
        rejected(71, cron("\"TZ=UTC\""), at, "the expression itself is missing"),
        rejected(72, cron("\"0 0 30 2 *\""), at, "never comes true"),
        rejected(72, cron("\", * * * *\""), at, "selects nothing"),
        rejected(73, periodic("cron: \"* * * * *\""), at, "it belongs to a cron snapshotting"),
        rejected(
            73,
            push("snapshotting: {type: cron, cron: \"* * * * *\", prefix: a, interval: 10m}"),
            "jobs[0].snapshotting.interval",
            "it belongs to a periodic snapshotting"),
        rejected(
            73,
            push("snapshotting: {type: manual, prefix: a}"),
            "jobs[0].snapshotting.prefix",
            "it belongs to a periodic snapshotting, a cron snapshotting"),
        rejected(
            73,
            push("snapshotting: {type: manual, hooks: []}"),
            "jobs[0].snapshotting.hooks",
            "it belongs to"),
        rejected(74, push("snapshotting: {}"), "jobs[0].snapshotting.type", "needs a type"),
        rejected(74, push("snapshotting: ~"), "jobs[0].snapshotting", "must not be empty"),
        rejected(74, push("snapshotting: {type: foo}"), "jobs[0].snapshotting.type", "\"foo\""));
  }

  static Stream<LanguageCase> hooks() {
    String at = "jobs[0].snapshotting.hooks[0].";
    String filter = "filesystems: {tank: true}";
    return Stream.of(
        dumped(75, hook("{type: command, path: /x}"), "\"<\": true"),
        dumped(75, hook("{type: command, path: /x}"), "- type: \"command\""),
        dumped(75, hook("{type: command, path: /x}"), "timeout: \"30s\""),
        dumped(75, hook("{type: command, path: /x}"), "err_is_fatal: false"),
        rejected(76, hook("{type: command}"), at + "path", "required"),
        rejected(76, hook("{type: command, path: \"\"}"), at + "path", "must not be empty"),
        rejected(77, hook("{type: command, path: /x, timeout: 0s}"), at + "timeout", "positive"),
        rejected(77, hook("{type: command, path: /x, timeout: -1s}"), at + "timeout", "negative"),
        rejected(77, hook("{type: command, path: /x, timeout: ~}"), at + "timeout", "positive"),
        rejected(
            78,
            hook("{type: command, path: /x, timeout: 1d}"),
            at + "timeout",
            "no days and weeks"),
        warned(79, hook("{type: command, path: /x, timeout: 5}"), "nanoseconds, here 5ns"),
        dumped(79, hook("{type: command, path: /x, timeout: 5}"), "timeout: \"5ns\""),
        rejected(80, hook("{type: command, path: /x, args: [a]}"), at + "args", "unknown key"),
        rejected(
            81,
            hook("{type: postgres-checkpoint, dsn: \"host=h\"}"),
            at + "filesystems",
            "required"),
        rejected(
            81,
            hook("{type: mysql-lock-tables, dsn: \"/\", filesystems: {}}"),
            at + "filesystems",
            "must not be empty"),
        rejected(
            82,
            hook("{type: mysql-lock-tables, dsn: foo, %s}".formatted(filter)),
            at + "dsn",
            "the \"/\" before the name of the database is missing"),
        accepted(
            82, hook("{type: mysql-lock-tables, dsn: \"u:p@tcp(h:1)/\", %s}".formatted(filter))),
        rejected(83, periodic("hooks: [~]"), "jobs[0].snapshotting.hooks[0]", "empty"),
        accepted(83, periodic("hooks: ~")),
        rejected(83, periodic("hooks: {a: b}"), "jobs[0].snapshotting.hooks", "a list of hooks"));
  }

  static Stream<LanguageCase> pruning() {
    String at = "jobs[0].pruning.keep_sender[0].";
    String receiver = "keep_receiver: [{type: last_n, count: 1}]";
    return Stream.of(
        rejected(84, snap("pruning: {keep: []}"), "jobs[0].pruning.keep", "must not be empty"),
        rejected(84, snap("pruning: {keep: ~}"), "jobs[0].pruning.keep", "must not be empty"),
        rejected(
            84,
            push("pruning: {keep_sender: [], %s}".formatted(receiver)),
            "jobs[0].pruning.keep_sender",
            "must not be empty"),
        rejected(
            85,
            snap("pruning: {keep: [{type: not_replicated}]}"),
            "jobs[0].pruning.keep[0]",
            "does not replicate"),
        warned(
            86,
            push(
                "pruning: {keep_sender: [{type: last_n, count: 1}], keep_receiver: [{type: not_replicated}]}"),
            "of no use on the receiver"),
        rejectedAt(
            87,
            push("pruning: {keep: [{type: last_n, count: 1}]}"),
            "jobs[0].pruning.keep",
            "jobs[0].pruning.keep_receiver"),
        rejected(88, rule("{type: last_n, count: 0}"), at + "count", "at least 1"),
        rejected(88, rule("{type: last_n}"), at + "count", "required"),
        rejected(88, rule("{type: last_n, count: -1}"), at + "count", "at least 1"),
        rejected(88, rule("{type: last_n, count: \"5\"}"), at + "count", "without quotes"),
        dumped(89, rule("{type: last_n, count: 1.9}"), "count: 1"),
        dumped(89, rule("{type: last_n, count: 1_0}"), "count: 10"),
        dumped(89, rule("{type: last_n, count: 0x10}"), "count: 16"),
        dumped(89, rule("{type: last_n, count: 010}"), "count: 8"),
        dumped(90, rule("{type: last_n, count: 5, regex: \"\"}"), "regex: \"\""),
        accepted(
            90,
            rule("{type: last_n, count: 5, regex: \"\"}"),
            configuration ->
                assertThat(senderRule(configuration))
                    .isEqualTo(new KeepRule.LastN(5, Optional.empty()))),
        rejected(91, rule("{type: last_n, count: 1, regex: \"(\"}"), at + "regex", "missing"),
        rejected(91, rule("{type: regex, regex: \"(\"}"), at + "regex", "missing"),
        rejected(91, rule("{type: grid, grid: 1x1h, regex: \"(\"}"), at + "regex", "missing"),
        rejected(92, rule("{type: regex, regex: \"(?!x)a\"}"), at + "regex", "look-around"),
        rejected(92, rule("{type: regex, regex: \"(a)\\\\1\"}"), at + "regex", "back-references"),
        rejected(93, rule("{type: regex}"), at + "regex", "required"),
        rejected(93, rule("{type: regex, regex: \"\"}"), at + "regex", "must not be empty"),
        rejected(94, rule("{type: regex, regex: a, negate: \"yes\"}"), at + "negate", "boolean"),
        rejected(95, rule("{type: grid, grid: 1x1h}"), at + "regex", "required"),
        rejected(95, rule("{type: grid, grid: 1x1h, regex: ''}"), at + "regex", "empty"),
        grid(96, "1x1h(keep=all) | 24x1h | 35x1d | 6x30d", "1x1h=all 24x1h=1 35x24h=1 6x720h=1"),
        grid(97, "24 x 1 h", "24x1h=1"),
        grid(97, "1x1h (keep=all)", "1x1h=all"),
        grid(97, "1x1h( keep=3)", "1x1h=3"),
        badGrid(98, "1x1h(keep=3 )", "interval 1 of 1"),
        badGrid(98, "1x1h(keep=foo)", "keep must be a number"),
        badGrid(99, "1x1h(keep = 3)", "unknown parameter"),
        badGrid(99, "1x1h()", "unknown parameter"),
        badGrid(99, "1x1h(foo=1)", "unknown parameter"),
        badGrid(100, "1x1h(keep=0)", "keep must be at least 1"),
        badGrid(100, "1x1h(keep=-2)", "keep must be at least 1"),
        grid(101, "1x1h(keep=-1)", "1x1h=all"),
        badGrid(102, "0x1h", "at least 1"),
        badGrid(102, "1x0h", "must be positive"),
        badGrid(102, "1x1", "has no unit"),
        badGrid(102, "1x1y", "is not a duration"),
        badGrid(103, "-1x1h", "interval 1 of 1"),
        badGrid(103, "1X1h", "interval 1 of 1"),
        badGrid(103, "", "must not be empty"),
        badGrid(103, "1x1h|", "interval 2 of 2"),
        badGrid(103, "1h", "interval 1 of 1"),
        badGrid(104, "1x2h | 1x1h", "lengths must not decrease"),
        badGrid(104, "1x1h(keep=all) | 1x1d | 1x1h", "lengths must not decrease"),
        grid(105, "1x2h(keep=all) | 1x1h", "1x2h=all 1x1h=1"));
  }

  /**
   * A valid grid.
   *
   * @param buckets equal neighbours as COUNTxHOURSh=KEEP
   */
  private static LanguageCase grid(int number, String grid, String buckets) {
    return accepted(
        number,
        rule("{type: grid, regex: a, grid: \"%s\"}".formatted(grid)),
        configuration ->
            assertThat(senderRule(configuration))
                .isInstanceOfSatisfying(
                    KeepRule.Grid.class,
                    rule -> assertThat(described(rule.grid().buckets())).isEqualTo(buckets)));
  }

  private static KeepRule senderRule(Configuration configuration) {
    return ((JobSettings.Push) configuration.jobs().getFirst()).pruning().keepSender().getFirst();
  }

  private static String described(List<RetentionGrid.Bucket> buckets) {
    List<String> groups = new ArrayList<>();
    for (int i = 0, end; i < buckets.size(); i = end) {
      RetentionGrid.Bucket bucket = buckets.get(i);
      end = i;
      while (end < buckets.size() && buckets.get(end).equals(bucket)) {
        end++;
      }
      groups.add(
          "%dx%dh=%s"
              .formatted(
                  end - i, bucket.length().toHours(), bucket.keepsAll() ? "all" : bucket.keep()));
    }
    return String.join(" ", groups);
  }

  private static LanguageCase badGrid(int number, String grid, String message) {
    return rejected(
        number,
        rule("{type: grid, regex: a, grid: \"%s\"}".formatted(grid)),
        "jobs[0].pruning.keep_sender[0].grid",
        message);
  }

  static Stream<LanguageCase> sendReceiveReplication() {
    String send = "jobs[0].send.";
    String protection = "jobs[0].replication.protection.";
    String concurrency = "jobs[0].replication.concurrency.";
    String initial = "jobs[0].conflict_resolution.initial_replication";
    String encryption = "jobs[1].recv.placeholder.encryption";
    return Stream.of(
        dumped(106, push("send: {}"), "encrypted: false"),
        dumped(106, push("send: ~"), "encrypted: false"),
        accepted(
            107,
            push("send: {encrypted: true, raw: true}"),
            configuration ->
                assertThat(((JobSettings.Push) configuration.jobs().getFirst()).send().flags())
                    .isEqualTo(
                        new SendFlags(true, true, false, false, false, false, false, false))),
        rejected(108, push("send: {encrypted: \"true\"}"), send + "encrypted", "not a boolean"),
        rejected(109, push("send: {properties: true}"), send + "properties", "unknown key"),
        rejected(109, push("send: {embbeded_data: true}"), send + "embbeded_data", "unknown key"),
        rejected(109, push("send: {step_holds: {}}"), send + "step_holds", "unknown key"),
        dumped(123, sink("recv: {placeholder: {encryption: off}}"), "encryption: \"off\""),
        dumped(123, sink("recv: {placeholder: {encryption: inherit}}"), "encryption: \"inherit\""),
        dumped(
            123,
            sink("recv: {placeholder: {encryption: unspecified}}"),
            "encryption: \"unspecified\""),
        rejected(
            124,
            sink("recv: {placeholder: {encryption: on}}"),
            encryption,
            "allowed: unspecified, inherit, off"),
        rejected(124, sink("recv: {placeholder: {encryption: Inherit}}"), encryption, "allowed"),
        rejected(124, sink("recv: {placeholder: {encryption: ~}}"), encryption, "allowed"),
        rejected(
            125,
            push("replication: {protection: {initial: nothing}}"),
            protection + "initial",
            "guarantee_nothing"),
        rejected(
            125,
            push("replication: {protection: {initial: \"\"}}"),
            protection + "initial",
            "allowed: guarantee_resumability, guarantee_incremental, guarantee_nothing"),
        rejected(
            126, push("replication: {concurrency: {steps: 0}}"), concurrency + "steps", "least 1"),
        rejected(
            126, push("replication: {concurrency: {steps: -1}}"), concurrency + "steps", "least 1"),
        rejected(
            126, push("replication: {concurrency: {steps: ~}}"), concurrency + "steps", "least 1"),
        rejected(
            126,
            push("replication: {concurrency: {size_estimates: 0}}"),
            concurrency + "size_estimates",
            "least 1"),
        dumped(127, push("replication: {concurrency: {steps: 1.5}}"), "steps: 1"),
        rejected(
            128,
            push("conflict_resolution: {initial_replication: ALL}"),
            initial,
            "allowed: most_recent, all, fail"),
        rejected(128, push("conflict_resolution: {initial_replication: \"\"}"), initial, "allowed"),
        rejected(128, push("conflict_resolution: {initial_replication: foo}"), initial, "allowed"));
  }

  static Stream<LanguageCase> bandwidthAndProperties() {
    String max = "jobs[0].send.bandwidth_limit.max";
    String capacity = "jobs[0].send.bandwidth_limit.bucket_capacity";
    String properties = "jobs[1].recv.properties.";
    Stream<LanguageCase> notASize =
        Stream.of("10", "-1", "1 kB", "1 PiB", "1 K", "1 KiB/s", "1e6 B", "\" 1 MiB\"")
            .map(size -> rejected(112, limit("max: " + size), max, "is not a size"));
    return Stream.concat(
        notASize,
        Stream.of(
            rate(110, "10 MiB", 10_485_760),
            rate(110, "10 MB", 10_000_000),
            rate(110, "23.5 MiB", 24_641_536),
            rate(110, "8 bit", 1),
            rate(110, "1 Kb", 125),
            rate(110, "12 b", 1),
            unlimited("-1 B"),
            unlimited("-5 MiB"),
            rejected(113, limit("max: B"), max, "is not a number"),
            rejected(113, limit("max: 1.2.3 B"), max, "is not a number"),
            rejected(114, limit("max: 23.5 bit"), max, "whole bits"),
            rejected(115, limit("max: 4 bit"), max, "at least 1 B"),
            rejected(116, limit("max: 0 B"), max, "at least 1 B"),
            rejected(116, limit("max: ~"), max, "is not a size"),
            rejected(116, limit("max: -0.5 B"), max, "at least 1 B"),
            rejected(117, limit("bucket_capacity: 0 B"), capacity, "at least 1 B"),
            rejected(117, limit("bucket_capacity: 4 bit"), capacity, "at least 1 B"),
            rejected(117, limit("bucket_capacity: ~"), capacity, "is not a size"),
            rejected(118, limit("max: 1 MB, bucket_capacity: -1 B"), capacity, "at least 1 B"),
            dumped(
                119,
                properties("inherit: [mountpoint], override: {\"a:b\": \"on\"}"),
                "\"a:b\": \"on\""),
            dumped(120, properties("override: {canmount: off}"), "canmount: \"off\""),
            dumped(120, properties("override: {quota: 5}"), "quota: \"5\""),
            dumped(120, properties("override: {mountpoint: ~}"), "mountpoint: \"\""),
            rejected(121, properties("inherit: [\"-x\"]"), properties + "inherit[0]", "begin with"),
            rejected(121, properties("inherit: [\"a b\"]"), properties + "inherit[0]", "character"),
            rejected(121, properties("inherit: [\"\"]"), properties + "inherit[0]", "empty"),
            rejected(121, properties("inherit: mountpoint"), properties + "inherit", "a list of"),
            rejected(
                122,
                properties("override: {\"a=b\": c}"),
                properties + "override[\"a=b\"]",
                "character")));
  }

  private static String limit(String keys) {
    return push("send: {bandwidth_limit: {%s}}".formatted(keys));
  }

  private static String properties(String keys) {
    return sink("recv: {properties: {%s}}".formatted(keys));
  }

  private static LanguageCase rate(int number, String size, long bytes) {
    return accepted(
        number,
        limit("max: " + size),
        configuration ->
            assertThat(((JobSettings.Push) configuration.jobs().getFirst()).send().bandwidthLimit())
                .contains(new BandwidthLimit(bytes, 131_072)));
  }

  private static LanguageCase unlimited(String size) {
    return accepted(
        111,
        limit("max: " + size),
        configuration ->
            assertThat(((JobSettings.Push) configuration.jobs().getFirst()).send().bandwidthLimit())
                .isEmpty());
  }

  static Stream<LanguageCase> connecting() {
    String at = "jobs[0].connect.";
    String tls = "type: tls, address: \"h:1\"";
    String ssh = "type: ssh+stdinserver, host: h, user: u, identity_file: /k";
    return Stream.of(
        address("h:1"),
        address(":1"),
        address("h:"),
        address("h:foo"),
        address("[::1]:5"),
        rejected(130, connect("{type: tcp, address: h}"), at + "address", "the port is missing"),
        rejected(130, connect("{type: tcp, address: \"::1:5\"}"), at + "address", "many colons"),
        rejected(130, connect("{type: tcp, address: \"\"}"), at + "address", "must not be empty"),
        timeout("0s", 0),
        timeout("0", 0),
        timeout("1h30m", 5400),
        rejected(132, tcp("dial_timeout: -1s"), at + "dial_timeout", "must not be negative"),
        rejected(132, tcp("dial_timeout: 1d"), at + "dial_timeout", "no days and weeks"),
        warned(133, tcp("dial_timeout: 10"), "nanoseconds, here 10ns"),
        rejectedAt(
            134,
            connect("{%s}".formatted(tls)),
            at + "ca",
            at + "cert",
            at + "key",
            at + "server_cn"),
        rejected(
            134,
            connect("{%s, ca: /a, cert: /b, key: /c}".formatted(tls)),
            at + "server_cn",
            "required"),
        accepted(134, connect("{%s, ca: /a, cert: /b, key: /c, server_cn: s}".formatted(tls))),
        rejected(135, connect("{%s}".formatted(ssh)), at + "port", "required"),
        rejected(135, connect("{%s, port: 0}".formatted(ssh)), at + "port", "at least 1"),
        rejected(135, connect("{%s, port: 65536}".formatted(ssh)), at + "port", "at most 65535"),
        rejected(135, connect("{%s, port: -1}".formatted(ssh)), at + "port", "at least 1"),
        rejected(135, connect("{%s, port: \"22\"}".formatted(ssh)), at + "port", "without quotes"),
        accepted(135, connect("{%s, port: 22, options: [A=b]}".formatted(ssh))),
        rejected(
            136,
            connect("{%s, port: 22, options: \"A=b\"}".formatted(ssh)),
            at + "options",
            "a list of texts is needed"),
        rejected(137, connect("{type: ssh}"), at + "type", "did you mean \"ssh+stdinserver\"?"),
        rejected(
            137,
            serve("{type: ssh+stdinserver}"),
            "jobs[0].serve.type",
            "allowed: tcp, tls, stdinserver, local"),
        rejected(
            138,
            connect("{type: local, listener_name: a, client_identity: a/b}"),
            at + "client_identity",
            "the character /"));
  }

  private static LanguageCase address(String address) {
    return dumped(
        129,
        connect("{type: tcp, address: \"%s\"}".formatted(address)),
        "address: \"%s\"".formatted(address));
  }

  private static String tcp(String keys) {
    return connect("{type: tcp, address: \"h:1\", %s}".formatted(keys));
  }

  private static LanguageCase timeout(String yaml, long seconds) {
    return accepted(
        131,
        tcp("dial_timeout: " + yaml),
        configuration ->
            assertThat(((JobSettings.Push) configuration.jobs().getFirst()).connect())
                .extracting(ConnectSettings::dialTimeout)
                .isEqualTo(Duration.ofSeconds(seconds)));
  }

  static Stream<LanguageCase> serving() {
    String at = "jobs[0].serve.";
    String tls = "type: tls, listen: \":1\", ca: /a, cert: /b, key: /c";
    return Stream.of(
        rejected(139, clients("{}"), at + "clients", "must not be empty"),
        rejected(139, serve("{type: tcp, listen: \":1\"}"), at + "clients", "required"),
        rejected(140, clients("{\"host\": a}"), at + "clients.host", "neither an IP address"),
        rejected(
            141,
            clients("{\"10.0.0.1\": \"a-*\"}"),
            at + "clients[\"10.0.0.1\"]",
            "must not have a \"*\""),
        rejected(
            142,
            clients("{\"10.0.0.0/8\": a}"),
            at + "clients[\"10.0.0.0/8\"]",
            "exactly one \"*\""),
        rejected(
            142,
            clients("{\"10.0.0.0/8\": \"*-*\"}"),
            at + "clients[\"10.0.0.0/8\"]",
            "exactly one \"*\""),
        identified(143, "{\"10.0.0.0/8\": \"*\"}", "10.1.2.3", "", "10.1.2.3"),
        identified(143, "{\"10.0.0.0/8\": \"*\"}", "11.1.2.3", "", ""),
        identified(143, "{\"fe80::/16%eth1\": \"x-*\"}", "fe80::1", "eth1", "x-fe80::1-eth1"),
        identified(143, "{\"fe80::/16%eth1\": \"x-*\"}", "fe80::1", "eth2", ""),
        rejected(
            144,
            clients("{\"10.0.0.1\": \"a/b\"}"),
            at + "clients[\"10.0.0.1\"]",
            "the identity of 10.0.0.1 is not valid"),
        rejected(
            144,
            clients("{\"10.0.0.1\": \"\"}"),
            at + "clients[\"10.0.0.1\"]",
            "the identity of 10.0.0.1 is not valid"),
        rejected(145, clients("{\"::1\": a, \"::1\": b}"), "", "the key \"::1\" stands twice"),
        rejected(
            146, serve("{%s, client_cns: []}".formatted(tls)), at + "client_cns", "not be empty"),
        rejected(
            146,
            serve("{type: stdinserver, client_identities: []}"),
            at + "client_identities",
            "must not be empty"),
        rejected(
            147,
            serve("{%s, client_cns: [a], handshake_timeout: -5s}".formatted(tls)),
            at + "handshake_timeout",
            "must not be negative"),
        rejected(
            147,
            serve("{%s, client_cns: [a], handshake_timeout: 0s}".formatted(tls)),
            at + "handshake_timeout",
            "must be positive"),
        dumped(147, serve("{%s, client_cns: [a]}".formatted(tls)), "handshake_timeout: \"10s\""),
        rejected(
            148,
            serve("{type: stdinserver, client_identities: [\"a/b\"]}"),
            at + "client_identities[0]",
            "the character /"));
  }

  /** A sink for these clients, and how it calls one of them. */
  private static LanguageCase identified(
      int number, String map, String address, String zone, String identity) {
    return accepted(
        number,
        clients(map),
        configuration ->
            assertThat(
                    configuration.jobs().stream()
                        .flatMap(job ->
                            job instanceof JobSettings.Sink sink
                                    && sink.serve() instanceof ServeSettings.Tcp tcp
                                ? tcp
                                    .clients()
                                    .identityOf(InetAddress.ofLiteral(address).getAddress(), zone)
                                    .stream()
                                : Stream.empty())
                        .map(Object::toString)
                        .collect(Collectors.joining()))
                .isEqualTo(identity));
  }

  private static String clients(String map) {
    return serve("{type: tcp, listen: \":1\", clients: %s}".formatted(map));
  }

  static Stream<LanguageCase> globalSection() {
    String at = "global.logging[0].";
    String stdout = "{type: stdout, level: warn, format: human}";
    String tcp = "type: tcp, level: warn, format: human, address: \"h:1\"";
    String syslog = "type: syslog, level: warn, format: human";
    return Stream.of(
        dumped(149, global("logging: ~"), "time: true"),
        accepted(
            149,
            global("logging: []"),
            configuration ->
                assertThat(configuration.logging().outlets().toString())
                    .contains("WARN", "HUMAN", "time=false", "color=false")),
        rejected(150, logging("{type: stdout, format: human}"), at + "level", "required"),
        rejected(150, logging("{type: stdout, level: warn}"), at + "format", "required"),
        rejected(150, logging("{type: stdout, level: \"\", format: human}"), at + "level", "empty"),
        rejected(150, logging("{type: stdout, level: warn, format: \"\"}"), at + "format", "empty"),
        rejected(
            151, logging("{type: stdout, level: WARN, format: human}"), at + "level", "allowed:"),
        rejected(
            151,
            logging("{type: stdout, level: warning, format: human}"),
            at + "level",
            "did you mean \"warn\"?"),
        rejected(
            152,
            logging("{type: stdout, level: warn, format: xml}"),
            at + "format",
            "allowed: human, logfmt, json"),
        rejected(
            153, logging(stdout + ", " + stdout), "global.logging[1]", "only one outlet may have"),
        rejected(
            153,
            logging("{%s}, {%s}".formatted(syslog, syslog)),
            "global.logging[1]",
            "only one outlet may have"),
        dumped(154, logging("{%s, facility: ~}".formatted(syslog)), "facility: \"local0\""),
        rejected(154, logging("{%s, facility: foo}".formatted(syslog)), at + "facility", "allowed"),
        rejected(
            154,
            logging("{%s, facility: LOCAL0}".formatted(syslog)),
            at + "facility",
            "did you mean \"local0\"?"),
        rejected(
            154, logging("{%s, facility: \"\"}".formatted(syslog)), at + "facility", "allowed"),
        rejected(
            155,
            logging("{%s, retry_interval: 0s}".formatted(tcp)),
            at + "retry_interval",
            "must be positive"),
        rejected(
            156,
            logging("{type: tcp, level: warn, format: human, address: h}"),
            at + "address",
            "the port is missing"),
        rejectedAt(
            157,
            logging("{%s, tls: {}}".formatted(tcp)),
            at + "tls.ca",
            at + "tls.cert",
            at + "tls.key"),
        accepted(
            157,
            logging(
                "{%s, tls: {ca: %s/rsa.crt, cert: %s/ec.crt, key: %s/ec.key}}"
                    .formatted(tcp, PEM, PEM, PEM)),
            configuration ->
                assertThat(configuration.logging().outlets().getFirst())
                    .isInstanceOfSatisfying(
                        OutletSettings.Tcp.class,
                        outlet ->
                            assertThat(outlet.tls())
                                .contains(
                                    new TlsFiles(
                                        Path.of(PEM, "rsa.crt"),
                                        Path.of(PEM, "ec.crt"),
                                        Path.of(PEM, "ec.key"))))),
        new LanguageCase(
            157,
            logging("{%s, tls: {ca: /none/ca, cert: /none/cert, key: /none/key}}".formatted(tcp)),
            false,
            file ->
                assertThat(ConfigurationText.reject(file).render())
                    .contains("tls.ca: /none/ca: there is no such file")
                    .contains("tls.cert: /none/cert: there is no such file")
                    .contains("tls.key: /none/key: there is no such file")),
        rejected(158, global("logging: [~]"), "global.logging[0]", "empty"),
        rejected(
            159,
            global("monitoring: [{type: prometheus, listen: \"9811\"}]"),
            "global.monitoring[0].listen",
            "the port is missing"),
        rejected(
            159,
            global("monitoring: [{type: prometheus}]"),
            "global.monitoring[0].listen",
            "required"),
        rejected(
            160,
            global(
                "monitoring: [{type: prometheus, listen: \":1\"}, {type: prometheus, listen: \":2\"}]"),
            "global.monitoring[1]",
            "only one entry"),
        rejected(
            161,
            global("monitoring: [{type: statsd}]"),
            "global.monitoring[0].type",
            "no monitoring entry of type \"statsd\""),
        rejected(
            162,
            global("control: {sockpath: \"\"}"),
            "global.control.sockpath",
            "must not be empty"),
        rejected(163, global("serve: {tcp: {}}"), "global.serve.tcp", "unknown key"));
  }

  private static String logging(String outlets) {
    return global("logging: [%s]".formatted(outlets));
  }

  @ParameterizedTest
  @MethodSource({
    "fileLevelAndNames",
    "filtersAndPaths",
    "intervalsNamesTimestamps",
    "cronExpressions",
    "hooks",
    "pruning",
    "sendReceiveReplication",
    "bandwidthAndProperties",
    "connecting",
    "serving",
    "globalSection"
  })
  void caseOfTheTable(LanguageCase row) {
    row.check().accept(row.text());
  }

  @Test
  void everyRowHasACase() {
    TreeSet<Integer> rows = new TreeSet<>();
    Stream.of(
            fileLevelAndNames(),
            filtersAndPaths(),
            intervalsNamesTimestamps(),
            cronExpressions(),
            hooks(),
            pruning(),
            sendReceiveReplication(),
            connecting(),
            serving(),
            globalSection(),
            bandwidthAndProperties())
        .flatMap(Function.identity())
        .forEach(row -> rows.add(row.number()));
    rows.addAll(WITH_FILES);
    assertThat(rows).containsExactlyElementsOf(IntStream.rangeClosed(1, 163).boxed().toList());
  }
}

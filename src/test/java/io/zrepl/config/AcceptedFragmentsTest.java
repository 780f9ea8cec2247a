package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.global;
import static io.zrepl.config.ConfigurationText.load;
import static io.zrepl.config.ConfigurationText.loadPush;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.rule;
import static io.zrepl.config.ConfigurationText.sink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.zrepl.base.BandwidthLimit;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.job.JobSettings;
import io.zrepl.logging.LogFormat;
import io.zrepl.logging.LogLevel;
import io.zrepl.logging.LoggingSettings;
import io.zrepl.logging.OutletSettings;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.PropertyName;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.RetentionGrid;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.SendFlags;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of files that must be accepted, each with what it means. */
class AcceptedFragmentsTest {
  private static final Instant NOON = Instant.parse("2026-07-04T05:06:07.089Z");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "---",
        "null",
        "~",
        "# nothing",
        "jobs:",
        "jobs: []",
        "{}",
        "---\n...\n---",
        "global: ~",
        "include: []",
        "include: ~",
        "jobs: []\n---\nfoo: 1",
        "jobs: []\n---\n{{{{",
        "%YAML 1.1\n---\njobs: []",
        "\"jobs\": !!seq []"
      })
  void fileWithoutJobsMeansAllDefaults(String text) {
    Configuration configuration = load(text).configuration();
    assertThat(configuration.jobs()).isEmpty();
    assertThat(configuration.logging()).isEqualTo(LoggingSettings.DEFAULT);
    assertThat(configuration.controlSocket()).isEqualTo(Path.of("/var/run/zrepl/control"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "\"a b\"|a b",
        "\" a\"| a",
        "123|123",
        "yes|yes",
        "2026-01-01|2026-01-01",
        "0x10|0x10",
        "\"null\"|null",
        "'.a'|.a",
        "a-_.: b|a-_.: b"
      },
      delimiter = '|')
  void jobNameIsTheTextAsWritten(String name, String expected) {
    // ": " would end a plain scalar
    String yaml = name.contains(": ") ? "'" + name + "'" : name;
    assertThat(loadPush(push("name: " + yaml)).id()).hasToString(expected);
  }

  @Test
  void jobNameMayHave203Characters() {
    assertThat(loadPush(push("name: " + "n".repeat(203))).id().toString()).hasSize(203);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"<\": true}|tank/a|true",
        "{\"tank<\": yes}|tank/a|true",
        "{tank<: on}|tank/a|true",
        "{tank<: Y, tank/a: n}|tank/a|false",
        "{\"tank\": null, \"tank<\": true}|tank|false",
        "{\"tank\": null, \"tank<\": true}|tank/a|true",
        "{\"tank/my fs<\": true}|tank/my fs/x|true",
        "{on: true}|on|true",
        "{1: true}|1|true"
      })
  void filterSelects(String filter, String dataset, boolean selected) throws Exception {
    assertThat(
            loadPush(push("filesystems: " + filter))
                .filesystems()
                .matches(DatasetPath.parse(dataset)))
        .isEqualTo(selected);
  }

  @Test
  void rootFilesystemMayHaveBlanks() {
    assertThat(load(sink("root_fs: pool/a b")).configuration().jobs().get(1))
        .isInstanceOfSatisfying(
            JobSettings.Sink.class,
            sink -> assertThat(sink.rootFilesystem()).isEqualTo(DatasetPath.of("pool/a b")));
  }

  @ParameterizedTest
  @CsvSource({
    "10m,600",
    "' 10 m ',600",
    "+10m,600",
    "1d,86400",
    "2w,1209600",
    "1s,1",
    "15250w,9223200000"
  })
  void intervalIsOneIntegerWithOneUnit(String interval, long seconds) {
    assertThat(snapshotting(periodic("interval: \"" + interval + "\"")).interval())
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "DENSE|UTC|zrepl_20260704_050607_000",
        "dense|\"\"|zrepl_20260704_050607_000",
        "human|UTC|zrepl_2026-07-04_05:06:07",
        "unix-seconds|UTC|zrepl_1783141567",
        "iso-8601|UTC|zrepl_2026-07-04T05:06:07.089Z",
        "iso-8601|Europe/Berlin|zrepl_2026-07-04T07:06:07.089_0200",
        "iso-8601|America/New_York|zrepl_2026-07-04T01:06:07.089-0400",
        "iso-8601|Europe/London|zrepl_2026-07-04T06:06:07.089_0100",
        "\"2006-01-02_15.04.05 MST\"|Asia/Tokyo|zrepl_2026-07-04_14.06.07 JST",
        "\"2006-01-02_15:04:05-07:00 -0700\"|Europe/Berlin|zrepl_2026-07-04_07:06:07_02:00 _0200"
      })
  void snapshotNameFollowsFormatAndLocation(String format, String location, String name) {
    String text = periodic("timestamp_format: " + format, "timestamp_location: " + location);
    assertThat(snapshotting(text).names().nameAt(NOON)).isEqualTo(name);
  }

  @Test
  void localIsATimeZone() {
    assertThat(load(periodic("timestamp_format: iso-8601", "timestamp_location: Local")).warnings())
        .isEmpty();
  }

  @Test
  void prefixMayHave236CharactersWithDense() {
    assertThat(snapshotting(periodic("prefix: " + "p".repeat(236))).names().prefix()).hasSize(236);
  }

  @ParameterizedTest
  @CsvSource({
    "1.9,1",
    "1_0,10",
    "0x10,16",
    "010,8",
    "0o10,8",
    "0b11,3",
    "+5,5",
    "1.0e+2,100",
    "089,89",
    "2147483648,2147483647"
  })
  void countIsAYamlInteger(String count, int expected) {
    assertThat(senderRule("{type: last_n, count: %s}".formatted(count)))
        .isInstanceOfSatisfying(
            KeepRule.LastN.class, last -> assertThat(last.count()).isEqualTo(expected));
  }

  static Stream<Arguments> grids() throws Exception {
    return Stream.of(
        arguments("1x1h(keep=all) | 24x1h | 35x1d | 6x30d", 66),
        arguments("24 x 1 h", 24),
        arguments("1x1h (keep=all)", 1),
        arguments("1x1h( keep=3)", 1),
        arguments("1x1h(keep=-1)", 1),
        arguments("1x2h(keep=all) | 1x1h", 2));
  }

  @ParameterizedTest
  @MethodSource("grids")
  void gridHasBuckets(String grid, int buckets) throws Exception {
    assertThat(senderRule("{type: grid, regex: a, grid: \"%s\"}".formatted(grid)))
        .isInstanceOfSatisfying(
            KeepRule.Grid.class,
            rule -> {
              assertThat(rule.grid().buckets()).hasSize(buckets);
              assertThat(rule.grid().buckets()).isEqualTo(parsed(grid).buckets());
            });
  }

  private static RetentionGrid parsed(String grid) {
    try {
      return RetentionGrid.parse(grid);
    } catch (io.zrepl.base.InvalidValueException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void keepRulesHaveTheirDefaults() {
    assertThat(senderRule("{type: not_replicated}")).isEqualTo(new KeepRule.NotReplicated(true));
    assertThat(senderRule("{type: last_n, count: 5, regex: \"\"}"))
        .isEqualTo(new KeepRule.LastN(5, java.util.Optional.empty()));
    assertThat(senderRule("{type: regex, regex: a}"))
        .isInstanceOfSatisfying(
            KeepRule.Regex.class,
            rule -> {
              assertThat(rule.negate()).isFalse();
              assertThat(rule.regex().pattern()).isEqualTo("a");
            });
  }

  @Test
  void regexIsThatOfRe2() {
    assertThat(
            senderRule(
                "{type: regex, regex: '(?i)^(?P<p>A|[[:alpha:]]{2,5})\\pL\\z', negate: yes}"))
        .isInstanceOfSatisfying(KeepRule.Regex.class, rule -> assertThat(rule.negate()).isTrue());
  }

  static Stream<Arguments> sendFlags() {
    return Stream.of(
        arguments(
            "send: {}", new SendFlags(false, false, false, false, false, false, false, false)),
        arguments("send: ~", new SendFlags(false, false, false, false, false, false, false, false)),
        arguments(
            "send: {encrypted: true, raw: true}",
            new SendFlags(true, true, false, false, false, false, false, false)),
        arguments(
            "send: {send_properties: yes, backup_properties: on, large_blocks: True}",
            new SendFlags(false, false, true, true, true, false, false, false)),
        arguments(
            "send: {compressed: y, embedded_data: ON, saved: TRUE}",
            new SendFlags(false, false, false, false, false, true, true, true)));
  }

  @ParameterizedTest
  @MethodSource("sendFlags")
  void sendOptions(String fragment, SendFlags flags) {
    assertThat(loadPush(push(fragment)).send().flags()).isEqualTo(flags);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max: 10 MiB|10485760|131072",
        "max: 10 MB|10000000|131072",
        "max: 23.5 MiB|24641536|131072",
        "max: .5 KiB|512|131072",
        "max: 8 bit|1|131072",
        "max: 1 Kb|125|131072",
        "max: 12 b|1|131072",
        "max: 12345 B, bucket_capacity: 1 KiB|12345|1024",
        "max: 1 Tib, bucket_capacity: 8191 bit|137438953472|1023"
      })
  void bandwidthIsInBytesPerSecond(String keys, long rate, long capacity) {
    Optional<BandwidthLimit> expected = Optional.of(new BandwidthLimit(rate, capacity));
    String fragment = "{bandwidth_limit: {%s}}".formatted(keys);
    assertThat(loadPush(push("send: " + fragment)).send().bandwidthLimit()).isEqualTo(expected);
    assertThat(loadSink(sink("recv: " + fragment)).receive().bandwidthLimit()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "~",
        "{}",
        "{max: -1 B}",
        "{max: -5 MiB}",
        "{bucket_capacity: 1 MiB}",
        "{bucket_capacity: -1 B}"
      })
  void withoutBandwidthLimit(String limit) {
    assertThat(loadPush(push("send: {bandwidth_limit: " + limit + "}")).send().bandwidthLimit())
        .isEmpty();
  }

  @Test
  void propertiesOfReceivedFilesystems() {
    ReceiveOptions options =
        loadSink(
                sink(
                    "recv: {properties: {inherit: [mountpoint, 'a:b'], override: {canmount: off, quota: 5, mountpoint: ~, 'a.b-c_D:9': \"on\"}}}"))
            .receive();
    assertThat(options.inherit())
        .extracting(PropertyName::toString)
        .containsExactly("mountpoint", "a:b");
    assertThat(options.override())
        .containsExactly(
            Map.entry(PropertyName.of("canmount"), "off"),
            Map.entry(PropertyName.of("quota"), "5"),
            Map.entry(PropertyName.of("mountpoint"), ""),
            Map.entry(PropertyName.of("a.b-c_D:9"), "on"));
  }

  private static JobSettings.Sink loadSink(String text) {
    return (JobSettings.Sink) load(text).configuration().jobs().get(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "recv: {placeholder: {encryption: off}}|OFF",
        "recv: {placeholder: {encryption: inherit}}|INHERIT",
        "recv: {placeholder: {encryption: unspecified}}|UNSPECIFIED",
        "recv: {placeholder: ~}|UNSPECIFIED",
        "recv: {}|UNSPECIFIED",
        "recv: ~|UNSPECIFIED"
      })
  void placeholderEncryption(String fragment, PlaceholderEncryption encryption) {
    assertThat(load(sink(fragment)).configuration().jobs().get(1))
        .isInstanceOfSatisfying(
            JobSettings.Sink.class,
            sink -> assertThat(sink.receive().placeholderEncryption()).isEqualTo(encryption));
  }

  @Test
  void replicationHasDefaults() {
    for (String fragment :
        List.of(
            "replication: ~",
            "replication: {}",
            "replication: {protection: ~, concurrency: ~}",
            "conflict_resolution: ~",
            "conflict_resolution: {}")) {
      assertThat(loadPush(push(fragment)).replication()).isEqualTo(ReplicationSettings.DEFAULT);
    }
  }

  @Test
  void replicationOptions() {
    JobSettings.Push push =
        loadPush(
            push(
                "replication: {protection: {initial: guarantee_nothing, incremental: guarantee_incremental}, concurrency: {steps: 1.5, size_estimates: 0x8}}",
                "conflict_resolution: {initial_replication: all}"));
    assertThat(push.replication())
        .isEqualTo(
            new ReplicationSettings(
                new ReplicationProtection(
                    ReplicationGuarantee.NOTHING, ReplicationGuarantee.INCREMENTAL),
                1,
                8,
                InitialReplication.ALL));
  }

  @ParameterizedTest
  @CsvSource({
    "0s,0",
    "0,0",
    "0.0,0",
    "1h30m,5400000",
    "1.5s,1500",
    "300ms,300",
    "2000000000,2000",
    "+2s,2000"
  })
  void dialTimeoutIsAGoDuration(String timeout, long millis) {
    assertThat(
            loadPush(
                    push(
                        "connect: {type: local, listener_name: here, client_identity: me, dial_timeout: %s}"
                            .formatted(timeout)))
                .connect())
        .isInstanceOfSatisfying(
            ConnectSettings.Local.class,
            local -> assertThat(local.dialTimeout()).hasMillis(millis));
  }

  @Test
  void dialTimeoutOfLocalConnectIsTwoSeconds() {
    assertThat(loadPush(push()).connect())
        .isInstanceOfSatisfying(
            ConnectSettings.Local.class, local -> assertThat(local.dialTimeout()).hasSeconds(2));
  }

  static Stream<Arguments> outlets() {
    return Stream.of(
        arguments("logging: ~", stdout(LogLevel.WARN, true, true)),
        arguments("logging: []", stdout(LogLevel.WARN, false, false)),
        arguments(
            "logging: [{type: stdout, level: debug, format: human}]",
            stdout(LogLevel.DEBUG, true, true)),
        arguments(
            "logging:\n- type: stdout\n  level: error\n  format: human\n  time: no\n  color: off",
            stdout(LogLevel.ERROR, false, false)),
        arguments("monitoring: []\nserve: ~", stdout(LogLevel.WARN, true, true)));
  }

  private static OutletSettings.Stdout stdout(LogLevel level, boolean time, boolean color) {
    return new OutletSettings.Stdout(level, LogFormat.HUMAN, time, color);
  }

  @ParameterizedTest
  @MethodSource("outlets")
  void loggingOutlets(String lines, OutletSettings outlet) {
    assertThat(load(global(lines)).configuration().logging().outlets()).containsExactly(outlet);
  }

  @Test
  void controlSocket() {
    assertThat(load(global("stall_timeout: 2h")).configuration().stallTimeout())
        .isEqualTo(java.time.Duration.ofHours(2));
    assertThat(load(global("control: {sockpath: /run/z/c}")).configuration().controlSocket())
        .isEqualTo(Path.of("/run/z/c"));
  }

  /** Empty is valid as long as no job serves by stdinserver. */
  @ParameterizedTest
  @ValueSource(strings = {"''", "~"})
  void socketDirectory(String yaml) {
    assertThat(
            load(global("serve: {stdinserver: {sockdir: %s}}".formatted(yaml)))
                .configuration()
                .stdinserverDirectory())
        .isEqualTo(Path.of(""));
  }

  private static SnapshottingSettings.Periodic snapshotting(String text) {
    return (SnapshottingSettings.Periodic) loadPush(text).snapshotting();
  }

  private static KeepRule senderRule(String rule) {
    return loadPush(rule(rule)).pruning().keepSender().getFirst();
  }
}

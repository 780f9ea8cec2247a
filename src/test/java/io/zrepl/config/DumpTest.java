package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.global;
import static io.zrepl.config.ConfigurationText.load;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.rule;
import static io.zrepl.config.ConfigurationText.sink;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.logging.LoggingSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The effective configuration, written out and read again. */
class DumpTest {
  static Stream<String> files() {
    return Stream.of(
        "",
        push(),
        sink("recv: {placeholder: {encryption: off}}"),
        sink(
            "recv: {properties: {inherit: [a:b, mountpoint], override: {quota: 5, canmount: off, 'x:y': '-x \"#'}}, bandwidth_limit: {max: 1 B}}"),
        periodic(
            "prefix: \"on\"", "timestamp_format: iso-8601", "timestamp_location: Europe/Berlin"),
        periodic("interval: 90m", "timestamp_format: '2006-01-02 15.04 MST'"),
        push(
            "filesystems: {\"<\": true, on: false, \"1\": yes, \"a b/c: d\": n, 'null': true, '': true, \"q\\\"\\\\\\n\\x7f\\u2028\\U0001F980\\uFFFE\": true}"),
        push("filesystems: {\"" + "\\u0085\\u2028".repeat(80) + "\": true}"),
        push("filesystems: {'" + "\u00e4\"\\".repeat(160) + "': true}"),
        push(
            "name: yes",
            "connect: {type: local, listener_name: \"~ # \\e\\t\", client_identity: null, dial_timeout: 1500ms}"
                .replace("null", "'null'")),
        push(
            "send: {raw: y, saved: on, bandwidth_limit: {max: 12.5 Mb, bucket_capacity: 9 bit}}",
            "conflict_resolution: {initial_replication: fail}",
            "replication: {protection: {initial: guarantee_nothing}, concurrency: {steps: 010}}"),
        rule(
            "{type: grid, regex: '^zrepl_\\d+ \\pL \"', grid: ' 24 x 1 h (keep=-1)|2x1d'}, {type: last_n, count: 3}, {type: regex, negate: yes, regex: '#'}"),
        global("logging: []\ncontrol: {sockpath: './s: #'}"),
        global("logging: [{type: stdout, level: debug, format: human, color: no}]"));
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsBackAsTheSame(String text) {
    ConfigurationDump dump = load(text).effective();
    for (String written : new String[] {dump.yaml(), dump.json()}) {
      LoadedConfiguration again = load(written);
      assertThat(again.effective().yaml()).isEqualTo(dump.yaml());
      assertThat(again.effective().json()).isEqualTo(dump.json());
      assertThat(again.configuration().controlSocket())
          .isEqualTo(load(text).configuration().controlSocket());
      assertThat(described(again)).isEqualTo(described(load(text)));
    }
  }

  /** Patterns and namings have no equality; what they say about themselves is compared. */
  private static String described(LoadedConfiguration loaded) {
    return loaded
        .configuration()
        .toString()
        .replaceAll("(SnapshotNaming|RetentionGrid)@[0-9a-f]+", "$1");
  }

  @ParameterizedTest
  @MethodSource("io.zrepl.config.DocumentationTest#samples")
  void samplesReadBackAsTheSame(Path sample) throws Exception {
    readsBackAsTheSame(Files.readString(sample));
  }

  @Test
  void partsAreValidFilesThemselves() {
    ConfigurationDump dump =
        load(global("logging: [{type: syslog, level: info, format: json}]")).effective();
    LoadedConfiguration jobs = load(dump.jobs().yaml());
    assertThat(jobs.configuration().jobs()).hasSize(2);
    assertThat(jobs.configuration().logging()).isEqualTo(LoggingSettings.DEFAULT);
    LoadedConfiguration logging = load(dump.logging().json());
    assertThat(logging.configuration().jobs()).isEmpty();
    assertThat(logging.effective().logging().yaml()).isEqualTo(dump.logging().yaml());
  }

  @Test
  void additionsOfThisProgramAreShownOnlyIfTheyAreGiven() {
    LoadedConfiguration loaded = load(global("stall_timeout: 2h"));
    assertThat(loaded.effective().yaml()).contains("stall_timeout: \"2h\"");
    assertThat(loaded.notPortable())
        .singleElement()
        .satisfies(problem -> assertThat(problem.path()).isEqualTo("global.stall_timeout"));
    assertThat(load(push()).notPortable()).isEmpty();
  }

  @Test
  void whatGoFailsAtIsNotPortable() {
    assertThat(
            load(push(
                    "replication: {protection: {incremental: guarantee_nothing}}",
                    "pruning: {keep_sender: [{type: last_n, count: 1}], keep_receiver: [{type: last_n, count: 1}]}"))
                .notPortable())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.path()).isEqualTo("jobs[0].replication.protection");
          assertThat(problem.message()).contains("Go zrepl prunes no filesystem");
        });
  }

  @Test
  void secretsAreLeftOut() {
    LoadedConfiguration loaded =
        load(
            periodic(
                "hooks: [{type: mysql-lock-tables, dsn: 'u:TopSecret@/', filesystems: {a: true}}, {type: postgres-checkpoint, dsn: 'password=TopSecret', filesystems: {a: true}}]"));
    assertThat(loaded.effective().yaml() + loaded.effective().json() + loaded.configuration())
        .doesNotContain("TopSecret");
  }

  @Test
  void fillsInTheDefaults() {
    assertThat(load(sink()).effective().yaml())
        .isEqualTo(
            """
            global:
              logging:
                - type: "stdout"
                  level: "warn"
                  format: "human"
                  time: true
                  color: true
              monitoring: []
              control:
                sockpath: "/var/run/zrepl/control"
              serve:
                stdinserver:
                  sockdir: "/var/run/zrepl/stdinserver"
            jobs:
              - type: "push"
                name: "pusher"
                filesystems:
                  "tank<": true
                connect:
                  type: "local"
                  listener_name: "here"
                  client_identity: "me"
                  dial_timeout: "2s"
                snapshotting:
                  type: "manual"
                pruning:
                  keep_sender:
                    - type: "last_n"
                      count: 2
                      regex: ""
                  keep_receiver:
                    - type: "last_n"
                      count: 1
                      regex: ""
                send:
                  encrypted: false
                  raw: false
                  send_properties: false
                  backup_properties: false
                  large_blocks: false
                  compressed: false
                  embedded_data: false
                  saved: false
                  bandwidth_limit:
                    max: "-1 B"
                    bucket_capacity: "128 KiB"
                replication:
                  protection:
                    initial: "guarantee_resumability"
                    incremental: "guarantee_resumability"
                  concurrency:
                    steps: 1
                    size_estimates: 4
                conflict_resolution:
                  initial_replication: "most_recent"
              - type: "sink"
                name: "receiver"
                serve:
                  type: "local"
                  listener_name: "here"
                root_fs: "backup/zrepl"
                recv:
                  properties:
                    inherit: []
                    override: {}
                  bandwidth_limit:
                    max: "-1 B"
                    bucket_capacity: "128 KiB"
                  placeholder:
                    encryption: "unspecified"
            """);
    assertThat(load("").effective().json())
        .isEqualTo(
            """
            {
              "global": {
                "logging": [
                  {
                    "type": "stdout",
                    "level": "warn",
                    "format": "human",
                    "time": true,
                    "color": true
                  }
                ],
                "monitoring": [],
                "control": {
                  "sockpath": "/var/run/zrepl/control"
                },
                "serve": {
                  "stdinserver": {
                    "sockdir": "/var/run/zrepl/stdinserver"
                  }
                }
              },
              "jobs": []
            }
            """);
  }
}

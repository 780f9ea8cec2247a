package io.zrepl.config;

import static io.zrepl.config.ConfigurationText.load;
import static io.zrepl.config.ConfigurationText.loadPush;
import static io.zrepl.config.ConfigurationText.periodic;
import static io.zrepl.config.ConfigurationText.push;
import static io.zrepl.config.ConfigurationText.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.config.yaml.Problem;
import io.zrepl.logging.OutletSettings;
import io.zrepl.prune.KeepRule;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** An explicit null is the zero value, never the default; a section is the exception. */
class NullAndDefaultTest {
  private static final String CONNECT =
      "connect: {type: local, listener_name: here, client_identity: me, dial_timeout: %s}";

  @Test
  void nullTimeoutIsNoTimeoutAndWarns() {
    LoadedConfiguration loaded = load(push(CONNECT.formatted("~")));
    assertThat(loadPush(push(CONNECT.formatted("~"))).connect())
        .isInstanceOfSatisfying(
            ConnectSettings.Local.class, local -> assertThat(local.dialTimeout()).isZero());
    assertThat(loaded.warnings())
        .extracting(Problem::message)
        .containsExactly(
            "null means 0s here, not the default 2s; leave the key out to get the default");
  }

  @Test
  void nullBooleanIsFalse() {
    assertThat(
            loadPush(rule("{type: not_replicated, keep_snapshot_at_cursor: ~}"))
                .pruning()
                .keepSender())
        .containsExactly(new KeepRule.NotReplicated(false));
    LoadedConfiguration loaded =
        load(
            ConfigurationText.global(
                "logging: [{type: stdout, level: info, format: human, time: null, color: }]"));
    assertThat(loaded.configuration().logging().outlets())
        .singleElement()
        .isInstanceOfSatisfying(
            OutletSettings.Stdout.class,
            stdout -> {
              assertThat(stdout.time()).isFalse();
              assertThat(stdout.color()).isFalse();
            });
    assertThat(loaded.warnings()).hasSize(2);
  }

  @Test
  void nullThatIsTheDefaultAnywayDoesNotWarn() {
    assertThat(load(push("send: {compressed: ~}")).warnings()).isEmpty();
    assertThat(load("jobs: ~").warnings()).isEmpty();
    assertThat(load(rule("{type: last_n, count: 1, regex: ~}")).warnings()).isEmpty();
  }

  @Test
  void nullLocationIsUtcAndWarnsOnlyOfTheSpelling() {
    LoadedConfiguration loaded = load(periodic("timestamp_location: ~"));
    assertThat(
            ((SnapshottingSettings.Periodic)
                    loadPush(periodic("timestamp_location: ~")).snapshotting())
                .names()
                .nameAt(Instant.EPOCH))
        .isEqualTo("zrepl_19700101_000000_000");
    assertThat(loaded.warnings())
        .singleElement()
        .extracting(Problem::path)
        .isEqualTo("jobs[0].snapshotting.timestamp_location");
  }
}

package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.InvalidValueException;
import io.zrepl.job.JobObservers;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.monitoring.Metrics;
import io.zrepl.prune.PruneSide;
import io.zrepl.snapshot.SnapshotObserver;
import io.zrepl.snapshot.hook.HookStep;
import io.zrepl.snapshot.hook.HookSubject;
import io.zrepl.zfs.RunningCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which dataset stalled, in which phase, for how long. */
class MetricObserversTest {
  private static final Duration QUIET = Duration.ofMillis(600_500);

  private final Metrics metrics = new Metrics();
  private final MetricObservers observers = new MetricObservers(metrics);

  private JobObservers push() throws InvalidValueException {
    return observers.of(JobId.parse("push"));
  }

  private static RunningCommand command(String... arguments) {
    return new RunningCommand(
        1, "zfs", List.of(arguments), Set.of("dst"), Instant.EPOCH, Optional.of("sink"));
  }

  private List<String> exposed() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    metrics.write(text);
    return text.toString(StandardCharsets.UTF_8).lines().filter(l -> !l.startsWith("#")).toList();
  }

  @Test
  void stallsOfReplications() throws Exception {
    DatasetPath filesystem = DatasetPath.of("src/a");
    push().replication().stalled(Optional.of(filesystem), "replication step", QUIET);
    push().replication().stalled(Optional.of(filesystem), "replication step", QUIET);
    String labels = "{filesystem=\"src/a\",phase=\"replication step\",zrepl_job=\"push\"}";
    assertThat(exposed())
        .contains(
            "zrepl_stall_seconds_count" + labels + " 2",
            "zrepl_stall_seconds_sum" + labels + " 1201.0");
  }

  @Test
  void stallsThatConcernAllFilesystems() throws Exception {
    push().replication().stalled(Optional.empty(), "listing the receiver", QUIET);
    assertThat(exposed())
        .contains(
            "zrepl_stall_seconds_sum{filesystem=\"\",phase=\"listing the receiver\",zrepl_job=\"push\"} 600.5");
  }

  @Test
  void stallsOfPruning() throws Exception {
    push()
        .pruning()
        .stalled(PruneSide.RECEIVER, Optional.of(DatasetPath.of("dst/a")), "destroy", QUIET);
    assertThat(exposed())
        .contains(
            "zrepl_stall_seconds_count{filesystem=\"dst/a\",phase=\"pruning the receiver: destroy\",zrepl_job=\"push\"} 1");
  }

  @Test
  void commandsThatWereKilledForDoingNothing() throws Exception {
    observers.ofCommands().stalled(command("zfs", "recv", "-s", "dst/a b@snap"), QUIET);
    observers.ofCommands().stalled(command("zfs", "send", "-t", "(hidden)"), QUIET);
    assertThat(exposed())
        .contains(
            "zrepl_stall_seconds_count{filesystem=\"dst/a b\",phase=\"zfs recv\",zrepl_job=\"sink\"} 1",
            "zrepl_stall_seconds_count{filesystem=\"dst\",phase=\"zfs send\",zrepl_job=\"sink\"} 1");
  }

  private static HookStep step(HookStep.Status status) {
    return new HookStep(
        HookStep.Edge.BEFORE,
        2,
        "hook #2",
        status,
        Optional.of(Instant.EPOCH),
        Optional.of(Instant.EPOCH.plusMillis(1500)),
        "");
  }

  @Test
  void snapshotsOfEachFilesystem() throws Exception {
    SnapshotObserver snapshots = push().snapshots();
    DatasetPath a = DatasetPath.of("tank/a");
    DatasetPath b = DatasetPath.of("tank/b");
    snapshots.nextDue(Optional.of(Instant.ofEpochSecond(3600)));
    snapshots.roundBegan(List.of(a, b));
    snapshots.snapshotTaken(a, Instant.ofEpochSecond(60), Duration.ofMillis(250));
    snapshots.filesystemFailed(b);
    snapshots.hookEnded(new HookSubject(a, "z"), "command", step(HookStep.Status.OK));
    snapshots.roundsMissed(3);
    assertThat(exposed())
        .contains(
            "zrepl_zfs_snapshot_duration_sum{filesystem=\"tank/a\"} 0.25",
            "zrepl_snapshot_last_successful{filesystem=\"tank/a\",zrepl_job=\"push\"} 60.0",
            "zrepl_snapshot_failed{filesystem=\"tank/a\",zrepl_job=\"push\"} 0.0",
            "zrepl_snapshot_failed{filesystem=\"tank/b\",zrepl_job=\"push\"} 1.0",
            "zrepl_snapshot_next_due{zrepl_job=\"push\"} 3600.0",
            "zrepl_snapshot_rounds_missed_total{zrepl_job=\"push\"} 3.0",
            "zrepl_hook_seconds_sum{edge=\"pre_snapshot\",filesystem=\"tank/a\",hook=\"2\",status=\"Ok\",type=\"command\",zrepl_job=\"push\"} 1.5");
    snapshots.roundBegan(List.of(b));
    snapshots.snapshotTaken(b, Instant.ofEpochSecond(120), Duration.ofMillis(250));
    assertThat(exposed())
        .contains("zrepl_snapshot_failed{filesystem=\"tank/b\",zrepl_job=\"push\"} 0.0")
        .noneMatch(line -> line.startsWith("zrepl_snapshot") && line.contains("tank/a"));
    snapshots.nextDue(Optional.empty());
    assertThat(exposed()).contains("zrepl_snapshot_next_due{zrepl_job=\"push\"} 0.0");
  }
}

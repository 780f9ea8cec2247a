package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.InvalidValueException;
import io.zrepl.job.JobObservers;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.monitoring.Metrics;
import io.zrepl.prune.PruneSide;
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
}

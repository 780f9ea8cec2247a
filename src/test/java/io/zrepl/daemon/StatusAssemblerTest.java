package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.control.ControlJson;
import io.zrepl.control.DaemonStatus;
import io.zrepl.job.JobReport;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.BlockedOn;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationOutcome;
import io.zrepl.replicate.report.ReplicationReport;
import io.zrepl.replicate.report.StepReport;
import io.zrepl.snapshot.SnapshotterReport;
import java.io.OutputStream;
import java.time.Instant;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StatusAssemblerTest {
  private int looks;

  /** Made anew for each look, which is counted. */
  private List<StepReport> steps(int count) {
    return new AbstractList<>() {
      @Override
      public StepReport get(int index) {
        looks++;
        return new StepReport("@" + index, "@" + (index + 1), false, OptionalLong.of(1), 0);
      }

      @Override
      public int size() {
        return count;
      }
    };
  }

  private DaemonStatus statusWith(List<StepReport> steps) {
    FilesystemReport filesystem =
        new FilesystemReport(
            DatasetPath.of("a"),
            FilesystemState.STEPPING,
            BlockedOn.NOTHING,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0,
            steps,
            0,
            Optional.empty());
    AttemptReport attempt =
        new AttemptReport(
            AttemptState.FAN_OUT_FILESYSTEMS,
            Instant.EPOCH,
            Optional.empty(),
            Optional.empty(),
            List.of(filesystem),
            List.of());
    ReplicationReport replication =
        new ReplicationReport(
            ReplicationOutcome.RUNNING,
            Instant.EPOCH,
            Optional.empty(),
            List.of(attempt),
            Optional.empty());
    JobReport report =
        new JobReport.Push(
            Optional.of(replication),
            Optional.empty(),
            Optional.empty(),
            Map.of(DatasetPath.of("tank"), Instant.EPOCH),
            new SnapshotterReport.Manual(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    return new DaemonStatus(
        new TreeMap<>(Map.of("push", StatusAssembler.job(report, Optional.empty()))),
        DaemonStatus.Global.EMPTY);
  }

  @Test
  void stepsAreMadeOneByOneWhileTheyAreWritten() {
    DaemonStatus status = statusWith(steps(100_000));
    assertThat(looks).as("before anything is written").isZero();
    ControlJson.write(status, OutputStream.nullOutputStream());
    assertThat(looks).isEqualTo(100_000);
  }

  @Test
  void allStepsAreInTheDocumentedPlace() {
    String json = ControlJson.toJson(statusWith(steps(2)));
    assertThat(json)
        .contains(
            "\"Steps\":[{\"Info\":{\"From\":\"@0\",\"To\":\"@1\",\"Resumed\":false,\"BytesExpected\":1,\"BytesReplicated\":0}},"
                + "{\"Info\":{\"From\":\"@1\",\"To\":\"@2\"")
        .contains(
            "\"Replicas\":[{\"Filesystem\":\"tank\",\"NewestSnapshot\":\"1970-01-01T00:00:00Z\"}]");
  }
}

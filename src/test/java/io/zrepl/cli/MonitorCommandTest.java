package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.control.ControlJson;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.ErrorStatus;
import io.zrepl.control.FakeDaemon;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.ReplicationStatus.FilesystemState;
import io.zrepl.control.SnapshottingStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code zrepl monitor}: what a monitoring system gets to see. */
class MonitorCommandTest {
  private static final Instant HOUR_AGO = ProgramRun.NOW.minus(Duration.ofHours(1));
  private static final Instant DAY_AGO = ProgramRun.NOW.minus(Duration.ofDays(1));

  private final Map<String, JobStatus> jobs = new TreeMap<>();
  private int daemons;
  private ProgramRun program = new ProgramRun();
  @TempDir private Path folder;

  @BeforeEach
  void makeJobs() {
    jobs.put("push", push(attempt(AttemptState.DONE)));
    jobs.put(
        "sink",
        new JobStatus.Passive(JobStatus.PassiveType.SINK, Optional.empty(), Optional.empty()));
    jobs.put("_control", new JobStatus.Internal());
  }

  private static ReplicationStatus.Attempt attempt(
      AttemptState state, ReplicationStatus.Filesystem... filesystems) {
    return new ReplicationStatus.Attempt(
        state,
        Optional.of(HOUR_AGO),
        state.terminal() ? Optional.of(HOUR_AGO) : Optional.empty(),
        state == AttemptState.PLANNING_ERROR
            ? Optional.of(error("no route to host"))
            : Optional.empty(),
        List.of(filesystems));
  }

  private static ErrorStatus error(String text) {
    return new ErrorStatus(text, Optional.of(HOUR_AGO), Optional.empty());
  }

  private static ReplicationStatus.Filesystem filesystem(String name, String error) {
    return new ReplicationStatus.Filesystem(
        name,
        error.isEmpty() ? FilesystemState.DONE : FilesystemState.STEP_ERROR,
        ReplicationStatus.BlockedOn.NOTHING,
        Optional.empty(),
        error.isEmpty() ? Optional.empty() : Optional.of(error(error)),
        Optional.empty(),
        0,
        List.of());
  }

  private static JobStatus.Active push(ReplicationStatus.Attempt... attempts) {
    return push(Map.of("tank/a", HOUR_AGO, "tank/b", DAY_AGO), attempts);
  }

  private static JobStatus.Active push(
      Map<String, Instant> replicas, ReplicationStatus.Attempt... attempts) {
    return push(attempts[attempts.length - 1].state().terminal(), replicas, attempts);
  }

  private static JobStatus.Active push(
      boolean over, Map<String, Instant> replicas, ReplicationStatus.Attempt... attempts) {
    return new JobStatus.Active(
        JobStatus.ActiveType.PUSH,
        Optional.of(
            new ReplicationStatus(
                Optional.of(HOUR_AGO),
                over ? Optional.of(HOUR_AGO) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(attempts))),
        Optional.empty(),
        Optional.empty(),
        Optional.of(new SnapshottingStatus.Manual()),
        Optional.empty(),
        List.of(),
        replicas,
        Optional.empty());
  }

  private static PruningStatus pruned(PruningStatus.State state, String error) {
    return new PruningStatus(
        state,
        error.isEmpty() ? "" : "pruning failed for 1 of 1 filesystems",
        List.of(),
        List.of(
            new PruningStatus.Filesystem(
                "tank/s",
                List.of(
                    new PruningStatus.PrunedSnapshot("1", false, Optional.of(DAY_AGO)),
                    new PruningStatus.PrunedSnapshot("2", false, Optional.of(HOUR_AGO))),
                List.of(),
                "",
                error)));
  }

  private int monitor(String... options) throws Exception {
    program = new ProgramRun();
    program.socket = folder.resolve("control" + daemons++);
    List<String> arguments = new ArrayList<>(List.of("monitor"));
    arguments.addAll(List.of(options));
    DaemonStatus status = new DaemonStatus(new TreeMap<>(jobs), DaemonStatus.Global.EMPTY);
    try (FakeDaemon _ =
        new FakeDaemon(program.socket, FakeDaemon.answer(200, ControlJson.toJson(status)))) {
      return program.run(arguments.toArray(String[]::new));
    }
  }

  @Test
  void allIsWell() throws Exception {
    assertThat(monitor()).isZero();
    assertThat(program.out())
        .isEqualTo(
            """
            ZREPL OK - 2 jobs | 'lag_push'=86400s;;;0
            OK: job "push": nothing failed
            OK: job "sink": nothing failed
            """);
  }

  @Test
  void oldReplicasAreToldByTheOldestOfThem() throws Exception {
    assertThat(monitor("--lag-warning", "2h", "--lag-critical", "2d")).isEqualTo(1);
    assertThat(program.out())
        .startsWith(
            "ZREPL WARNING - job \"push\": the newest snapshot on the receiver of tank/b is 1d 00h 00m 00s old (limit 2h 00m 00s; 1 of 2 filesystems) | 'lag_push'=86400s;7200;172800;0\n");
    assertThat(monitor("--lag-warning", "10m", "--lag-critical", "1h")).isEqualTo(2);
    assertThat(program.out()).contains("2 of 2 filesystems");
    assertThat(monitor("--lag-warning", "2d")).isZero();
  }

  @Test
  void failuresOfEachPartOfAJobAreCritical() throws Exception {
    jobs.put(
        "push",
        push(
            attempt(
                AttemptState.FILESYSTEM_ERROR,
                filesystem("tank/a", ""),
                filesystem("tank/b", "out of | space\nreally"))));
    assertThat(monitor()).isEqualTo(2);
    assertThat(program.out())
        .startsWith(
            "ZREPL CRITICAL - job \"push\": replication failed for 1 of 2 filesystems, such as tank/b: out of / space; really |");
    assertThat(monitor("--failure", "warning")).isEqualTo(1);
    assertThat(monitor("--failure", "ok")).isZero();
    assertThat(monitor("sink")).isZero();
    jobs.put("push", push(attempt(AttemptState.PLANNING_ERROR)));
    assertThat(monitor()).isEqualTo(2);
    assertThat(program.out()).contains("replication failed: no route to host");
    jobs.put(
        "push",
        new JobStatus.Snap(
            Optional.of(pruned(PruningStatus.State.EXECUTE_ERROR, "dataset is odd")),
            Optional.of(
                new SnapshottingStatus.Manual(false, "no such pool", List.of(), Optional.empty())),
            Optional.of(error("it is broken"))));
    assertThat(monitor()).isEqualTo(2);
    assertThat(program.out())
        .contains("job \"push\": it is broken (and 2 more)")
        .contains("CRITICAL: job \"push\": taking snapshots failed: no such pool\n")
        .contains("pruning failed for 1 filesystems, such as tank/s: dataset is odd\n");
  }

  @Test
  void whatIsBeingTriedAgainIsAWarning() throws Exception {
    jobs.put(
        "push",
        push(attempt(AttemptState.PLANNING_ERROR), attempt(AttemptState.FAN_OUT_FILESYSTEMS)));
    assertThat(monitor()).isEqualTo(1);
    assertThat(program.out()).contains("no route to host");
    jobs.put("push", push(false, Map.of(), attempt(AttemptState.PLANNING_ERROR)));
    assertThat(monitor()).as("it waits for the peer").isEqualTo(1);
  }

  @Test
  void agesOfSnapshotsOfSnapJobs() throws Exception {
    jobs.clear();
    jobs.put(
        "snap",
        new JobStatus.Snap(
            Optional.of(pruned(PruningStatus.State.DONE, "")),
            Optional.of(new SnapshottingStatus.Manual()),
            Optional.empty()));
    assertThat(monitor("--snapshot-warning", "2h")).isZero();
    assertThat(program.out()).contains("'snapshot_age_snap'=3600s;7200;;0");
    assertThat(monitor("--snapshot-critical", "30m")).isEqualTo(2);
    assertThat(program.out()).contains("the newest snapshot of tank/s is 1h 00m 00s old");
  }

  @Test
  void ageThatIsNotKnownIsNeitherOkNorSilent() throws Exception {
    jobs.put("push", push(Map.of(), attempt(AttemptState.FAN_OUT_FILESYSTEMS)));
    assertThat(monitor()).isZero();
    assertThat(monitor("--lag-critical", "1d")).isEqualTo(3);
    assertThat(program.out())
        .startsWith(
            "ZREPL UNKNOWN - job \"push\": the age of the newest snapshot on the receiver is not known");
  }

  @Test
  void daemonThatDoesNotAnswerIsCriticalAndAWrongCallUnknown() throws Exception {
    program.socket = folder.resolve("nobody");
    assertThat(program.run("monitor")).isEqualTo(2);
    assertThat(program.out()).startsWith("ZREPL CRITICAL - the daemon does not answer: ");
    assertThat(monitor("nothing")).isEqualTo(3);
    assertThat(program.out())
        .isEqualTo(
            """
            ZREPL UNKNOWN - job "nothing" does not exist in the daemon; it has: push, sink
            UNKNOWN: job "nothing" does not exist in the daemon; it has: push, sink
            """);
    assertThat(monitor("--lag-warning", "2d", "--lag-critical", "1h")).isEqualTo(3);
    assertThat(monitor("--lag-warning", "soon")).isEqualTo(3);
    assertThat(monitor("--failure", "never")).isEqualTo(3);
    assertThat(monitor("--warning", "1h")).isEqualTo(3);
  }
}

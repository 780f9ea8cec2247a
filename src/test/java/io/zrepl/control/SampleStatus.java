package io.zrepl.control;

import io.zrepl.control.ReplicationStatus.Attempt;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.ReplicationStatus.BlockedOn;
import io.zrepl.control.ReplicationStatus.FilesystemState;
import io.zrepl.control.ReplicationStatus.Step;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** A status with every type of job and most of what can occur in it. */
final class SampleStatus {
  static final Instant START = Instant.parse("2026-11-23T03:17:38Z");
  static final Instant NOW = START.plusSeconds(16);
  private static final long MIB = 1024 * 1024;

  private SampleStatus() {}

  static DaemonStatus everything() {
    return new DaemonStatus(
        new TreeMap<>(
            Map.of(
                "_control", new JobStatus.Internal(),
                "laptop", push(),
                "laptops",
                    new JobStatus.Passive(
                        JobStatus.PassiveType.SINK, Optional.empty(), Optional.empty()),
                "fetch", pull(),
                "offer",
                    new JobStatus.Passive(
                        JobStatus.PassiveType.SOURCE,
                        Optional.of(cron(false)),
                        Optional.of(
                            new ErrorStatus(
                                "cannot listen on :8888: address in use",
                                Optional.of(START),
                                Optional.of("change serve.listen")))),
                "local",
                    new JobStatus.Snap(
                        Optional.of(pruning(PruningStatus.State.EXECUTE)),
                        Optional.of(new SnapshottingStatus.Manual()),
                        Optional.empty(),
                        Optional.of(new JobStatus.EndedRun(START, true))))),
        new DaemonStatus.Global(
            List.of(
                new DaemonStatus.Command(
                    "zfs",
                    List.of("send", "-n", "tank@a"),
                    START,
                    OptionalLong.of(4711),
                    Optional.empty()),
                new DaemonStatus.Command(
                    "zfs",
                    List.of("recv", "slow/a"),
                    START,
                    OptionalLong.of(4712),
                    Optional.of(START))),
            List.of(new DaemonStatus.Setting("ZREPL_MAX_HOOK_LOG_SIZE", "1048576", "int"))));
  }

  static JobStatus.Active push() {
    return new JobStatus.Active(
        JobStatus.ActiveType.PUSH,
        Optional.of(replicating()),
        Optional.of(pruning(PruningStatus.State.DONE)),
        Optional.of(pruning(PruningStatus.State.PLAN)),
        Optional.of(periodic()),
        Optional.empty(),
        List.of("tank/old"));
  }

  static JobStatus.Active pull() {
    return new JobStatus.Active(
        JobStatus.ActiveType.PULL,
        Optional.of(failed()),
        Optional.empty(),
        Optional.of(
            new PruningStatus(
                PruningStatus.State.PLAN_ERROR, "cannot list snapshots", List.of(), List.of())),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  /** Running, one filesystem in a full send, one waiting with a resumed step. */
  static ReplicationStatus replicating() {
    return new ReplicationStatus(
        Optional.of(START),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(
            new Attempt(
                AttemptState.FAN_OUT_FILESYSTEMS,
                Optional.of(START),
                Optional.empty(),
                Optional.empty(),
                List.of(
                    filesystem(
                        "tank/a",
                        FilesystemState.STEPPING,
                        BlockedOn.REPLICATION_QUEUE,
                        0,
                        new Step("@s1", "@s2", true, 64 * MIB, 0)),
                    filesystem(
                        "tank",
                        FilesystemState.STEPPING,
                        BlockedOn.NOTHING,
                        0,
                        new Step("", "@z_20261123_031738_000", false, 64 * MIB, 32 * MIB))))));
  }

  /** Three attempts, the last one with failed filesystems. */
  static ReplicationStatus failed() {
    return new ReplicationStatus(
        Optional.of(START.minusSeconds(100)),
        Optional.of(START),
        Optional.of(START.minusSeconds(60)),
        Optional.of(START.minusSeconds(30)),
        Optional.of(
            new ErrorStatus(
                "connection refused", Optional.of(START), Optional.of("start the daemon there"))),
        List.of(
            new Attempt(
                AttemptState.PLANNING_ERROR,
                Optional.of(START.minusSeconds(100)),
                Optional.of(START.minusSeconds(88)),
                Optional.of(new ErrorStatus("gone", Optional.of(START), Optional.empty())),
                List.of()),
            new Attempt(
                AttemptState.FILESYSTEM_ERROR,
                Optional.of(START.minusSeconds(20)),
                Optional.of(START),
                Optional.empty(),
                List.of(
                    new ReplicationStatus.Filesystem(
                        "tank/a",
                        FilesystemState.STEP_ERROR,
                        BlockedOn.NOTHING,
                        Optional.empty(),
                        Optional.of(
                            new ErrorStatus(
                                "zfs receive failed:\ncannot receive: out of space",
                                Optional.of(START),
                                Optional.of("free space on the receiver"))),
                        Optional.empty(),
                        1,
                        List.of(
                            new Step("#b", "@s1", false, 1024, 1024),
                            new Step("@s1", "@s2", false, 0, 17))),
                    new ReplicationStatus.Filesystem(
                        "tank/b",
                        FilesystemState.PLANNING_ERROR,
                        BlockedOn.NOTHING,
                        Optional.of(
                            new ErrorStatus(
                                "no common snapshot", Optional.of(START), Optional.empty())),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        List.of()),
                    filesystem(
                        "tank/c",
                        FilesystemState.DONE,
                        BlockedOn.NOTHING,
                        1,
                        new Step("@s1", "@s2", false, 2048, 2048))))));
  }

  static ReplicationStatus.Filesystem filesystem(
      String name, FilesystemState state, BlockedOn blockedOn, int current, Step... steps) {
    return new ReplicationStatus.Filesystem(
        name,
        state,
        blockedOn,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        current,
        List.of(steps));
  }

  static PruningStatus pruning(PruningStatus.State state) {
    if (!state.planned()) {
      return new PruningStatus(state, "", List.of(), List.of());
    }
    return new PruningStatus(
        state,
        "",
        state == PruningStatus.State.EXECUTE
            ? List.of(
                prunedFilesystem("tank/one", 3, 1, ""), prunedFilesystem("tank/more", 5, 2, ""))
            : List.of(),
        List.of(
            prunedFilesystem("tank", 2, 1, ""),
            prunedFilesystem("tank/bad", 2, 0, "dataset is busy"),
            new PruningStatus.Filesystem(
                "tank/p", List.of(), List.of(), PruningStatus.Filesystem.SKIP_PLACEHOLDER, "")));
  }

  private static PruningStatus.Filesystem prunedFilesystem(
      String name, int snapshots, int destroyed, String error) {
    List<PruningStatus.PrunedSnapshot> all =
        java.util.stream.IntStream.range(0, snapshots)
            .mapToObj(i ->
                new PruningStatus.PrunedSnapshot(
                    "z_" + i, i == 0, Optional.of(START.plusSeconds(i))))
            .toList();
    return new PruningStatus.Filesystem(name, all, all.subList(0, destroyed), "", error);
  }

  static SnapshottingStatus periodic() {
    return new SnapshottingStatus.Periodic(
        SnapshottingStatus.PeriodicState.WAITING,
        Optional.of(NOW.plusSeconds(75).plusNanos(607_954_815)),
        "",
        List.of(
            new SnapshottingStatus.Filesystem(
                "tank/a",
                SnapshottingStatus.FilesystemState.DONE,
                "z_1",
                Optional.of(START),
                "hook 1: failed\n  exit status 1",
                true,
                Optional.of(START.plusMillis(120)),
                "a hook failed",
                "z_1",
                Optional.of(START.plusMillis(120))),
            new SnapshottingStatus.Filesystem(
                "tank",
                SnapshottingStatus.FilesystemState.PENDING,
                "",
                Optional.empty(),
                "",
                false,
                Optional.empty(),
                "",
                "z_0",
                Optional.of(START.minusSeconds(600)))),
        Optional.of(NOW.plusSeconds(75).plusNanos(607_954_815)),
        Optional.of(
            new SnapshottingStatus.Round(
                START,
                Optional.of(START.plusMillis(130)),
                "hooks failed around 1 of 2 snapshots")));
  }

  static SnapshottingStatus cron(boolean running) {
    return new SnapshottingStatus.Cron(
        running,
        Optional.of(running ? START : NOW.plusSeconds(3600)),
        List.of("zfs snapshot failed: out of space"),
        List.of(),
        Optional.of(NOW.plusSeconds(3600)),
        running
            ? Optional.of(new SnapshottingStatus.Round(START, Optional.empty(), ""))
            : Optional.empty());
  }
}

package io.zrepl.cli.status;

import io.zrepl.control.DaemonStatus;
import io.zrepl.control.ErrorStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.ReplicationStatus.Attempt;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.ReplicationStatus.BlockedOn;
import io.zrepl.control.ReplicationStatus.Filesystem;
import io.zrepl.control.ReplicationStatus.FilesystemState;
import io.zrepl.control.ReplicationStatus.Step;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a daemon may answer. */
final class Samples {
  static final Instant START = Instant.parse("2026-11-23T03:17:38Z");
  private static final long MIB = 1024 * 1024;

  private Samples() {}

  static DaemonStatus status(Map<String, JobStatus> jobs) {
    return new DaemonStatus(new TreeMap<>(jobs), DaemonStatus.Global.EMPTY);
  }

  static JobStatus sink() {
    return new JobStatus.Passive(JobStatus.PassiveType.SINK, Optional.empty(), Optional.empty());
  }

  static JobStatus push(Filesystem... filesystems) {
    return push(AttemptState.FAN_OUT_FILESYSTEMS, List.of(filesystems));
  }

  static JobStatus push(AttemptState state, List<Filesystem> filesystems) {
    return new JobStatus.Active(
        JobStatus.ActiveType.PUSH,
        Optional.of(
            new ReplicationStatus(
                Optional.of(START),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(
                    new Attempt(
                        state,
                        Optional.of(START),
                        Optional.empty(),
                        Optional.empty(),
                        filesystems)))),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of("tank/gone"));
  }

  static Filesystem done(String name) {
    return new Filesystem(
        name,
        FilesystemState.DONE,
        BlockedOn.NOTHING,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        List.of());
  }

  static Filesystem running(String name, long replicatedMib) {
    return stepping(name, BlockedOn.NOTHING, replicatedMib);
  }

  static Filesystem waiting(String name) {
    return stepping(name, BlockedOn.REPLICATION_QUEUE, 0);
  }

  private static Filesystem stepping(String name, BlockedOn blockedOn, long replicatedMib) {
    return new Filesystem(
        name,
        FilesystemState.STEPPING,
        blockedOn,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        List.of(new Step("@a", "@b", false, 100 * MIB, replicatedMib * MIB)));
  }

  static Filesystem failed(String name, String error) {
    return new Filesystem(
        name,
        FilesystemState.STEP_ERROR,
        BlockedOn.NOTHING,
        Optional.empty(),
        Optional.of(
            new ErrorStatus(error, Optional.of(START), Optional.of("free space on the receiver"))),
        Optional.empty(),
        0,
        List.of(new Step("@a", "@b", false, 100 * MIB, 0)));
  }
}

package io.zrepl.control;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The status of one job. */
public sealed interface JobStatus {

  /** What the JSON calls the type of the job, for example {@code push}. */
  String type();

  /** What keeps the job as a whole from working; not known to Go zrepl. */
  Optional<ErrorStatus> problem();

  /**
   * A run of a job that has ended; not known to Go zrepl. Of an active job it is an invocation that
   * replicates, of a snap job a pruning.
   *
   * @param startedAt when its replication or pruning began
   * @param succeeded whether it came to its end and nothing failed
   */
  record EndedRun(Instant startedAt, boolean succeeded) {}

  /** Which side of an active job the data comes from. */
  enum ActiveType implements WireName {
    /** From here. */
    PUSH,
    /** From the peer. */
    PULL
  }

  /** What a passive job offers. */
  enum PassiveType implements WireName {
    /** Receives. */
    SINK,
    /** Sends. */
    SOURCE
  }

  /**
   * A job that replicates by itself. Reports of an invocation stay until the next one begins.
   *
   * @param kind push or pull
   * @param replication empty until the first invocation
   * @param pruningSender empty until the invocation gets there
   * @param pruningReceiver empty until the invocation gets there
   * @param snapshotting empty for pull
   * @param problem what keeps the job from working
   * @param receiverOnlyFilesystems filesystems that the receiver has of this job and the sender
   *     does not offer (any more), so that nothing replicates or prunes them; not known to Go zrepl
   * @param replicas when the newest snapshot of each filesystem of the receiver was taken, as far
   *     as the last invocations came to know; not known to Go zrepl
   * @param lastEnded the last run that has ended, while the reports may be of a later one; not
   *     known to Go zrepl
   */
  record Active(
      ActiveType kind,
      Optional<ReplicationStatus> replication,
      Optional<PruningStatus> pruningSender,
      Optional<PruningStatus> pruningReceiver,
      Optional<SnapshottingStatus> snapshotting,
      Optional<ErrorStatus> problem,
      List<String> receiverOnlyFilesystems,
      Map<String, Instant> replicas,
      Optional<EndedRun> lastEnded)
      implements JobStatus {
    /** One of whose replicas and earlier runs nothing is known. */
    public Active(
        ActiveType kind,
        Optional<ReplicationStatus> replication,
        Optional<PruningStatus> pruningSender,
        Optional<PruningStatus> pruningReceiver,
        Optional<SnapshottingStatus> snapshotting,
        Optional<ErrorStatus> problem,
        List<String> receiverOnlyFilesystems) {
      this(
          kind,
          replication,
          pruningSender,
          pruningReceiver,
          snapshotting,
          problem,
          receiverOnlyFilesystems,
          Map.of(),
          Optional.empty());
    }

    /** Copies the collections. */
    public Active {
      replicas = Map.copyOf(replicas);
      receiverOnlyFilesystems = List.copyOf(receiverOnlyFilesystems);
    }

    @Override
    public String type() {
      return kind.wireName();
    }
  }

  /**
   * A job that serves peers.
   *
   * @param kind sink or source
   * @param snapshotting empty for sink
   * @param problem what keeps the job from working
   */
  record Passive(
      PassiveType kind, Optional<SnapshottingStatus> snapshotting, Optional<ErrorStatus> problem)
      implements JobStatus {
    @Override
    public String type() {
      return kind.wireName();
    }
  }

  /**
   * A job that takes and prunes snapshots on this machine.
   *
   * @param pruning empty until the first pruning
   * @param snapshotting always present in what our daemon writes
   * @param problem what keeps the job from working
   * @param lastEnded the last pruning that has ended, while the report may be of a later one; not
   *     known to Go zrepl
   */
  record Snap(
      Optional<PruningStatus> pruning,
      Optional<SnapshottingStatus> snapshotting,
      Optional<ErrorStatus> problem,
      Optional<EndedRun> lastEnded)
      implements JobStatus {
    /** One of whose earlier runs nothing is known. */
    public Snap(
        Optional<PruningStatus> pruning,
        Optional<SnapshottingStatus> snapshotting,
        Optional<ErrorStatus> problem) {
      this(pruning, snapshotting, problem, Optional.empty());
    }

    @Override
    public String type() {
      return "snap";
    }
  }

  /** A job of the daemon itself, for example {@code _control}. */
  record Internal() implements JobStatus {
    @Override
    public String type() {
      return "internal";
    }

    @Override
    public Optional<ErrorStatus> problem() {
      return Optional.empty();
    }
  }

  /**
   * A job of a type that this version does not know; only ever read.
   *
   * @param type what the daemon calls it
   */
  record Unknown(String type) implements JobStatus {
    @Override
    public Optional<ErrorStatus> problem() {
      return Optional.empty();
    }
  }
}

package io.zrepl.replicate.plan;

import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionDiff;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.plan.FilesystemPlan.Conflict;
import io.zrepl.replicate.plan.FilesystemPlan.NothingToDo;
import io.zrepl.replicate.plan.FilesystemPlan.Steps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what is to be done for a filesystem. Pure: the same input gives the same plan.
 *
 * <p>Rules, in this order:
 *
 * <ol>
 *   <li>A placeholder on the sender has no data: nothing to do. If the receiver has a real
 *       filesystem there, that is a conflict.
 *   <li>Partial state on the receiver is continued whatever newer snapshots or the policy for
 *       initial replication say, since ZFS accepts nothing else for the filesystem until it is
 *       completed or dropped. If it cannot be continued, the plan is made as if it did not exist;
 *       the first step then makes the receiver drop it.
 *   <li>Otherwise the {@link VersionDiff} decides. No common version and no snapshot on the
 *       receiver means initial replication; every other conflict is left to the administrator.
 * </ol>
 */
public final class FilesystemPlanner {
  private final InitialReplication initialReplication;

  /**
   * Creates a planner.
   *
   * @param initialReplication what to send of a filesystem of which the receiver has no snapshot
   */
  public FilesystemPlanner(InitialReplication initialReplication) {
    this.initialReplication = initialReplication;
  }

  /** The first plan of a filesystem in a run. */
  public FilesystemPlan plan(PlanInput input) {
    if (input.sender().placeholder()) {
      return placeholder(input);
    }
    return switch (input.partialState()) {
      case PartialState.None none -> fromDiff(input, Optional.empty());
      case PartialState.Unusable unusable -> fromDiff(input, Optional.of(unusable.reason()));
      case PartialState.Resumable resumable -> resume(input, resumable);
    };
  }

  /**
   * A later plan of a filesystem in the same run.
   *
   * <p>If what was planned first is no longer on the sender, nor on the receiver, newer snapshots
   * take its place; without any, that is an error: a run must not end well while something planned
   * is missing.
   *
   * @param limit that of the last plan
   */
  public FilesystemPlan planAgain(PlanInput input, PlanLimit limit) {
    FilesystemPlan unlimited = plan(input);
    if (unlimited instanceof NothingToDo && isMissing(limit, input)) {
      return new Conflict(
          "snapshots that were planned first are neither on the receiver nor, any more, on the sender",
          "nothing is left to send: they were destroyed while the run went on. The next run goes by"
              + " what is there then");
    }
    if (!(unlimited instanceof Steps all)) {
      return unlimited;
    }
    List<ReplicationStep> within =
        all.steps().stream().takeWhile(step -> limit.includes(step.to())).toList();
    if (!within.isEmpty()) {
      return new Steps(within, all.discardedPartialState());
    }
    if (all.steps().getFirst().resumeToken().isPresent()) {
      // Somebody else began a newer step; nothing but continuing it is possible.
      return all;
    }
    // Either the policy picked a newer snapshot, or only newer ones are left to send.
    FilesystemPlan limited =
        plan(
            input.withSenderVersions(
                input.senderVersions().stream().filter(limit::includes).toList()));
    if (limited instanceof Steps) {
      return limited;
    }
    return isMissing(limit, input)
        ? all
        : new NothingToDo("everything that was planned first is on the receiver");
  }

  private static boolean isMissing(PlanLimit limit, PlanInput input) {
    return limit.isMissingFrom(VersionDiff.snapshots(input.receiverVersions()));
  }

  private static FilesystemPlan placeholder(PlanInput input) {
    boolean realOnReceiver = input.receiver().map(entry -> !entry.placeholder()).orElse(false);
    return realOnReceiver
        ? new Conflict(
            "sender filesystem is placeholder, but receiver filesystem is not",
            "move the receiver's filesystem out of the way with zfs rename, or clear the sender's"
                + " property zrepl:placeholder if it holds data")
        : new NothingToDo("the sender's filesystem is a placeholder");
  }

  private FilesystemPlan resume(PlanInput input, PartialState.Resumable partial) {
    List<FilesystemVersion> versions = VersionDiff.oldestFirst(input.senderVersions());
    ResumeTokenContents contents = partial.contents();
    Optional<Snapshot> to = newestSnapshot(versions, contents.toGuid());
    if (to.isEmpty()) {
      return withoutToken(
          input,
          "resume token `toguid` = %s not found on sender (`toname` = \"%s\")"
              .formatted(contents.toGuid(), contents.toName()));
    }
    Optional<FilesystemVersion> from =
        contents.fromGuid().flatMap(guid -> newestVersion(versions, guid));
    if (from.isEmpty() && contents.fromGuid().isPresent()) {
      return withoutToken(
          input,
          "resume token `fromguid` = %s not found on sender"
              .formatted(contents.fromGuid().orElseThrow()));
    }
    if (contents.fromGuid().equals(Optional.of(contents.toGuid()))) {
      return withoutToken(input, "resume token has the same `fromguid` and `toguid`");
    }
    List<ReplicationStep> steps = new ArrayList<>();
    steps.add(new ReplicationStep(from, to.get(), Optional.of(partial.token())));
    addIncrementals(
        steps,
        to.get(),
        VersionDiff.snapshots(versions.subList(versions.indexOf(to.get()) + 1, versions.size())));
    return new Steps(steps, Optional.empty());
  }

  private FilesystemPlan withoutToken(PlanInput input, String reason) {
    return plan(input.withPartialState(new PartialState.Unusable(reason)));
  }

  private FilesystemPlan fromDiff(PlanInput input, Optional<String> discarded) {
    return switch (VersionDiff.of(input.senderVersions(), input.receiverVersions())) {
      case VersionDiff.IncrementalPath path -> {
        List<ReplicationStep> steps = new ArrayList<>();
        addIncrementals(steps, path.base(), path.snapshots());
        yield new Steps(steps, discarded);
      }
      case VersionDiff.UpToDate upToDate ->
          new NothingToDo(
              "the most recent sender snapshot is already present on the receiver: "
                  + upToDate.newest().relativeName());
      case VersionDiff.NoCommonAncestor none when none.receiverSnapshots().isEmpty() ->
          initial(VersionDiff.snapshots(none.senderVersions()), discarded);
      case VersionDiff.Conflict conflict -> new Conflict(conflict.message(), conflict.advice());
    };
  }

  private FilesystemPlan initial(List<Snapshot> snapshots, Optional<String> discarded) {
    if (snapshots.isEmpty()) {
      // Bookmarks alone: they could be the base of an increment, but the receiver has no base.
      VersionDiff.NoSenderSnapshots none = new VersionDiff.NoSenderSnapshots();
      return new Conflict(
          none.message() + ", only bookmarks; initial replication needs a snapshot", none.advice());
    }
    return switch (initialReplication) {
      case MOST_RECENT -> new Steps(List.of(ReplicationStep.full(snapshots.getLast())), discarded);
      case ALL -> {
        List<ReplicationStep> steps = new ArrayList<>();
        steps.add(ReplicationStep.full(snapshots.getFirst()));
        addIncrementals(steps, snapshots.getFirst(), snapshots.subList(1, snapshots.size()));
        yield new Steps(steps, discarded);
      }
      case FAIL ->
          new Conflict(
              "automatic conflict resolution for initial replication is disabled in config: the"
                  + " receiver has no snapshot of this filesystem",
              "set conflict_resolution.initial_replication of the job to most_recent or all, or"
                  + " bring the first snapshot to the receiver by hand");
    };
  }

  private static void addIncrementals(
      List<ReplicationStep> steps, FilesystemVersion base, List<Snapshot> snapshots) {
    FilesystemVersion from = base;
    for (Snapshot to : snapshots) {
      steps.add(ReplicationStep.incremental(from, to));
      from = to;
    }
  }

  private static Optional<FilesystemVersion> newestVersion(
      List<FilesystemVersion> oldestFirst, Guid guid) {
    return oldestFirst.reversed().stream().filter(v -> v.guid().equals(guid)).findFirst();
  }

  private static Optional<Snapshot> newestSnapshot(List<FilesystemVersion> oldestFirst, Guid guid) {
    return VersionDiff.snapshots(oldestFirst.reversed()).stream()
        .filter(snapshot -> snapshot.guid().equals(guid))
        .findFirst();
  }
}

package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.prune.KeepRule;
import io.zrepl.snapshot.SnapshotNaming;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Warns of jobs of which one destroys or disturbs what another needs on the same datasets. */
final class SharedDatasets {
  /** More cannot be told anyway. */
  private static final int MOST_OVERLAPS = 1000;

  /** Enough for thousands of jobs, and still less than a second. */
  private static final int MOST_COMPARISONS = 1_000_000;

  private static final String FILESYSTEMS = "filesystems";

  private final List<KnownJob> jobs;
  private final Map<String, List<KnownJob>> serving;

  private SharedDatasets(List<KnownJob> jobs) {
    this.jobs = jobs;
    this.serving = KnownJob.serving(jobs);
  }

  static void check(List<KnownJob> jobs) {
    SharedDatasets shared = new SharedDatasets(jobs);
    shared.originals();
    shared.snapshotsOfCopies();
  }

  /** A job with the datasets that it works on. */
  private record Selecting(KnownJob job, DatasetFilter filter) {}

  /** Jobs that select the same datasets; one that pulls from a job here works on those of it. */
  private void originals() {
    List<Selecting> selecting = new ArrayList<>();
    for (KnownJob job : jobs) {
      job.filter()
          .or(() -> job.localSource(serving).flatMap(KnownJob::filter))
          .ifPresent(filter -> selecting.add(new Selecting(job, filter)));
    }
    for (OverlappingFilters.Overlap overlap : overlaps(selecting)) {
      overlap(
          selecting.get(overlap.first()).job,
          selecting.get(overlap.second()).job,
          overlap.common());
    }
  }

  private static List<OverlappingFilters.Overlap> overlaps(List<Selecting> selecting) {
    return OverlappingFilters.of(
            selecting.stream().map(Selecting::filter).toList(), MOST_OVERLAPS, MOST_COMPARISONS)
        .overlaps();
  }

  private void overlap(KnownJob first, KnownJob second, String common) {
    if (first.localSource(serving).filter(second::equals).isPresent()
        || second.localSource(serving).filter(first::equals).isPresent()) {
      return; // both ends of one replication
    }
    Optional<String> prefix = KeepDoubts.names(first.settings()).map(SnapshotNaming::prefix);
    if (prefix.isPresent()
        && prefix.equals(KeepDoubts.names(second.settings()).map(SnapshotNaming::prefix))) {
      second
          .node()
          .warn(
              FILESYSTEMS,
              "%s selects %s too, and both take snapshots with the prefix \"%s\": their names can collide, and each prunes those of the other"
                  .formatted(first.node().seenFrom(second.node()), common, prefix.get()));
      return;
    }
    destroyed(first, second, common);
    destroyed(second, first, common);
  }

  /** Whether one job prunes what another takes, or still has to replicate. */
  private static void destroyed(KnownJob pruner, KnownJob other, String common) {
    List<KeepRule> rules = pruner.rulesOfOriginals();
    if (rules.isEmpty()) {
      return;
    }
    String seen = other.node().seenFrom(pruner.node());
    Optional<String> taken =
        KeepDoubts.ownName(other.settings()).filter(name -> !KeepDoubts.keepsAll(rules, name));
    if (taken.isPresent()) {
      String name = taken.get();
      pruner
          .node()
          .warn(
              "pruning",
              (KeepDoubts.mayKeep(rules, name)
                      ? "%s selects %s too, and the rules here keep only some of the snapshots that it takes (%s) and destroy the others; a rule {type: regex, regex: ...} keeps them all"
                      : "%s selects %s too, and no rule here keeps the snapshots that it takes (%s)")
                  .formatted(seen, common, name));
      return;
    }
    String own = KeepDoubts.ownName(pruner.settings()).orElse(KeepDoubts.USUAL_NAME);
    if (isReplicating(pruner) && isReplicating(other) && !KeepDoubts.keepsAll(rules, own)) {
      pruner
          .node()
          .warn(
              "pruning",
              "%s replicates %s too, and the rules here can destroy snapshots before it has done so: not_replicated only knows what this job has replicated; keep all here ({type: regex, regex: \".*\"}), and prune them in a snap job"
                  .formatted(seen, common));
    }
  }

  /** A source on this machine only replicates by the job that pulls from it. */
  private static boolean isReplicating(KnownJob job) {
    return switch (job.settings()) {
      case JobSettings.Push _, JobSettings.Pull _ -> true;
      case JobSettings.Source _ -> job.listenerName().isEmpty();
      case JobSettings.Snap _, JobSettings.Sink _, JobSettings.Unusable _ -> false;
    };
  }

  /** Jobs that take snapshots of what other jobs receive. */
  private void snapshotsOfCopies() {
    List<Selecting> both = new ArrayList<>();
    for (KnownJob job : jobs) {
      if (KeepDoubts.names(job.settings()).isPresent()) {
        job.filter().ifPresent(filter -> both.add(new Selecting(job, filter)));
      }
    }
    int takers = both.size();
    for (KnownJob job : jobs) {
      job.root()
          .flatMap(SharedDatasets::below)
          .ifPresent(filter -> both.add(new Selecting(job, filter)));
    }
    if (takers == 0 || takers == both.size()) {
      return;
    }
    for (OverlappingFilters.Overlap overlap : overlaps(both)) {
      if (overlap.first() < takers && overlap.second() >= takers) {
        snapshotsOfCopies(both.get(overlap.first()).job, both.get(overlap.second()).job);
      }
    }
  }

  private static Optional<DatasetFilter> below(DatasetPath root) {
    try {
      return Optional.of(DatasetFilter.of(Map.of(root + "<", true, root.toString(), false)));
    } catch (InvalidValueException e) {
      return Optional.empty();
    }
  }

  private static void snapshotsOfCopies(KnownJob taker, KnownJob receiver) {
    DatasetPath root = receiver.root().orElseThrow();
    taker
        .node()
        .warn(
            FILESYSTEMS,
            "this selects datasets below %s, where %s receives: after a snapshot is taken there, the next receive fails, since the newest snapshot is not the sender's; exclude \"%s<\""
                .formatted(root, receiver.node().seenFrom(taker.node()), root));
  }
}

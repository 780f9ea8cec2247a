package io.zrepl.cli;

import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a pruning that the daemon was asked for, as the status of the job tells it. A
 * daemon that was restarted, or an invocation that was reset, never gets to it; that is noticed by
 * the job being idle for a while.
 *
 * <p>Used by one thread.
 */
final class RequestedPruning {
  /** After so many looks at an idle job nothing more will come. */
  static final int IDLE_LOOKS = 20;

  private final Instant requestedAt;
  private int idleLooks;

  /**
   * Nothing is known yet.
   *
   * @param requestedAt by the clock of this machine, which is also the daemon's
   */
  RequestedPruning(Instant requestedAt) {
    this.requestedAt = requestedAt;
  }

  /**
   * How far it is.
   *
   * @param sides the prunings that began after the request, by what the sides are called
   * @param over whether nothing more will come
   * @param problem why not everything was pruned, if that is so
   */
  record Progress(Map<String, PruningStatus> sides, boolean over, Optional<String> problem) {}

  /** Takes in a status; null if the daemon does not know the job any more. */
  Progress look(@Nullable JobStatus job) {
    Map<String, Optional<PruningStatus>> sides = new LinkedHashMap<>();
    boolean replicates = false;
    switch (job) {
      case JobStatus.Snap snap -> sides.put("local", snap.pruning());
      case JobStatus.Active active -> {
        sides.put("sender", active.pruningSender());
        sides.put("receiver", active.pruningReceiver());
        replicates = active.replication().map(RequestedPruning::runs).orElse(false);
      }
      case null, default -> {
        return new Progress(
            Map.of(), true, Optional.of("the daemon does not have such a job any more"));
      }
    }
    Map<String, PruningStatus> fresh = new LinkedHashMap<>();
    boolean prunes = false;
    for (Map.Entry<String, Optional<PruningStatus>> side : sides.entrySet()) {
      Optional<PruningStatus> pruning = side.getValue();
      prunes |= pruning.map(RequestedPruning::runs).orElse(false);
      if (pruning.flatMap(PruningStatus::startedAt).stream().anyMatch(this::isAfterRequest)) {
        fresh.put(side.getKey(), pruning.orElseThrow());
      }
    }
    if (fresh.size() == sides.size() && !prunes) {
      return new Progress(fresh, true, Optional.empty());
    }
    idleLooks = prunes || replicates ? 0 : idleLooks + 1;
    return idleLooks < IDLE_LOOKS
        ? new Progress(fresh, false, Optional.empty())
        : new Progress(fresh, true, Optional.of(told(fresh)));
  }

  private boolean isAfterRequest(Instant start) {
    return !start.isBefore(requestedAt);
  }

  private static boolean runs(PruningStatus pruning) {
    return pruning.startedAt().isPresent() && pruning.finishedAt().isEmpty();
  }

  private static boolean runs(ReplicationStatus replication) {
    return replication.startedAt().isPresent() && replication.finishedAt().isEmpty();
  }

  private static String told(Map<String, PruningStatus> fresh) {
    return (fresh.isEmpty() ? "nothing was pruned" : "only the sender was pruned")
        + " although the job is idle: it was reset, or the daemon was restarted; see zrepl status";
  }
}

package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.plan.PlanLimit;
import java.util.Optional;

/** What the driver wants done; each is answered by the events named. */
sealed interface ReplicationAction {

  /**
   * List the filesystems of both sides, at the same time. Answered for each side by {@link
   * ReplicationEvent.Listed} or {@link ReplicationEvent.ListingFailed}.
   */
  record ListFilesystems() implements ReplicationAction {}

  /**
   * Plan a filesystem and estimate its steps. Answered by {@link ReplicationEvent.Planned} or
   * {@link ReplicationEvent.PlanningFailed}.
   *
   * @param sender the sender's filesystem
   * @param receiver the receiver's filesystem of that path, if it exists
   * @param unusableToken why the receiver's resume token must not be used, if so
   * @param limit how far an earlier plan of this run went, if there was one
   */
  record PlanFilesystem(
      FilesystemEntry sender,
      Optional<FilesystemEntry> receiver,
      Optional<String> unusableToken,
      Optional<PlanLimit> limit)
      implements ReplicationAction {
    DatasetPath filesystem() {
      return sender.path();
    }
  }

  /**
   * Execute a step, or only confirm it. Answered by {@link ReplicationEvent.StepCompleted}, {@link
   * ReplicationEvent.StepFailed} or {@link ReplicationEvent.StepUnconfirmed}.
   */
  record ExecuteStep(DatasetPath filesystem, StepProgress progress) implements ReplicationAction {}
}

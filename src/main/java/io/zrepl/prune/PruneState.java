package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The state of a prune run, immutable. {@link #on} is the transition function:
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>phase</th><th>event</th><th>next</th><th>actions</th></tr>
 * <tr><td>PLAN</td><td>listed</td><td>PLAN</td><td>plan each filesystem that is not skipped</td></tr>
 * <tr><td>PLAN</td><td>listing failed</td><td>PLAN_ERROR</td><td></td></tr>
 * <tr><td>PLAN</td><td>planned or failed, others open</td><td>PLAN</td><td></td></tr>
 * <tr><td>PLAN</td><td>planned or failed, the last one</td><td>EXECUTE</td>
 *     <td>destroy, for each filesystem with something to destroy</td></tr>
 * <tr><td>EXECUTE</td><td>destroyed or failed, others open</td><td>EXECUTE</td><td></td></tr>
 * <tr><td>EXECUTE</td><td>all filesystems complete</td>
 *     <td>DONE, or EXECUTE_ERROR if any failed</td><td></td></tr>
 * <tr><td>PLAN</td><td>cancelled</td><td>PLAN_ERROR</td><td></td></tr>
 * <tr><td>EXECUTE</td><td>cancelled</td><td>EXECUTE_ERROR</td><td></td></tr>
 * </table>
 *
 * <p>A terminal phase ignores all events. EXECUTE without any action is passed at once.
 *
 * @param phase how far the run is
 * @param failure why it failed as a whole
 * @param filesystems all of the target, by path
 */
record PruneState(PrunePhase phase, Optional<PruneFailure> failure, ProgressList filesystems) {

  /** What is to be done first. */
  static final List<PruneAction> FIRST_ACTIONS = List.of(new PruneAction.ListFilesystems());

  /** A state, and what is to be done in it. */
  record Step(PruneState state, List<PruneAction> actions) {}

  /** Before anything is known. */
  static PruneState initial() {
    return new PruneState(PrunePhase.PLAN, Optional.empty(), ProgressList.EMPTY);
  }

  /** The transition function. */
  Step on(PruneEvent event) {
    if (phase.isTerminal()) {
      return new Step(this, List.of());
    }
    return switch (event) {
      case PruneEvent.Listed listed -> onListed(listed);
      case PruneEvent.ListingFailed failed -> end(PrunePhase.PLAN_ERROR, failed.failure());
      case PruneEvent.Planned planned ->
          with(planned.filesystem(), f -> f.planned(planned.plan())).proceed();
      case PruneEvent.Destroyed destroyed ->
          with(destroyed.filesystem(), f -> f.destroyed(destroyed.outcomes())).proceed();
      case PruneEvent.Failed failed ->
          with(failed.filesystem(), f -> f.failed(failed.failure())).proceed();
      case PruneEvent.Cancelled() ->
          end(
              phase == PrunePhase.PLAN ? PrunePhase.PLAN_ERROR : PrunePhase.EXECUTE_ERROR,
              PruneFailure.of("pruning was cancelled"));
    };
  }

  private Step onListed(PruneEvent.Listed listed) {
    List<FilesystemProgress> all = new ArrayList<>();
    List<PruneAction> actions = new ArrayList<>();
    new TreeMap<>(listed.filesystems())
        .forEach((path, skipped) -> {
          all.add(FilesystemProgress.listed(path, skipped));
          if (skipped.isEmpty()) {
            actions.add(new PruneAction.Plan(path));
          }
        });
    PruneState state = new PruneState(phase, failure, ProgressList.of(all));
    return actions.isEmpty() ? state.proceed() : new Step(state, actions);
  }

  private Step end(PrunePhase terminal, PruneFailure why) {
    return new Step(new PruneState(terminal, Optional.of(why), filesystems), List.of());
  }

  private PruneState with(DatasetPath path, UnaryOperator<FilesystemProgress> change) {
    return new PruneState(phase, failure, filesystems.with(path, change));
  }

  private Step proceed() {
    if (phase == PrunePhase.PLAN) {
      if (filesystems.awaitingPlan() > 0) {
        return new Step(this, List.of());
      }
      List<PruneAction> destroys = new ArrayList<>();
      for (FilesystemProgress progress : filesystems) {
        if (!progress.complete() && progress.plan().isPresent()) {
          destroys.add(new PruneAction.Destroy(progress.path(), progress.plan().get().toDestroy()));
        }
      }
      PruneState executing = new PruneState(PrunePhase.EXECUTE, failure, filesystems);
      return destroys.isEmpty() ? executing.proceed() : new Step(executing, destroys);
    }
    if (filesystems.incomplete() > 0) {
      return new Step(this, List.of());
    }
    int failed = filesystems.failed();
    if (failed == 0) {
      return new Step(new PruneState(PrunePhase.DONE, failure, filesystems), List.of());
    }
    return end(
        PrunePhase.EXECUTE_ERROR,
        PruneFailure.of(
            "pruning failed for %d of %d filesystems".formatted(failed, filesystems.size())));
  }
}

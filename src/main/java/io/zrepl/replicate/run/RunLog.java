package io.zrepl.replicate.run;

import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.run.ReplicationAction.Cancel;
import io.zrepl.replicate.run.ReplicationAction.ExecuteStep;
import io.zrepl.replicate.run.ReplicationEvent.EstimateFailed;
import io.zrepl.replicate.run.ReplicationEvent.ListingFailed;
import io.zrepl.replicate.run.ReplicationEvent.Planned;
import io.zrepl.replicate.run.ReplicationEvent.PlanningFailed;
import io.zrepl.replicate.run.ReplicationEvent.StepCompleted;
import io.zrepl.replicate.run.ReplicationEvent.StepFailed;
import io.zrepl.replicate.run.ReplicationEvent.StepUnconfirmed;
import io.zrepl.replicate.run.ReplicationEvent.Unreached;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** What a run writes to the log. */
final class RunLog {
  private final Logger log;

  RunLog(Logger log) {
    this.log = log;
  }

  void starting(ExecuteStep step) {
    log.atInfo()
        .addKeyValue("fs", step.filesystem())
        .addKeyValue("step", step.progress().step().describe())
        .addKeyValue("resumed", step.progress().step().resumeToken().isPresent())
        .log(step.progress().confirmOnly() ? "confirming step" : "starting step");
  }

  void probing() {
    log.info("a side was lost; trying to reach it");
  }

  void stalled(Cancel cancel, Duration quiet) {
    var entry = log.atError();
    if (cancel.activity().filesystem().isPresent()) {
      entry = entry.addKeyValue("fs", cancel.activity().filesystem().get());
    }
    entry
        .addKeyValue("phase", cancel.activity().phase())
        .addKeyValue("quiet", quiet)
        .log("made no progress for too long and is cancelled");
  }

  /** What was given up has ended after all; its outcome does not count. */
  void endedLate(ReplicationEvent event) {
    event
        .ends()
        .ifPresent(activity ->
            log.atWarn()
                .addKeyValue("work", activity.describe())
                .log(
                    "has ended after it was given up; what came of it does not count in this run"));
  }

  void happened(ReplicationEvent event) {
    switch (event) {
      case ReplicationEvent.Started _,
          ReplicationEvent.TimePassed _,
          ReplicationEvent.Cancelled _,
          ReplicationEvent.Listed _,
          ReplicationEvent.Estimated _,
          EstimateFailed _,
          ReplicationEvent.Reached _ -> {}
      case ReplicationEvent.WokenUp _ -> log.info("woken up: what waits is tried again at once");
      case ListingFailed failed -> failure(null, "listing failed", failed.failure());
      case Planned planned -> plan(planned);
      case PlanningFailed failed ->
          failure(failed.filesystem(), "planning failed", failed.failure());
      case StepCompleted completed ->
          log.atInfo().addKeyValue("fs", completed.filesystem()).log("step completed");
      case StepFailed failed -> failure(failed.filesystem(), "step failed", failed.failure());
      case StepUnconfirmed failed ->
          failure(failed.filesystem(), "step not confirmed", failed.failure());
      case Unreached failed -> failure(null, "not reached", failed.failure());
    }
  }

  private void plan(Planned planned) {
    switch (planned.plan()) {
      case FilesystemPlan.NothingToDo nothing ->
          log.atDebug()
              .addKeyValue("fs", planned.filesystem())
              .addKeyValue("reason", nothing.reason())
              .log("nothing to do");
      case FilesystemPlan.Conflict conflict ->
          log.atError()
              .addKeyValue("fs", planned.filesystem())
              .addKeyValue("err", conflict.message())
              .addKeyValue("advice", conflict.advice())
              .log("cannot be replicated");
      case FilesystemPlan.Steps plan -> {
        log.atDebug()
            .addKeyValue("fs", planned.filesystem())
            .addKeyValue("steps", plan.steps().size())
            .log("planned");
        plan.discardedPartialState()
            .ifPresent(reason ->
                log.atWarn()
                    .addKeyValue("fs", planned.filesystem())
                    .addKeyValue("reason", reason)
                    .log(
                        "partial state on the receiver cannot be continued and is dropped when"
                            + " the next step arrives"));
      }
    }
  }

  private void failure(@Nullable Object filesystem, String what, Failure failure) {
    // An unusable token leads to a plan without it.
    boolean goesOn = failure.temporary() || failure.is(FailureKind.RESUME_TOKEN_UNUSABLE);
    var entry = log.atLevel(goesOn ? Level.WARN : Level.ERROR);
    if (filesystem != null) {
      entry = entry.addKeyValue("fs", filesystem);
    }
    entry =
        entry.addKeyValue("err", failure.message()).addKeyValue("temporary", failure.temporary());
    if (failure.advice().isPresent()) {
      entry = entry.addKeyValue("advice", failure.advice().get());
    }
    entry.log(what);
  }
}

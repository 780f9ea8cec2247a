package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.PlanLimit;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.ReportedError;
import io.zrepl.replicate.run.FilesystemStatus.Phase;
import io.zrepl.replicate.run.ReplicationAction.Cancel;
import io.zrepl.replicate.run.ReplicationAction.EstimateStep;
import io.zrepl.replicate.run.ReplicationAction.ExecuteStep;
import io.zrepl.replicate.run.ReplicationAction.ListFilesystems;
import io.zrepl.replicate.run.ReplicationAction.PlanFilesystem;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One attempt: list both sides, plan each filesystem, execute its steps, try again what failed
 * temporarily. A state machine without I/O; all methods but {@link #report} belong to the driver's
 * thread. It holds state of its own rather than copying all of it with every event, since an
 * attempt may have ten thousand filesystems; each of them has an immutable status.
 *
 * <table>
 * <caption>Attempt</caption>
 * <tr><th>state</th><th>event</th><th>next state</th><th>actions</th></tr>
 * <tr><td>–</td><td>created</td><td>planning</td><td>list both sides</td></tr>
 * <tr><td>planning</td><td>both sides listed</td><td>fan-out</td><td>plan filesystems, a few at a
 *     time</td></tr>
 * <tr><td>planning</td><td>a side failed, the other answered</td><td>planning-error</td><td></td>
 *     </tr>
 * <tr><td>fan-out</td><td>last filesystem final, no action open</td><td>done or filesystem-error
 *     </td><td></td></tr>
 * <tr><td>any</td><td>cancelled</td><td>planning-error or filesystem-error</td><td></td></tr>
 * </table>
 *
 * <table>
 * <caption>Filesystem; FAILED is short for PLANNING_FAILED or STEP_FAILED, RETRY alike</caption>
 * <tr><th>phase</th><th>event</th><th>next phase</th><th>actions</th></tr>
 * <tr><td>PLAN_QUEUE</td><td>fewer than {@value #CONCURRENT_PLANNINGS} are planned</td>
 *     <td>PLANNING</td><td>plan</td></tr>
 * <tr><td>PLAN_QUEUE</td><td>first listed, lost in an earlier attempt</td><td>FAILED</td><td></td>
 *     </tr>
 * <tr><td>PLANNING</td><td>steps</td><td>ESTIMATING</td><td>estimate the next step as soon as
 *     {@link EstimateQueue} has a slot</td></tr>
 * <tr><td>ESTIMATING</td><td>estimated, or that failed</td><td>PARENTS, STEP_QUEUE or STEP_FAILED by
 *     {@link ParentRule}</td><td>estimate the step after it, by and by</td></tr>
 * <tr><td>ESTIMATING</td><td>a side forbids the step</td><td>PLANNING_FAILED</td><td></td></tr>
 * <tr><td>PLANNING</td><td>nothing to do</td><td>DONE</td><td></td></tr>
 * <tr><td>PLANNING</td><td>conflict</td><td>PLANNING_FAILED</td><td></td></tr>
 * <tr><td>PARENTS</td><td>a parent changed</td><td>STEP_QUEUE or STEP_FAILED by the same rule</td>
 *     <td></td></tr>
 * <tr><td>STEP_QUEUE</td><td>slot, by {@link StepQueue}</td><td>STEPPING</td><td>execute</td></tr>
 * <tr><td>STEPPING</td><td>completed</td><td>STEP_QUEUE, after the last step DONE</td><td></td>
 *     </tr>
 * <tr><td>STEPPING</td><td>resume token unusable, first time</td><td>PLAN_QUEUE, not to use it
 *     </td><td></td></tr>
 * <tr><td>STEPPING</td><td>arrived but not confirmed</td><td>as a temporary failure; the next plan
 *     begins with the confirmation</td><td></td></tr>
 * <tr><td>PLANNING, STEPPING</td><td>temporary failure of this filesystem alone, tries left</td>
 *     <td>RETRY</td><td></td></tr>
 * <tr><td>PLANNING, STEPPING</td><td>a side has too much to do</td><td>RETRY after the pause of
 *     {@link BackOff}, in which nothing at all is begun; does not count as a failure</td><td></td>
 *     </tr>
 * <tr><td>RETRY</td><td>woken up</td><td>RETRY, its time has come</td><td></td></tr>
 * <tr><td>PLANNING, STEPPING</td><td>other failure</td><td>FAILED</td><td></td></tr>
 * <tr><td>RETRY</td><td>its time has come, no listing is open or was just made</td><td>PLAN_QUEUE
 *     once both sides are listed</td><td>list both sides, once for all whose time has come</td></tr>
 * <tr><td>any but PLANNING, ESTIMATING, STEPPING</td><td>a failure stops it, by {@link Stops}</td><td>FAILED
 *     </td><td></td></tr>
 * <tr><td>any</td><td>cancelled</td><td>FAILED</td><td></td></tr>
 * </table>
 *
 * <p>A wakeup ends all waits for a retry and the pause. For what is being done meanwhile it counts
 * as soon as that has failed: it was begun before whatever the wakeup tells of. An estimate is only
 * a comfort: it delays nothing but the very first step, and its failure fails nothing, unless a
 * side forbids the step.
 *
 * <p>A full pool is temporary, but not cured within seconds: failures of a pool are left to the
 * job's next run.
 */
final class Attempt {
  /**
   * How many filesystems are planned at once. Planning has no share in the slots for steps, so that
   * long lists of filesystems do not keep the first of them waiting.
   */
  static final int CONCURRENT_PLANNINGS = 4;

  private record Header(
      AttemptState state, Optional<Instant> finishAt, Optional<ReportedError> planError) {}

  private final Instant startAt;
  private final RetryPolicy retryPolicy;
  private final RandomGenerator random;
  private final IntSupplier numbers;
  private final Map<DatasetPath, Outstanding> outstanding;
  private final Map<DatasetPath, Failure> lost;

  private final Stops stops = new Stops();
  private final Deque<FilesystemWork> planQueue = new ArrayDeque<>();
  private final StepQueue<FilesystemWork> stepQueue;
  private final EstimateQueue estimates;
  private final Retries retries;
  private final BackOff backOff;
  private @Nullable Listing listing = new Listing();
  // those that the open listing is for; empty for the first
  private List<FilesystemWork> wave = List.of();
  private int plannings;
  private int open;
  private Optional<Failure> listingFailure = Optional.empty();

  // of the event that is being handled
  private Instant now;
  private List<ReplicationAction> actions = new ArrayList<>();

  // published to readers of reports: the header last, and they read it first
  private volatile Fleet fleet = Fleet.EMPTY;
  private volatile List<DatasetPath> onlyOnReceiver = List.of();
  private volatile Header header =
      new Header(AttemptState.PLANNING, Optional.empty(), Optional.empty());

  /**
   * Begins an attempt.
   *
   * @param concurrentSteps how many steps run at once, at least 1
   * @param concurrentEstimates how many sizes are estimated at once, at least 1
   * @param numbers gives each listing of the run another number
   * @param outstanding what earlier attempts of the run left open; is kept up to date
   * @param lost the filesystems for which something that earlier attempts began may still be
   *     running; they fail at once, with the failure of that
   */
  Attempt(
      int concurrentSteps,
      int concurrentEstimates,
      RetryPolicy retryPolicy,
      RandomGenerator random,
      IntSupplier numbers,
      Map<DatasetPath, Outstanding> outstanding,
      Map<DatasetPath, Failure> lost,
      Instant now) {
    this.stepQueue = new StepQueue<>(concurrentSteps);
    this.estimates = new EstimateQueue(concurrentEstimates);
    this.retries = new Retries(retryPolicy.gapBetweenListings(), now);
    this.backOff = new BackOff(retryPolicy, random);
    this.retryPolicy = retryPolicy;
    this.random = random;
    this.numbers = numbers;
    this.outstanding = outstanding;
    this.lost = lost;
    this.startAt = now;
    this.now = now;
  }

  /** What is to be done first. */
  List<ReplicationAction> begin() {
    return List.of(new ListFilesystems(numbers.getAsInt()));
  }

  /** Takes an event and tells what is to be done now. */
  List<ReplicationAction> on(ReplicationEvent event, Instant time) {
    now = time;
    actions = new ArrayList<>();
    switch (event) {
      case ReplicationEvent.Started started -> throw new IllegalStateException("already started");
      case ReplicationEvent.TimePassed passed -> {}
      case ReplicationEvent.WokenUp wokenUp -> wakeUp();
      case ReplicationEvent.Listed listed -> {
        openListing().answered(listed.side(), listed.entries());
        listedIfComplete();
      }
      case ReplicationEvent.ListingFailed failed -> {
        openListing().failed(failed.failure());
        listedIfComplete();
      }
      case ReplicationEvent.Planned planned -> planned(planned);
      case ReplicationEvent.PlanningFailed failed -> {
        plannings--;
        fail(running(failed.filesystem(), Phase.PLANNING), failed.failure());
      }
      case ReplicationEvent.Estimated estimated ->
          estimated(estimated.filesystem(), estimated.step(), Optional.empty(), estimated.bytes());
      case ReplicationEvent.EstimateFailed failed ->
          estimated(
              failed.filesystem(),
              failed.step(),
              Optional.of(failed.failure()),
              OptionalLong.empty());
      case ReplicationEvent.StepCompleted completed -> stepCompleted(completed.filesystem());
      case ReplicationEvent.StepFailed failed -> stepFailed(failed);
      case ReplicationEvent.StepUnconfirmed unconfirmed -> stepUnconfirmed(unconfirmed);
      case ReplicationEvent.Reached reached -> throw new IllegalStateException("not asked for");
      case ReplicationEvent.Unreached un -> throw new IllegalStateException("not asked for");
      case ReplicationEvent.Cancelled cancelled -> cancel();
    }
    advance();
    return actions;
  }

  boolean isFinished() {
    return header.finishAt().isPresent();
  }

  boolean isDone() {
    return header.state() == AttemptState.DONE;
  }

  /** When it must be given a {@link ReplicationEvent.TimePassed}. */
  Optional<Instant> deadline() {
    return backOff.deadline(now).or(() -> listing == null ? retries.deadline() : Optional.empty());
  }

  /** Whether a side could not be listed because it has too much to do. */
  boolean metAnExhaustedSide() {
    return listingFailure.filter(failure -> failure.is(FailureKind.EXHAUSTED)).isPresent();
  }

  /** Whether it failed by something that a new attempt may not meet again. */
  boolean mayBeRepeated() {
    if (listingFailure.isPresent()) {
      Failure failure = listingFailure.get();
      return failure.temporary()
          && !failure.is(FailureKind.STALLED)
          && (failure.scope() == FailureScope.PEER || failure.scope() == FailureScope.FILESYSTEM);
    }
    return stops
        .everything()
        .filter(failure -> failure.temporary() && failure.scope() == FailureScope.PEER)
        .isPresent();
  }

  /** What it looks like now; any thread. */
  AttemptReport report() {
    Header current = header;
    return new AttemptReport(
        current.state(),
        startAt,
        current.finishAt(),
        current.planError(),
        fleet.reports(),
        onlyOnReceiver);
  }

  // ---- listing

  private Listing openListing() {
    if (listing == null) {
      throw new IllegalStateException("no listing is open");
    }
    return listing;
  }

  private void listedIfComplete() {
    Listing complete = openListing();
    if (!complete.isComplete()) {
      return;
    }
    listing = null;
    if (header.state() == AttemptState.PLANNING) {
      firstListed(complete);
    } else {
      waveListed(complete);
    }
  }

  private void firstListed(Listing complete) {
    listingFailure = complete.failure();
    if (listingFailure.isPresent()) {
      ReportedError error = listingFailure.get().at(now);
      header = new Header(AttemptState.PLANNING_ERROR, Optional.of(now), Optional.of(error));
      return;
    }
    Fleet all = Fleet.of(complete);
    open = all.parentsFirst().size();
    fleet = all;
    onlyOnReceiver = complete.onlyOnReceiver();
    for (FilesystemWork work : all.parentsFirst()) {
      Failure failure = lost.get(work.path());
      if (failure == null) {
        planQueue.addLast(work);
      } else {
        fail(work, failure);
      }
    }
    header = new Header(AttemptState.FAN_OUT_FILESYSTEMS, Optional.empty(), Optional.empty());
  }

  private void startWave() {
    if (listing != null || backOff.isPausing(now)) {
      return;
    }
    List<FilesystemWork> due = retries.takeDue(now);
    if (due.isEmpty()) {
      return;
    }
    due.forEach(work -> work.become(work.status().in(Phase.PLAN_QUEUE)));
    wave = due;
    listing = new Listing();
    actions.add(new ListFilesystems(numbers.getAsInt()));
  }

  private void waveListed(Listing complete) {
    List<FilesystemWork> due = wave.stream().filter(work -> !work.phase().isFinal()).toList();
    wave = List.of();
    for (FilesystemWork work : due) {
      if (work.phase().isFinal()) {
        continue; // stopped by the failure of one before it
      }
      if (complete.failure().isPresent()) {
        fail(work, complete.failure().get());
        continue;
      }
      FilesystemEntry entry = complete.sender().get(work.path());
      if (entry == null) {
        fail(
            work,
            Failure.permanent(
                Side.SENDER, "the sender no longer offers this filesystem", Optional.empty()));
        continue;
      }
      work.refresh(entry, complete.onReceiver(work.path()));
      planQueue.addLast(work);
    }
  }

  // ---- planning

  private void startPlannings() {
    while (plannings < CONCURRENT_PLANNINGS && !planQueue.isEmpty()) {
      FilesystemWork work = planQueue.removeFirst();
      work.become(work.status().in(Phase.PLANNING));
      work.takeWakeup();
      plannings++;
      actions.add(
          new PlanFilesystem(
              work.sender(), work.receiver(), work.unusableToken(), owed(work).limit()));
    }
  }

  private void planned(ReplicationEvent.Planned event) {
    plannings--;
    FilesystemWork work = running(event.filesystem(), Phase.PLANNING);
    List<StepProgress> before = new ArrayList<>(work.status().completedSteps());
    owed(work).unconfirmed().ifPresent(before::add);
    StepTable table = new StepTable(List.of());
    switch (event.plan()) {
      case FilesystemPlan.Conflict conflict -> {
        work.markConflict();
        fail(
            work,
            Failure.permanent(Side.SENDER, conflict.message(), Optional.of(conflict.advice())));
        return;
      }
      case FilesystemPlan.NothingToDo nothing -> {}
      case FilesystemPlan.Steps plan -> {
        outstanding.put(work.path(), owed(work).withLimit(PlanLimit.of(plan.steps())));
        table = new StepTable(plan.steps());
        table.takeEstimatesFrom(work.status().openSteps());
      }
    }
    work.plan(new StepList(before, table));
    if (work.status().allCompleted()) {
      finish(work, work.status().in(Phase.DONE));
    } else if (!stopIfReached(work, Phase.STEP_FAILED)) {
      StepProgress next = work.status().currentStep();
      if (next.confirmOnly() || next.bytesExpected().isPresent()) {
        startOrWaitForParents(work);
      } else {
        work.become(work.status().in(Phase.ESTIMATING));
      }
      estimates.add(work, true);
      wakeDescendants(work);
    }
  }

  private void startEstimates() {
    for (Optional<EstimateQueue.Admitted> next = estimates.admit();
        next.isPresent();
        next = estimates.admit()) {
      actions.add(new EstimateStep(next.get().work().path(), next.get().step()));
    }
  }

  private void estimated(
      DatasetPath filesystem, StepProgress step, Optional<Failure> failure, OptionalLong bytes) {
    FilesystemWork work = fleet.get(filesystem).orElseThrow();
    estimates.ended(work);
    step.estimated(bytes);
    work.estimateTried(step);
    failure.filter(reason -> reason.is(FailureKind.EXHAUSTED)).ifPresent(e -> backOff.begin(now));
    boolean first = work.phase() == Phase.ESTIMATING && work.status().currentStep().equals(step);
    if (first && failure.isPresent() && failure.get().is(FailureKind.FORBIDDEN)) {
      fail(work, failure.get());
    } else if (first && !stopIfReached(work, Phase.STEP_FAILED)) {
      startOrWaitForParents(work);
    }
    estimates.add(work, work.phase() == Phase.ESTIMATING);
  }

  private void startOrWaitForParents(FilesystemWork work) {
    switch (ParentRule.decide(fleet.parents(work))) {
      case ParentRule.Decision.Start start -> enqueue(work);
      case ParentRule.Decision.Wait wait -> work.become(work.status().in(Phase.PARENTS));
      case ParentRule.Decision.Fail fail ->
          finish(
              work,
              work.status()
                  .failed(
                      Phase.STEP_FAILED,
                      new ReportedError(fail.message(), Optional.empty(), false, now),
                      Optional.empty()));
    }
  }

  private void wakeDescendants(FilesystemWork work) {
    for (FilesystemWork below : fleet.descendants(work)) {
      if (below.phase() == Phase.PARENTS) {
        startOrWaitForParents(below);
      }
    }
  }

  // ---- steps

  private void enqueue(FilesystemWork work) {
    work.become(work.status().in(Phase.STEP_QUEUE));
    FilesystemStatus status = work.status();
    stepQueue.add(work, status.failures(), status.currentStep().step().to().creation());
  }

  private void startSteps() {
    for (Optional<FilesystemWork> next = stepQueue.admit();
        next.isPresent();
        next = stepQueue.admit()) {
      FilesystemWork work = next.get();
      work.become(work.status().in(Phase.STEPPING));
      work.takeWakeup();
      actions.add(new ExecuteStep(work.path(), work.status().currentStep()));
    }
  }

  private void stepCompleted(DatasetPath filesystem) {
    stepQueue.release();
    backOff.succeeded();
    FilesystemWork work = running(filesystem, Phase.STEPPING);
    outstanding.put(filesystem, owed(work).withCompleted(work.status().currentStep()));
    work.become(work.status().withStepCompleted());
    if (work.status().allCompleted()) {
      finish(work, work.status().in(Phase.DONE));
    } else if (!stopIfReached(work, Phase.STEP_FAILED)) {
      enqueue(work);
      if (work.status().completed() == 1) {
        wakeDescendants(work);
      }
    }
  }

  private void stepFailed(ReplicationEvent.StepFailed event) {
    stepQueue.release();
    FilesystemWork work = running(event.filesystem(), Phase.STEPPING);
    Failure failure = event.failure();
    boolean hasToken = work.status().currentStep().step().resumeToken().isPresent();
    if (failure.is(FailureKind.RESUME_TOKEN_UNUSABLE) && hasToken) {
      // The next plan has no token, so that this happens once per token.
      work.markTokenUnusable(failure.message());
      if (!stopIfReached(work, Phase.STEP_FAILED)) {
        work.become(work.status().in(Phase.PLAN_QUEUE));
        planQueue.addFirst(work);
      }
    } else {
      fail(work, failure);
    }
  }

  private void stepUnconfirmed(ReplicationEvent.StepUnconfirmed event) {
    stepQueue.release();
    FilesystemWork work = running(event.filesystem(), Phase.STEPPING);
    outstanding.put(work.path(), owed(work).withUnconfirmed(work.status().currentStep()));
    // Repeating it is cheap and harmless whatever the reason was.
    fail(work, event.failure().asTemporary());
  }

  // ---- failures

  private void fail(FilesystemWork work, Failure reason) {
    boolean wokenUp = work.takeWakeup();
    Failure failure = reason;
    if (failure.is(FailureKind.EXHAUSTED)) {
      Optional<Instant> retryAt = wokenUp ? Optional.of(now) : backOff.begin(now);
      if (retryAt.isPresent() && stops.reasonFor(work.path()).isEmpty()) {
        retry(work, work.status().postponed(retryPhase(work), failure.at(now), retryAt.get()));
        return;
      }
      failure = failure.withScope(FailureScope.JOB);
    }
    boolean stopsMore = stops.note(work.path(), failure);
    FilesystemStatus status = work.status();
    boolean beforePlan = status.phase().isBeforePlan();
    int failures = status.failures() + 1;
    if (failure.temporary()
        && failure.scope() == FailureScope.FILESYSTEM
        && retryPolicy.triesAgainAfter(failures)
        && stops.reasonFor(work.path()).isEmpty()) {
      Instant retryAt = wokenUp ? now : now.plus(retryPolicy.delay(failures, random));
      retry(work, status.failed(retryPhase(work), failure.at(now), Optional.of(retryAt)));
      return;
    }
    Phase last = beforePlan ? Phase.PLANNING_FAILED : Phase.STEP_FAILED;
    finish(work, status.failed(last, failure.at(now), Optional.empty()));
    if (stopsMore) {
      stopWaiting();
    }
  }

  private static Phase retryPhase(FilesystemWork work) {
    return work.phase().isBeforePlan() ? Phase.RETRY_PLANNING : Phase.RETRY_STEP;
  }

  private void retry(FilesystemWork work, FilesystemStatus waiting) {
    work.become(waiting);
    retries.add(work, waiting.retryAt().orElseThrow());
  }

  private void wakeUp() {
    backOff.end();
    retries.wake(now);
    for (FilesystemWork work : fleet.parentsFirst()) {
      if (work.phase().isRunning()) {
        work.wakeUp();
      }
    }
  }

  /** Ends all that wait and that a failure has stopped. */
  private void stopWaiting() {
    for (FilesystemWork work : fleet.parentsFirst()) {
      Phase phase = work.phase();
      if (!phase.isFinal() && !phase.isRunning()) {
        stopIfReached(work, phase.isBeforePlan() ? Phase.PLANNING_FAILED : Phase.STEP_FAILED);
      }
    }
    planQueue.removeIf(work -> work.phase().isFinal());
    stepQueue.removeIf(work -> work.phase().isFinal());
    retries.removeIf(work -> work.phase().isFinal());
  }

  private boolean stopIfReached(FilesystemWork work, Phase last) {
    Optional<Failure> reason = stops.reasonFor(work.path());
    reason.ifPresent(failure -> endWith(work, last, failure.at(now)));
    return reason.isPresent();
  }

  /** Ends a filesystem from outside; one that waits for a retry keeps the error it has. */
  private void endWith(FilesystemWork work, Phase last, ReportedError error) {
    FilesystemStatus status = work.status();
    finish(
        work,
        new FilesystemStatus(
            last,
            status.steps(),
            status.completed(),
            status.failures(),
            Optional.of(status.error().orElse(error)),
            Optional.empty()));
  }

  private void finish(FilesystemWork work, FilesystemStatus last) {
    work.become(last);
    if (last.phase() == Phase.DONE) {
      // A plan alone proves nothing: the side may go on refusing every step.
      backOff.succeeded();
    }
    open--;
    estimates
        .running(work)
        .ifPresent(step ->
            actions.add(new Cancel(new Activity.Estimating(work.path(), step), Optional.empty())));
    wakeDescendants(work);
  }

  private void cancel() {
    ReportedError error =
        new ReportedError("the replication was cancelled", Optional.empty(), false, now);
    planQueue.clear();
    stepQueue.removeIf(work -> true);
    retries.removeIf(work -> true);
    listing = null;
    plannings = 0;
    if (header.state() == AttemptState.PLANNING) {
      header = new Header(AttemptState.PLANNING_ERROR, Optional.of(now), Optional.of(error));
      return;
    }
    // From the bottom: a child must not be told that its parent failed.
    for (FilesystemWork work : fleet.descendantsFirst()) {
      Phase phase = work.phase();
      if (!phase.isFinal()) {
        endWith(work, phase.isBeforePlan() ? Phase.PLANNING_FAILED : Phase.STEP_FAILED, error);
      }
      estimates.ended(work);
    }
    actions.clear();
  }

  // ---- common

  private void advance() {
    if (isFinished()) {
      return;
    }
    startWave();
    if (!backOff.isPausing(now)) {
      startPlannings();
      startSteps();
      startEstimates();
    }
    if (open == 0 && listing == null && estimates.isIdle()) {
      boolean failed = fleet.parentsFirst().stream().anyMatch(work -> work.phase().isFailed());
      header =
          new Header(
              failed ? AttemptState.FILESYSTEM_ERROR : AttemptState.DONE,
              Optional.of(now),
              Optional.empty());
    }
  }

  private Outstanding owed(FilesystemWork work) {
    return outstanding.getOrDefault(work.path(), Outstanding.NONE);
  }

  private FilesystemWork running(DatasetPath filesystem, Phase phase) {
    FilesystemWork work = fleet.get(filesystem).orElseThrow();
    if (work.phase() != phase) {
      throw new IllegalStateException("expected in phase %s: %s".formatted(phase, work));
    }
    return work;
  }
}

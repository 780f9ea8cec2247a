package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.PlanLimit;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.ReportedError;
import io.zrepl.replicate.run.ReplicationAction.Cancel;
import io.zrepl.replicate.run.ReplicationAction.EstimateStep;
import io.zrepl.replicate.run.ReplicationAction.ExecuteStep;
import io.zrepl.replicate.run.ReplicationAction.PlanFilesystem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

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
 * <p>The transitions of a filesystem are those of {@link FilesystemPhase}.
 *
 * <p>A wakeup ends all waits for a retry and the pause. For what is being done meanwhile it counts
 * as soon as that has failed: it was begun before whatever the wakeup tells of. An estimate is only
 * a comfort: it delays nothing but the very first step, and that for a short time; its failure
 * fails nothing, unless a side forbids the step.
 */
final class Attempt {
  /**
   * How many filesystems are planned at once. Planning has no share in the slots for steps, so that
   * long lists of filesystems do not keep the first of them waiting.
   */
  static final int CONCURRENT_PLANNINGS = 4;

  /** How long a first step waits for its estimate: one that hangs must hold up no other. */
  static final Duration ESTIMATE_PATIENCE = Duration.ofSeconds(30);

  private static final Failure NOT_OFFERED =
      Failure.permanent(
          Side.SENDER,
          "the sender no longer offers this filesystem, of which something was still to be replicated",
          Optional.of("it was destroyed or renamed, or the filter of the sending job was changed"));

  private record AwaitedEstimate(FilesystemWork work, FilesystemPhase.Estimating phase) {
    boolean isAwaited() {
      return work.phase().equals(phase);
    }
  }

  private record Header(
      AttemptState state, Optional<Instant> finishAt, Optional<ReportedError> planError) {}

  private final Instant startAt;
  private final Map<DatasetPath, Outstanding> outstanding;
  private final Map<DatasetPath, Failure> lost;

  private final Stops stops = new Stops();
  private final Deque<FilesystemWork> planQueue = new ArrayDeque<>();
  private final StepQueue<FilesystemWork> stepQueue;
  private final EstimateQueue estimates;
  // in the order of their times
  private final Deque<AwaitedEstimate> awaitedEstimates = new ArrayDeque<>();
  private final StallCount stalls;
  private final Retries retries;
  private final BackOff backOff;
  private final FailureRule failureRule;
  private final Listings listings;
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
   * @param stalls how often the run stalled in a row
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
      StallCount stalls,
      IntSupplier numbers,
      Map<DatasetPath, Outstanding> outstanding,
      Map<DatasetPath, Failure> lost,
      Instant now) {
    this.stepQueue = new StepQueue<>(concurrentSteps);
    this.estimates = new EstimateQueue(concurrentEstimates);
    this.retries = new Retries(retryPolicy.gapBetweenListings(), now);
    this.backOff = new BackOff(retryPolicy, random);
    this.failureRule = new FailureRule(retryPolicy, random, backOff, stalls, stops);
    this.stalls = stalls;
    this.listings = new Listings(numbers);
    this.outstanding = outstanding;
    this.lost = lost;
    this.startAt = now;
    this.now = now;
  }

  /** What is to be done first. */
  List<ReplicationAction> begin() {
    return List.of(listings.begin(List.of()));
  }

  /** Takes an event and tells what is to be done now. */
  List<ReplicationAction> on(ReplicationEvent event, Instant time) {
    now = time;
    actions = new ArrayList<>();
    switch (event) {
      case ReplicationEvent.Started started -> throw new IllegalStateException("already started");
      case ReplicationEvent.TimePassed passed -> {}
      case ReplicationEvent.WokenUp wokenUp -> wakeUp();
      case ReplicationEvent.Listed listed -> listings.answered(listed).ifPresent(this::listed);
      case ReplicationEvent.ListingFailed failed -> listings.failed(failed).ifPresent(this::listed);
      case ReplicationEvent.Planned planned -> planned(planned);
      case ReplicationEvent.PlanningFailed failed -> {
        plannings--;
        fail(running(failed.filesystem(), FilesystemPhase.Planning.class), failed.failure());
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
    Optional<Instant> pause = backOff.deadline(now);
    if (pause.isPresent()) {
      return pause;
    }
    Optional<Instant> retry = listings.isOpen() ? Optional.empty() : retries.deadline();
    Optional<Instant> overdue =
        Optional.ofNullable(awaitedEstimates.peekFirst()).map(awaited -> awaited.phase().until());
    return Stream.concat(retry.stream(), overdue.stream()).min(Comparator.naturalOrder());
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

  private void listed(Listings.Complete complete) {
    if (header.state() == AttemptState.PLANNING) {
      firstListed(complete.listing());
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
    Set<DatasetPath> gone = owedButNotOffered(complete);
    Fleet all = Fleet.of(complete, gone);
    open = all.parentsFirst().size();
    fleet = all;
    onlyOnReceiver = complete.onlyOnReceiver();
    for (FilesystemWork work : all.parentsFirst()) {
      Failure failure = gone.contains(work.path()) ? NOT_OFFERED : lost.get(work.path());
      if (failure == null) {
        planQueue.addLast(work);
      } else {
        fail(work, failure);
      }
    }
    header = new Header(AttemptState.FAN_OUT_FILESYSTEMS, Optional.empty(), Optional.empty());
  }

  /** What earlier attempts planned and did not complete must not be forgotten in silence. */
  private Set<DatasetPath> owedButNotOffered(Listing complete) {
    Set<DatasetPath> gone = new HashSet<>();
    outstanding.forEach((path, owed) -> {
      if (owed.isOwed() && !complete.sender().containsKey(path)) {
        gone.add(path);
      }
    });
    return gone;
  }

  private void startWave() {
    if (listings.isOpen() || backOff.isPausing(now)) {
      return;
    }
    List<FilesystemWork> due = retries.takeDue(now);
    if (!due.isEmpty()) {
      due.forEach(work -> work.become(work.status().in(new FilesystemPhase.PlanQueue())));
      actions.add(listings.begin(due));
    }
  }

  private void waveListed(Listings.Complete complete) {
    Optional<Failure> failure = complete.listing().failure();
    for (FilesystemWork work : complete.wave()) {
      if (work.phase() instanceof FilesystemPhase.Ended) {
        continue; // stopped meanwhile, perhaps by the failure of one before it
      }
      if (failure.isPresent()) {
        fail(work, failure.get());
        continue;
      }
      FilesystemEntry entry = complete.listing().sender().get(work.path());
      if (entry == null) {
        fail(work, NOT_OFFERED);
        continue;
      }
      work.refresh(entry, complete.listing().onReceiver(work.path()));
      planQueue.addLast(work);
    }
  }

  // ---- planning

  private void startPlannings() {
    while (plannings < CONCURRENT_PLANNINGS && !planQueue.isEmpty()) {
      FilesystemWork work = planQueue.removeFirst();
      work.become(work.status().in(new FilesystemPhase.Planning()));
      work.takeWakeup();
      plannings++;
      actions.add(
          new PlanFilesystem(
              work.sender(), work.receiver(), work.unusableToken(), owed(work).limit()));
    }
  }

  private void planned(ReplicationEvent.Planned event) {
    plannings--;
    FilesystemWork work = running(event.filesystem(), FilesystemPhase.Planning.class);
    outstanding.computeIfPresent(work.path(), (path, owed) -> owed.judgedBy(event.plan()));
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
      case FilesystemPlan.NothingToDo nothing ->
          outstanding.computeIfPresent(work.path(), (path, owed) -> owed.withAllCompleted());
      case FilesystemPlan.Steps plan -> {
        outstanding.put(work.path(), owed(work).withLimit(PlanLimit.of(plan.steps())));
        table = new StepTable(plan.steps());
        table.takeEstimatesFrom(work.status().openSteps());
      }
    }
    work.plan(new StepList(before, table));
    work.become(work.status().withEstimateError(Optional.empty()));
    if (work.status().allCompleted()) {
      finish(work, work.status().in(new FilesystemPhase.Done()));
    } else if (!stopPlannedIfReached(work)) {
      StepProgress next = work.status().currentStep();
      if (next.confirmOnly() || next.bytesExpected().isPresent()) {
        startOrWaitForParents(work);
      } else {
        awaitEstimate(work);
      }
      estimates.add(work, true);
      wakeDescendants(work);
    }
  }

  private void awaitEstimate(FilesystemWork work) {
    FilesystemPhase.Estimating phase = new FilesystemPhase.Estimating(now.plus(ESTIMATE_PATIENCE));
    work.become(work.status().in(phase));
    awaitedEstimates.addLast(new AwaitedEstimate(work, phase));
  }

  private void startEstimates() {
    for (Optional<EstimateQueue.Admitted> next = estimates.admit(this::isStopped);
        next.isPresent();
        next = estimates.admit(this::isStopped)) {
      actions.add(new EstimateStep(next.get().work().path(), next.get().step()));
    }
  }

  private boolean isStopped(FilesystemWork work) {
    return stops.reasonFor(work.path()).isPresent();
  }

  /** A first step whose estimate is overdue starts without it. */
  private void startOverdue() {
    for (AwaitedEstimate next = awaitedEstimates.peekFirst();
        next != null && !(next.isAwaited() && next.phase().until().isAfter(now));
        next = awaitedEstimates.peekFirst()) {
      awaitedEstimates.removeFirst();
      if (next.isAwaited() && !stopPlannedIfReached(next.work())) {
        startOrWaitForParents(next.work());
      }
    }
  }

  private void estimated(
      DatasetPath filesystem, StepProgress step, Optional<Failure> failure, OptionalLong bytes) {
    FilesystemWork work = fleet.get(filesystem).orElseThrow();
    estimates.ended(work, step, bytes);
    if (!hasEnded(work) && work.status().isOfLastPlan(step)) {
      work.become(work.status().withEstimateError(failure.map(reason -> reason.at(now))));
    }
    failure.filter(reason -> reason.is(FailureKind.EXHAUSTED)).ifPresent(e -> backOff.begin(now));
    boolean first =
        work.phase() instanceof FilesystemPhase.Estimating
            && work.status().currentStep().equals(step);
    if (first && failure.isPresent() && failure.get().is(FailureKind.FORBIDDEN)) {
      fail(work, failure.get());
    } else if (first && !stopPlannedIfReached(work)) {
      startOrWaitForParents(work);
    }
    estimates.add(work, work.phase() instanceof FilesystemPhase.Estimating);
  }

  private void startOrWaitForParents(FilesystemWork work) {
    switch (ParentRule.decide(fleet.parents(work))) {
      case ParentRule.Decision.Start start -> enqueue(work);
      case ParentRule.Decision.Wait wait ->
          work.become(work.status().in(new FilesystemPhase.Parents()));
      case ParentRule.Decision.Fail fail ->
          finish(
              work,
              work.status()
                  .afterFailureIn(
                      new FilesystemPhase.StepFailed(
                          new ReportedError(fail.message(), Optional.empty(), false, now))));
    }
  }

  private void wakeDescendants(FilesystemWork work) {
    for (FilesystemWork below : fleet.descendants(work)) {
      if (below.phase() instanceof FilesystemPhase.Parents && !stopPlannedIfReached(below)) {
        startOrWaitForParents(below);
      }
    }
  }

  // ---- steps

  private void enqueue(FilesystemWork work) {
    work.become(work.status().in(new FilesystemPhase.StepQueue()));
    FilesystemStatus status = work.status();
    stepQueue.add(work, status.failures(), status.currentStep().step().to().creation());
  }

  private void startSteps() {
    for (Optional<FilesystemWork> next = stepQueue.admit();
        next.isPresent();
        next = stepQueue.admit()) {
      FilesystemWork work = next.get();
      work.become(work.status().in(new FilesystemPhase.Stepping()));
      work.takeWakeup();
      actions.add(new ExecuteStep(work.path(), work.status().currentStep()));
    }
  }

  private void stepCompleted(DatasetPath filesystem) {
    stepQueue.release();
    succeeded();
    FilesystemWork work = running(filesystem, FilesystemPhase.Stepping.class);
    outstanding.put(filesystem, owed(work).withCompleted(work.status().currentStep()));
    work.become(work.status().withStepCompleted());
    if (work.status().allCompleted()) {
      finish(work, work.status().in(new FilesystemPhase.Done()));
    } else if (!stopPlannedIfReached(work)) {
      enqueue(work);
      if (work.status().completed() == 1) {
        wakeDescendants(work);
      }
    }
  }

  private void stepFailed(ReplicationEvent.StepFailed event) {
    stepQueue.release();
    FilesystemWork work = running(event.filesystem(), FilesystemPhase.Stepping.class);
    Failure failure = event.failure();
    outstanding.put(work.path(), owed(work).withFailed(work.status().currentStep()));
    boolean hasToken = work.status().currentStep().step().resumeToken().isPresent();
    if (failure.is(FailureKind.RESUME_TOKEN_UNUSABLE) && hasToken) {
      // The next plan has no token, so that this happens once per token.
      work.markTokenUnusable(failure.message());
      if (!stopPlannedIfReached(work)) {
        work.become(work.status().in(new FilesystemPhase.PlanQueue()));
        planQueue.addFirst(work);
      }
    } else {
      fail(work, failure);
    }
  }

  private void stepUnconfirmed(ReplicationEvent.StepUnconfirmed event) {
    stepQueue.release();
    FilesystemWork work = running(event.filesystem(), FilesystemPhase.Stepping.class);
    outstanding.put(work.path(), owed(work).withUnconfirmed(work.status().currentStep()));
    work.markArrived();
    // Repeating it is cheap and harmless whatever the reason was.
    fail(work, event.failure().asTemporary());
  }

  // ---- failures

  private void fail(FilesystemWork work, Failure failure) {
    FailureRule.Consequence consequence = failureRule.decide(work, failure, work.takeWakeup(), now);
    FilesystemStatus next = consequence.next();
    if (next.phase() instanceof FilesystemPhase.Retry retry) {
      work.become(next);
      retries.add(work, retry.at());
    } else {
      finish(work, next);
      if (consequence.stopsMore()) {
        stopWaiting();
      }
    }
  }

  private void succeeded() {
    backOff.succeeded();
    stalls.succeeded();
  }

  private void wakeUp() {
    backOff.end();
    retries.wake(now);
    for (FilesystemWork work : fleet.parentsFirst()) {
      if (work.phase() instanceof FilesystemPhase.Running) {
        work.wakeUp();
      }
    }
    // Their listing was begun before whatever the wakeup tells of, too.
    listings.wave().forEach(FilesystemWork::wakeUp);
  }

  /** Ends all that wait and that a failure has stopped. */
  private void stopWaiting() {
    for (FilesystemWork work : fleet.parentsFirst()) {
      switch (work.phase()) {
        case FilesystemPhase.Waiting _, FilesystemPhase.Retry _ -> stopIfReached(work);
        case FilesystemPhase.Estimating _ when estimates.running(work).isEmpty() ->
            stopPlannedIfReached(work);
        case FilesystemPhase.Running _, FilesystemPhase.Ended _ -> {}
      }
    }
    planQueue.removeIf(Attempt::hasEnded);
    stepQueue.removeIf(Attempt::hasEnded);
    retries.removeIf(Attempt::hasEnded);
  }

  private static boolean hasEnded(FilesystemWork work) {
    return work.phase() instanceof FilesystemPhase.Ended;
  }

  private boolean stopIfReached(FilesystemWork work) {
    Optional<Failure> reason = stops.reasonFor(work.path());
    reason.ifPresent(failure -> endWith(work, failure.at(now)));
    return reason.isPresent();
  }

  /** What has a plan does not begin its next step. */
  private boolean stopPlannedIfReached(FilesystemWork work) {
    Optional<Failure> reason = stops.reasonFor(work.path());
    reason.ifPresent(
        failure -> finish(work, work.status().in(new FilesystemPhase.StepFailed(failure.at(now)))));
    return reason.isPresent();
  }

  /** Ends a filesystem from outside; one that waits for a retry keeps the error it has. */
  private void endWith(FilesystemWork work, ReportedError error) {
    FilesystemPhase phase = work.phase();
    finish(work, work.status().in(phase.failed(phase.reported().orElse(error))));
  }

  private void finish(FilesystemWork work, FilesystemStatus last) {
    work.become(last);
    if (last.phase() instanceof FilesystemPhase.Done) {
      // A plan alone proves nothing: the side may go on refusing every step.
      succeeded();
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
    listings.forget();
    awaitedEstimates.clear();
    plannings = 0;
    if (header.state() == AttemptState.PLANNING) {
      header = new Header(AttemptState.PLANNING_ERROR, Optional.of(now), Optional.of(error));
      return;
    }
    // From the bottom: a child must not be told that its parent failed.
    for (FilesystemWork work : fleet.descendantsFirst()) {
      if (!hasEnded(work)) {
        endWith(work, error);
      }
      estimates.forget(work);
    }
    actions.clear();
  }

  // ---- common

  private void advance() {
    if (isFinished()) {
      return;
    }
    startWave();
    startOverdue();
    if (!backOff.isPausing(now)) {
      startPlannings();
      startSteps();
      startEstimates();
    }
    if (open == 0 && !listings.isOpen() && estimates.isIdle()) {
      boolean failed =
          fleet.parentsFirst().stream()
              .anyMatch(work -> work.phase() instanceof FilesystemPhase.Failed);
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

  private FilesystemWork running(
      DatasetPath filesystem, Class<? extends FilesystemPhase.Running> phase) {
    FilesystemWork work = fleet.get(filesystem).orElseThrow();
    if (!phase.isInstance(work.phase())) {
      throw new IllegalStateException(
          "expected in phase %s: %s".formatted(phase.getSimpleName(), work));
    }
    return work;
  }
}

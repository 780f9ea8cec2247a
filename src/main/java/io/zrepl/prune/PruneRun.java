package io.zrepl.prune;

import io.zrepl.base.HeapSpace;
import io.zrepl.base.ProgressMark;
import io.zrepl.base.StallWatch;
import io.zrepl.base.SteadyClock;
import io.zrepl.base.TaskGroup;
import io.zrepl.base.UnitDuration;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Prunes one side once: plans all filesystems, then destroys what no rule keeps. Nothing is tried
 * twice; the next invocation of the job prunes again.
 *
 * <p>The thread that calls {@link #run} steps {@link PruneState}; a few virtual threads do what it
 * wants done. {@link #report} may be called by any thread at any time and does not block.
 */
public final class PruneRun {
  /** How many filesystems are asked about, or destroyed in, at the same time. */
  static final int CONCURRENCY = 4;

  private static final Duration GRACE = Duration.ofMinutes(1);
  // The longest wait for a side that can be done without: well within the limit of a stall.
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int PATIENCE_PER_STALL_LIMIT = 4;

  /** How many may stall in a row; then the pool they lie in is left alone. */
  private static final int MOST_STALLS = CONCURRENCY;

  private final HeapSpace heap;
  private final PruneSubject subject;
  private final Options options;
  private final FilesystemPlanner planner;
  private final InstantSource clock;
  private final PruneObserver observer;
  private final Logger log;
  private final PruneLog told;
  // Bounded by what is being done.
  private final BlockingQueue<Done> events = new LinkedBlockingQueue<>();
  private final StallWatch<PruneAction> watch;
  private final ReceiverOnlyFilesystems receiverOnly;
  // of the thread in run()
  private final PruneStops stops = new PruneStops();
  private final Map<PruneAction, Running> running = new HashMap<>();
  private int stallsInARow;

  /**
   * How a run goes about its work.
   *
   * @param stallLimit how long anything may go on without progress before it is cancelled
   * @param holders finds out who holds what stays
   * @param dryRun whether to end with the plan; the report then stays in phase {@link
   *     PrunePhase#EXECUTE} if there is something to destroy
   */
  public record Options(Duration stallLimit, HolderNames holders, boolean dryRun) {
    /** Destroys, with the usual patience, and names no holders. */
    public static final Options DEFAULT =
        new Options(Duration.ofMinutes(10), HolderNames.UNKNOWN, false);

    /** The same with another patience. */
    public Options withStallLimit(Duration limit) {
      return new Options(limit, holders, dryRun);
    }

    /** The same with somebody who knows the holders. */
    public Options withHolders(HolderNames names) {
      return new Options(stallLimit, names, dryRun);
    }

    /** The same without destroying anything. */
    public Options withDryRun() {
      return new Options(stallLimit, holders, true);
    }
  }

  /** An action with its end. */
  private record Done(PruneAction action, PruneEvent event) {}

  /** An action that is being done; once it has stalled, with the failure to tell. */
  private record Running(
      ProgressMark mark, Optional<TaskGroup.Started> task, Optional<PruneFailure> stall) {}

  // Set by any thread, read by the one in run().
  private volatile boolean finishing;

  // Written by the thread in run(), read by report().
  private volatile Progress progress =
      new Progress(PruneState.initial(), Optional.empty(), Optional.empty());

  private record Progress(
      PruneState state, Optional<Instant> startedAt, Optional<Instant> finishedAt) {}

  /** Prepares a run with the usual patience. */
  public PruneRun(
      PruneSubject subject,
      List<KeepRule> rules,
      InstantSource clock,
      PruneObserver observer,
      Logger log) {
    this(subject, rules, clock, observer, log, Options.DEFAULT);
  }

  /**
   * Prepares a run.
   *
   * @param rules what to keep; without rules nothing is destroyed
   * @param log gets one line for each filesystem with something to tell
   * @param options how it goes about it
   */
  public PruneRun(
      PruneSubject subject,
      List<KeepRule> rules,
      InstantSource clock,
      PruneObserver observer,
      Logger log,
      Options options) {
    this(subject, rules, clock, observer, log, options, HeapSpace.OF_THIS_PROGRAM);
  }

  PruneRun(
      PruneSubject subject,
      List<KeepRule> rules,
      InstantSource clock,
      PruneObserver observer,
      Logger log,
      Options options,
      HeapSpace heap) {
    this.heap = heap;
    this.subject = subject;
    this.options = options;
    Duration part = options.stallLimit().dividedBy(PATIENCE_PER_STALL_LIMIT);
    Duration patience = part.compareTo(PATIENCE) < 0 ? part : PATIENCE;
    this.receiverOnly = new ReceiverOnlyFilesystems(patience, log);
    this.planner =
        new FilesystemPlanner(
            subject, List.copyOf(rules), options.holders(), options.dryRun(), patience);
    this.clock = clock;
    this.observer = observer;
    this.log = log;
    this.told = new PruneLog(subject.side(), observer, log);
    this.watch = new StallWatch<>(options.stallLimit(), GRACE);
  }

  /**
   * Prunes; to be called once. Failures are in the report.
   *
   * @throws InterruptedException if the caller was interrupted; what was begun is ended
   */
  public void run() throws InterruptedException {
    Instant start = clock.instant();
    progress = new Progress(PruneState.initial(), Optional.of(start), Optional.empty());
    TaskGroup tasks = new TaskGroup("prune " + subject.side().label());
    try {
      drive(tasks);
    } catch (InterruptedException e) {
      step(new PruneEvent.Cancelled());
      throw e;
    } finally {
      List<String> left = tasks.cancelAndAwait(GRACE);
      if (!left.isEmpty()) {
        log.atError().addKeyValue("tasks", left).log("does not end although it was cancelled");
      }
      Instant end = clock.instant();
      PruneState state = progress.state();
      progress = new Progress(state, Optional.of(start), Optional.of(end));
      state.failure().ifPresent(told::failed);
      observer.finished(subject.side(), state.phase(), Duration.between(start, end));
    }
  }

  /**
   * Begins nothing more and ends as soon as what runs has ended, as if it were cancelled then. May
   * be called by any thread at any time.
   */
  public void finish() {
    finishing = true;
  }

  /** How far the run is. */
  public PrunerReport report() {
    Progress current = progress;
    return PrunerReport.of(
        current.state(), receiverOnly, current.startedAt(), current.finishedAt());
  }

  private void drive(TaskGroup tasks) throws InterruptedException {
    InstantSource steady = new SteadyClock(clock);
    Queue<PruneAction> waiting = new ArrayDeque<>(PruneState.FIRST_ACTIONS);
    while (!running.isEmpty() || !waiting.isEmpty()) {
      if (options.dryRun() && progress.state().phase().isPlanned()) {
        return;
      }
      if (finishing && running.isEmpty()) {
        step(new PruneEvent.Cancelled());
        return;
      }
      while (!finishing && running.size() < CONCURRENCY && !waiting.isEmpty()) {
        PruneAction action = waiting.remove();
        Optional<PruneEvent> stopped = stopped(action);
        if (stopped.isPresent()) {
          waiting.addAll(step(stopped.get()));
        } else {
          start(tasks, action, steady.instant());
        }
      }
      if (running.isEmpty()) {
        return;
      }
      for (PruneEvent event : awaitEvents(steady)) {
        tell(event);
        waiting.addAll(step(event));
      }
    }
  }

  private void start(TaskGroup tasks, PruneAction action, Instant now) {
    ProgressMark mark = new ProgressMark();
    Optional<TaskGroup.Started> task =
        tasks.start(
            nameOf(action), () -> events.add(new Done(action, mark.during(() -> perform(action)))));
    running.put(action, new Running(mark, task, Optional.empty()));
    watch.begin(action, now);
  }

  /** Waits for an action to end, or until it is time to look whether all of them get on. */
  private List<PruneEvent> awaitEvents(InstantSource steady) throws InterruptedException {
    Instant nextLook = watch.nextLook().orElseThrow();
    Duration wait = Duration.between(steady.instant(), nextLook);
    Done done = wait.isPositive() ? events.poll(wait.toNanos(), TimeUnit.NANOSECONDS) : null;
    if (done == null) {
      return look(steady.instant());
    }
    if (!watch.end(done.action())) {
      return List.of(); // given up long ago
    }
    Running ended = Objects.requireNonNull(running.remove(done.action()));
    boolean failed =
        done.event() instanceof PruneEvent.Failed
            || done.event() instanceof PruneEvent.ListingFailed;
    stallsInARow = failed ? stallsInARow : 0;
    return List.of(
        failed
            ? ended.stall().map(stall -> failed(done.action(), stall)).orElse(done.event())
            : done.event());
  }

  private List<PruneEvent> look(Instant now) {
    Map<PruneAction, Long> marks = new HashMap<>();
    running.forEach((action, state) -> marks.put(action, state.mark().value()));
    StallWatch.Findings<PruneAction> found = watch.look(marks, now);
    found.stalled().forEach(this::cancel);
    List<PruneEvent> lost = new ArrayList<>();
    for (StallWatch.Stall<PruneAction> stall : found.lost()) {
      running.remove(stall.work());
      lost.add(failed(stall.work(), stallFailure(stall, "does not end although cancelled")));
    }
    return lost;
  }

  private void cancel(StallWatch.Stall<PruneAction> stall) {
    stallsInARow++;
    PruneFailure failure = stallFailure(stall, "was cancelled");
    log.atError()
        .addKeyValue("prune_side", subject.side().label())
        .addKeyValue("phase", nameOf(stall.work()))
        .addKeyValue("quiet", stall.quiet())
        .log("made no progress for too long and is cancelled");
    observer.stalled(
        subject.side(), filesystemOf(stall.work()), phaseOf(stall.work()), stall.quiet());
    running.computeIfPresent(
        stall.work(),
        (action, state) -> new Running(state.mark(), state.task(), Optional.of(failure)));
    Optional.ofNullable(running.get(stall.work()))
        .flatMap(Running::task)
        .ifPresent(TaskGroup.Started::interrupt);
  }

  private PruneFailure stallFailure(StallWatch.Stall<PruneAction> stall, String end) {
    return new PruneFailure(
        "%s: made no progress for %s and %s"
            .formatted(
                nameOf(stall.work()),
                UnitDuration.format(Duration.ofSeconds(stall.quiet().toSeconds())),
                end),
        Optional.of("look for a hung zfs process or a suspended pool (zpool status)"),
        true,
        reachOfStall());
  }

  /** Where everything hangs, each further filesystem would cost as much time as the first. */
  private PruneFailure.Reach reachOfStall() {
    if (stallsInARow < MOST_STALLS) {
      return PruneFailure.Reach.FILESYSTEM;
    }
    return subject.side() == PruneSide.RECEIVER
        ? PruneFailure.Reach.EVERYTHING
        : PruneFailure.Reach.POOL;
  }

  private static Optional<DatasetPath> filesystemOf(PruneAction action) {
    return switch (action) {
      case PruneAction.ListFilesystems() -> Optional.empty();
      case PruneAction.Plan plan -> Optional.of(plan.filesystem());
      case PruneAction.Destroy destroy -> Optional.of(destroy.filesystem());
    };
  }

  /** What comes of an action that is not to be tried; its reason was told already. */
  private Optional<PruneEvent> stopped(PruneAction action) {
    return switch (action) {
      case PruneAction.ListFilesystems() -> Optional.empty();
      case PruneAction.Plan plan -> stopped(plan.filesystem());
      case PruneAction.Destroy destroy -> stopped(destroy.filesystem());
    };
  }

  private Optional<PruneEvent> stopped(DatasetPath filesystem) {
    return stops.reasonFor(filesystem).map(reason -> new PruneEvent.Failed(filesystem, reason));
  }

  private List<PruneAction> step(PruneEvent event) {
    PruneState.Step step = progress.state().on(event);
    progress = new Progress(step.state(), progress.startedAt(), Optional.empty());
    return step.actions();
  }

  /** Runs on a virtual thread; always gives an event, so that the driver never waits in vain. */
  private PruneEvent perform(PruneAction action) {
    try {
      return switch (action) {
        case PruneAction.ListFilesystems() -> new PruneEvent.Listed(list());
        case PruneAction.Plan plan -> plan(plan.filesystem());
        case PruneAction.Destroy destroy -> destroy(destroy);
      };
    } catch (OperationException e) {
      return failed(action, PruneFailure.of(e));
    } catch (InterruptedException e) {
      return failed(action, PruneFailure.of("interrupted"));
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("defect in the program while pruning");
      return failed(action, PruneFailure.of("defect in the program: " + e));
    }
  }

  private PruneEvent plan(DatasetPath filesystem) throws OperationException, InterruptedException {
    List<FilesystemVersion> versions;
    try {
      versions = subject.target().endpoint().listVersions(filesystem);
    } catch (OperationException e) {
      return new PruneEvent.Failed(filesystem, PruneFailure.ofTarget(subject.side(), e));
    }
    FilesystemPlan plan = planner.plan(filesystem, versions);
    return heap.isScarce()
        ? new PruneEvent.Failed(filesystem, tooMuch(plan))
        : new PruneEvent.Planned(filesystem, plan);
  }

  /** The plans of all filesystems are held until the next run. */
  private PruneFailure tooMuch(FilesystemPlan plan) {
    return new PruneFailure(
        "the memory of %d MiB that this program may use is not enough for the plans of all filesystems; this one has %d snapshots"
            .formatted(heap.size() >> 20, plan.verdicts().size()),
        Optional.of("give it a larger heap (ZREPL_JAVA_OPTS=-Xmx...), or let the job cover less"),
        false,
        PruneFailure.Reach.EVERYTHING);
  }

  private PruneEvent destroy(PruneAction.Destroy destroy) throws InterruptedException {
    DatasetPath filesystem = destroy.filesystem();
    List<Snapshot> snapshots = List.copyOf(destroy.snapshots());
    try {
      List<DestroyResult> results =
          subject.target().endpoint().destroySnapshots(filesystem, snapshots);
      return new PruneEvent.Destroyed(
          filesystem, withHolders(filesystem, DestroyOutcomes.of(snapshots, results)));
    } catch (OperationException e) {
      return new PruneEvent.Failed(filesystem, PruneFailure.ofTarget(subject.side(), e));
    }
  }

  private DestroyOutcomes withHolders(DatasetPath filesystem, DestroyOutcomes outcomes)
      throws InterruptedException {
    List<String> held =
        outcomes.inUse().stream()
            .filter(result -> result.error().map(DestroyOutcomes::saysHeld).orElse(false))
            .map(DestroyResult::snapshotName)
            .toList();
    if (held.isEmpty()) {
      return outcomes;
    }
    Map<String, List<String>> tags = planner.tags(filesystem, held);
    return outcomes.explained(result ->
        new DestroyResult(
            result.snapshotName(),
            result
                .error()
                .map(words ->
                    words
                        + HolderNames.text(tags.getOrDefault(result.snapshotName(), List.of())))));
  }

  private static PruneEvent failed(PruneAction action, PruneFailure failure) {
    return switch (action) {
      case PruneAction.ListFilesystems() -> new PruneEvent.ListingFailed(failure);
      case PruneAction.Plan plan -> new PruneEvent.Failed(plan.filesystem(), failure);
      case PruneAction.Destroy destroy -> new PruneEvent.Failed(destroy.filesystem(), failure);
    };
  }

  private Map<DatasetPath, Optional<SkipReason>> list()
      throws OperationException, InterruptedException {
    // The sender first: without its list no receiver may be pruned.
    Optional<Set<DatasetPath>> offered = Optional.empty();
    if (subject instanceof PruneSubject.OfReceiver receiver) {
      Set<DatasetPath> paths = new HashSet<>();
      receiver.sender().filesystems().forEach(entry -> paths.add(entry.path()));
      offered = Optional.of(paths);
    }
    Map<DatasetPath, Optional<SkipReason>> filesystems = new HashMap<>();
    List<DatasetPath> notOffered = new ArrayList<>();
    for (FilesystemEntry entry : subject.target().filesystems()) {
      Optional<SkipReason> skip = Optional.empty();
      if (entry.placeholder()) {
        skip = Optional.of(SkipReason.PLACEHOLDER);
      } else if (offered.isPresent() && !offered.get().contains(entry.path())) {
        skip = Optional.of(SkipReason.NO_CORRESPONDENCE);
        notOffered.add(entry.path());
      }
      filesystems.put(entry.path(), skip);
    }
    if (subject instanceof PruneSubject.OfReceiver receiver) {
      receiverOnly.findOut(receiver.receiver().endpoint(), notOffered);
    }
    return filesystems;
  }

  private void tell(PruneEvent event) {
    switch (event) {
      case PruneEvent.Listed listed ->
          log.atDebug().addKeyValue("filesystems", listed.filesystems().size()).log("planning");
      case PruneEvent.Planned planned -> told.plan(planned);
      case PruneEvent.Destroyed destroyed -> told.destroyed(destroyed);
      case PruneEvent.Failed failed ->
          told.failed(failed, stops.note(failed.filesystem(), failed.failure()));
      case PruneEvent.ListingFailed failed -> {} // told at the end of the run
      case PruneEvent.Cancelled() -> {}
    }
  }

  /** One of few words, whatever filesystem it is done for. */
  private static String phaseOf(PruneAction action) {
    return switch (action) {
      case PruneAction.ListFilesystems() -> "list";
      case PruneAction.Plan _ -> "plan";
      case PruneAction.Destroy _ -> "destroy";
    };
  }

  private static String nameOf(PruneAction action) {
    return switch (action) {
      case PruneAction.ListFilesystems() -> phaseOf(action);
      case PruneAction.Plan plan -> phaseOf(action) + " " + plan.filesystem();
      case PruneAction.Destroy destroy -> phaseOf(action) + " in " + destroy.filesystem();
    };
  }
}

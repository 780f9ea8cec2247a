package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.FilesystemPlanner;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.plan.PlanInput;
import io.zrepl.replicate.run.ReplicationAction.ExecuteStep;
import io.zrepl.replicate.run.ReplicationAction.PlanFilesystem;
import io.zrepl.replicate.run.ReplicationEvent.Listed;
import io.zrepl.replicate.run.ReplicationEvent.ListingFailed;
import io.zrepl.replicate.run.ReplicationEvent.Planned;
import io.zrepl.replicate.run.ReplicationEvent.PlanningFailed;
import io.zrepl.replicate.run.ReplicationEvent.StepCompleted;
import io.zrepl.replicate.run.ReplicationEvent.StepFailed;
import io.zrepl.replicate.run.ReplicationEvent.StepUnconfirmed;
import io.zrepl.replicate.run.VirtualRun.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * Performs the driver's actions on {@link FakePools} in virtual time. What is to fail is scripted
 * by key: "list sender", "plan PATH", "estimate PATH @snapshot", "PATH @snapshot" for a step,
 * "confirm PATH @snapshot", "answer PATH @snapshot" (of a receive) and "probe receiver". An action
 * of a key in {@code stalling} never ends by itself; one in {@code stubborn} not even when it is
 * cancelled.
 */
final class ScriptedWorld implements VirtualRun.World {
  final FakePools pools = new FakePools();
  final List<String> journal = new ArrayList<>();
  private final Map<String, List<Instant>> stepStarts = new HashMap<>();
  InitialReplication policy = InitialReplication.ALL;
  Duration listingTime = Duration.ZERO;
  Duration planningTime = Duration.ZERO;
  Function<DatasetPath, Duration> stepTime = path -> Duration.ofSeconds(1);
  int listings;
  int running;
  int mostRunning;
  int planning;
  int mostPlanning;
  int estimating;
  int mostEstimating;
  Duration estimateTime = Duration.ZERO;
  Function<String, OptionalLong> estimates = key -> OptionalLong.of(100);
  final List<String> estimated = new ArrayList<>();
  final List<String> cancelled = new ArrayList<>();
  final List<Instant> probes = new ArrayList<>();
  final Set<String> stalling = new HashSet<>();
  final Set<String> stubborn = new HashSet<>();

  private final Map<String, Deque<Failure>> failures = new HashMap<>();
  private final Map<String, Deque<Runnable>> happenings = new HashMap<>();

  /** Makes the next action of that key fail; repeated calls fail the following ones. */
  ScriptedWorld fail(String key, Failure failure) {
    failures.computeIfAbsent(key, k -> new ArrayDeque<>()).add(failure);
    return this;
  }

  /** Lets something happen when the next action of that key ends. */
  ScriptedWorld when(String key, Runnable happening) {
    happenings.computeIfAbsent(key, k -> new ArrayDeque<>()).add(happening);
    return this;
  }

  @Override
  public List<Answer> perform(ReplicationAction action, Instant now) {
    return switch (action) {
      case ReplicationAction.ListFilesystems(int number) -> {
        listings++;
        yield List.of(listing(Side.SENDER, number), listing(Side.RECEIVER, number));
      }
      case PlanFilesystem plan -> {
        mostPlanning = Math.max(mostPlanning, ++planning);
        yield List.of(new Answer("plan " + plan.filesystem(), planningTime, () -> plan(plan)));
      }
      case ReplicationAction.EstimateStep estimate -> {
        mostEstimating = Math.max(mostEstimating, ++estimating);
        estimated.add(estimate.filesystem() + " " + target(estimate.progress()));
        yield List.of(
            new Answer(
                key("estimate ", estimate.filesystem(), estimate.progress()),
                estimateTime,
                () -> estimate(estimate)));
      }
      case ReplicationAction.Probe(int number) -> {
        probes.add(now);
        yield List.of(probe(Side.SENDER, number), probe(Side.RECEIVER, number));
      }
      case ReplicationAction.Cancel cancel -> {
        cancelled.add(
            cancel.activity().phase()
                + cancel.activity().filesystem().map(path -> " of " + path).orElse(""));
        yield List.of();
      }
      case ExecuteStep step -> {
        mostRunning = Math.max(mostRunning, ++running);
        journal.add("start " + describe(step));
        stepStarts
            .computeIfAbsent(step.progress().step().to().relativeName(), k -> new ArrayList<>())
            .add(now);
        yield List.of(
            new Answer(
                key("", step.filesystem(), step.progress()),
                stepTime.apply(step.filesystem()),
                () -> execute(step)));
      }
    };
  }

  private Answer listing(Side side, int number) {
    return new Answer(
        "list " + side.text(),
        listingTime,
        () -> {
          Optional<Failure> failure = outcome("list " + side.text());
          return failure.isPresent()
              ? new ListingFailed(side, number, failure.get())
              : new Listed(side, number, pools.list(side));
        });
  }

  private static String target(StepProgress progress) {
    return progress.step().to().relativeName();
  }

  private static String key(String word, DatasetPath filesystem, StepProgress progress) {
    return word + filesystem + " " + target(progress);
  }

  private Answer probe(Side side, int number) {
    return new Answer(
        "probe " + side.text(),
        Duration.ofMillis(100),
        () ->
            outcome("probe " + side.text())
                .<ReplicationEvent>map(
                    failure -> new ReplicationEvent.Unreached(side, number, failure))
                .orElseGet(() -> new ReplicationEvent.Reached(side, number)));
  }

  private ReplicationEvent estimate(ReplicationAction.EstimateStep action) {
    estimating--;
    String key = key("estimate ", action.filesystem(), action.progress());
    return outcome(key)
        .<ReplicationEvent>map(failure ->
            new ReplicationEvent.EstimateFailed(action.filesystem(), action.progress(), failure))
        .orElseGet(() ->
            new ReplicationEvent.Estimated(
                action.filesystem(), action.progress(), estimates.apply(key)));
  }

  @Override
  public boolean stalls(String key) {
    return stalling.contains(key);
  }

  @Override
  public boolean isStubborn(String key) {
    return stubborn.contains(key);
  }

  @Override
  public void cancelled(Activity activity) {
    switch (activity) {
      case Activity.Planning _ -> planning--;
      case Activity.Estimating _ -> estimating--;
      case Activity.Stepping _ -> running--;
      case Activity.Listing _, Activity.Probing _ -> {}
    }
  }

  private ReplicationEvent plan(PlanFilesystem action) {
    planning--;
    Optional<Failure> failure = outcome("plan " + action.filesystem());
    if (failure.isPresent()) {
      return new PlanningFailed(action.filesystem(), failure.get());
    }
    FilesystemPlan plan = planNow(pools, policy, action);
    return new Planned(action.filesystem(), plan);
  }

  static FilesystemPlan planNow(FakePools pools, InitialReplication policy, PlanFilesystem action) {
    FakePools.Filesystem filesystem = pools.get(action.filesystem());
    PartialState partial =
        action
            .receiver()
            .flatMap(entry -> entry.resumeToken())
            .map(token ->
                action
                    .unusableToken()
                    .<PartialState>map(PartialState.Unusable::new)
                    .orElseGet(() -> FakePools.decode(token)))
            .orElseGet(PartialState.None::new);
    PlanInput input =
        new PlanInput(
            action.sender(),
            action.receiver(),
            filesystem.onSender,
            filesystem.onReceiver,
            partial);
    FilesystemPlanner planner = new FilesystemPlanner(policy);
    return action
        .limit()
        .map(limit -> planner.planAgain(input, limit))
        .orElseGet(() -> planner.plan(input));
  }

  private ReplicationEvent execute(ExecuteStep action) {
    running--;
    String key = action.filesystem() + " " + action.progress().step().to().relativeName();
    FakePools.Filesystem filesystem = pools.get(action.filesystem());
    if (!action.progress().confirmOnly()) {
      Optional<Failure> failure = outcome(key);
      if (failure.isPresent()) {
        journal.add("fail " + describe(action));
        return new StepFailed(action.filesystem(), failure.get());
      }
      filesystem.receive(action.progress().step());
      Optional<Failure> lost = outcome("answer " + key);
      if (lost.isPresent()) {
        journal.add("lost " + describe(action));
        return new StepFailed(action.filesystem(), lost.get());
      }
      action.progress().addBytes(100);
    }
    Optional<Failure> unconfirmed = outcome("confirm " + key);
    if (unconfirmed.isPresent()) {
      journal.add("unconfirmed " + describe(action));
      return new StepUnconfirmed(action.filesystem(), unconfirmed.get());
    }
    journal.add("end " + describe(action));
    return new StepCompleted(action.filesystem());
  }

  private Optional<Failure> outcome(String key) {
    Deque<Runnable> happening = happenings.get(key);
    if (happening != null && !happening.isEmpty()) {
      happening.remove().run();
    }
    Deque<Failure> scripted = failures.get(key);
    return scripted == null ? Optional.empty() : Optional.ofNullable(scripted.poll());
  }

  private static String describe(ExecuteStep action) {
    return action.filesystem()
        + " "
        + action.progress().step().describe()
        + (action.progress().step().resumeToken().isPresent() ? " resumed" : "")
        + (action.progress().confirmOnly() ? " (confirm)" : "");
  }

  /** When the steps to a snapshot began. */
  List<Instant> startsOf(String snapshot) {
    return stepStarts.getOrDefault(snapshot, List.of());
  }

  /** The lines of the journal that begin with a word, without it. */
  List<String> journal(String word) {
    return journal.stream()
        .filter(line -> line.startsWith(word + " "))
        .map(line -> line.substring(word.length() + 1))
        .toList();
  }
}

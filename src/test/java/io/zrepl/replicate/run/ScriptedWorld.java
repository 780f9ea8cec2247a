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
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Performs the driver's actions on {@link FakePools} in virtual time. What is to fail is scripted
 * by key: "list sender", "plan PATH", "PATH @snapshot" for a step and "confirm PATH @snapshot".
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
      case ReplicationAction.ListFilesystems list -> {
        listings++;
        yield List.of(listing(Side.SENDER), listing(Side.RECEIVER));
      }
      case PlanFilesystem plan -> {
        mostPlanning = Math.max(mostPlanning, ++planning);
        yield List.of(new Answer(planningTime, () -> plan(plan)));
      }
      case ExecuteStep step -> {
        mostRunning = Math.max(mostRunning, ++running);
        journal.add("start " + describe(step));
        stepStarts
            .computeIfAbsent(step.progress().step().to().relativeName(), k -> new ArrayList<>())
            .add(now);
        yield List.of(new Answer(stepTime.apply(step.filesystem()), () -> execute(step)));
      }
    };
  }

  private Answer listing(Side side) {
    return new Answer(
        listingTime,
        () -> {
          Optional<Failure> failure = outcome("list " + side.text());
          return failure.isPresent()
              ? new ListingFailed(side, failure.get())
              : new Listed(side, pools.list(side));
        });
  }

  private ReplicationEvent plan(PlanFilesystem action) {
    planning--;
    Optional<Failure> failure = outcome("plan " + action.filesystem());
    if (failure.isPresent()) {
      return new PlanningFailed(action.filesystem(), failure.get());
    }
    FilesystemPlan plan = planNow(pools, policy, action);
    int steps = plan instanceof FilesystemPlan.Steps planned ? planned.steps().size() : 0;
    return new Planned(action.filesystem(), plan, Collections.nCopies(steps, OptionalLong.of(100)));
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
      action.progress().bytes().add(100);
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

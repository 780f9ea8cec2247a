package io.zrepl.snapshot.hook;

import io.zrepl.snapshot.hook.HookStep.Edge;
import io.zrepl.snapshot.hook.HookStep.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How far a snapshot with hooks around it is: the hooks in their order, the snapshot, the hooks in
 * the opposite order. Immutable; {@link #ended} is the transition function:
 *
 * <table>
 * <caption>What the end of a step means for the others</caption>
 * <tr><th>step</th><th>how it ended</th><th>consequence</th></tr>
 * <tr><td>hook before</td><td>done</td><td>none</td></tr>
 * <tr><td>hook before</td><td>failed</td><td>the same hook is left out after the snapshot</td></tr>
 * <tr><td>hook before</td><td>failed, and is fatal</td><td>all later hooks and the snapshot are left
 *     out; this hook is, too, after it</td></tr>
 * <tr><td>hook before</td><td>cancelled</td><td>all later hooks and the snapshot are left out; this
 *     hook runs after it: it may have done its work in part</td></tr>
 * <tr><td>snapshot</td><td>any</td><td>none</td></tr>
 * <tr><td>hook after</td><td>any</td><td>none</td></tr>
 * </table>
 *
 * <p>If the end of the work is wanted between two steps, hooks before the snapshot that have not
 * begun are left out, before and after it, and so is the snapshot.
 *
 * <p>So every hook that ran before the snapshot and did not fail runs after it, whatever happens.
 *
 * @param steps in the order in which they are done
 */
public record Bracket(List<HookStep> steps) {
  /** Copies the list. */
  public Bracket {
    steps = List.copyOf(steps);
  }

  /** How a step ended. */
  enum End {
    DONE,
    FAILED,
    /** Failed, so that no snapshot may be taken. */
    FAILED_FATALLY,
    /** Somebody wants the work to end. */
    CANCELLED
  }

  /** Nothing has begun yet. */
  static Bracket of(List<NumberedHook> hooks) {
    List<HookStep> steps = new ArrayList<>();
    for (NumberedHook hook : hooks) {
      steps.add(HookStep.pending(Edge.BEFORE, hook.number(), hook.toString()));
    }
    steps.add(HookStep.pending(Edge.SNAPSHOT, 0, "snapshot"));
    for (NumberedHook hook : hooks.reversed()) {
      steps.add(HookStep.pending(Edge.AFTER, hook.number(), hook.toString()));
    }
    return new Bracket(steps);
  }

  /** The step to do next; empty if none is left. To be asked while none runs. */
  OptionalInt next() {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).status() == Status.PENDING) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  Bracket started(int index, Instant now) {
    List<HookStep> changed = new ArrayList<>(steps);
    changed.set(index, steps.get(index).started(now));
    return new Bracket(changed);
  }

  Bracket ended(int index, End end, Instant now, String text) {
    List<HookStep> changed = new ArrayList<>(steps);
    HookStep step = steps.get(index);
    changed.set(index, step.ended(end == End.DONE ? Status.OK : Status.ERROR, now, text));
    if (step.edge() == Edge.BEFORE) {
      int same = steps.size() - 1 - index; // the list is symmetrical
      switch (end) {
        case DONE -> {}
        case FAILED ->
            changed.set(same, changed.get(same).skipped(Status.SKIPPED_DUE_TO_PRE_ERROR));
        case FAILED_FATALLY -> skip(changed, index + 1, same);
        case CANCELLED -> skip(changed, index + 1, same - 1);
      }
    }
    return new Bracket(changed);
  }

  /** Nothing more may begin: leaves out all but what ends what was begun. */
  Bracket abandoned() {
    List<HookStep> changed = new ArrayList<>(steps);
    OptionalInt next = next();
    if (next.isPresent() && steps.get(next.getAsInt()).edge() != Edge.AFTER) {
      skip(changed, next.getAsInt(), steps.size() - 1 - next.getAsInt());
    }
    return new Bracket(changed);
  }

  private static void skip(List<HookStep> steps, int first, int last) {
    for (int i = first; i <= last; i++) {
      steps.set(i, steps.get(i).skipped(Status.SKIPPED_DUE_TO_FATAL_ERROR));
    }
  }

  /** Whether a hook failed. */
  public boolean hookFailed() {
    return steps.stream()
        .anyMatch(step -> step.edge() != Edge.SNAPSHOT && step.status() == Status.ERROR);
  }

  /** The failures of hooks in words, one after the other; empty if there were none. */
  public Optional<String> failures() {
    List<String> failures =
        steps.stream()
            .filter(step -> step.edge() != Edge.SNAPSHOT && step.status() == Status.ERROR)
            .map(step ->
                "%s, %s: %s"
                    .formatted(
                        step.what(),
                        step.edge().word(),
                        step.text().lines().findFirst().orElse("")))
            .toList();
    return failures.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", failures));
  }

  /** Why there is no snapshot; empty if there is one, or it is still to come. */
  public Optional<String> snapshotFailure() {
    return steps.stream()
        .filter(step -> step.edge() == Edge.SNAPSHOT)
        .findFirst()
        .flatMap(step ->
            switch (step.status()) {
              case SKIPPED_DUE_TO_FATAL_ERROR, SKIPPED_DUE_TO_PRE_ERROR ->
                  Optional.of("a hook failed without which no snapshot is taken");
              case ERROR -> Optional.of(step.text());
              case PENDING, EXECUTING, OK -> Optional.empty();
            });
  }

  /** For people: a line for each step, and below it what it has to tell. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      HookStep step = steps.get(i);
      text.append(
          "%s%2d  %-8s %-7s %-13s %s"
              .formatted(
                  i == 0 ? "" : "\n",
                  i + 1,
                  step.status().word(),
                  duration(step),
                  step.edge().word(),
                  step.edge() == Edge.SNAPSHOT ? "" : step.what())
              .stripTrailing());
      step.text().lines().forEach(line -> text.append("\n      ").append(line));
    }
    return text.toString();
  }

  private static String duration(HookStep step) {
    if (step.startedAt().isEmpty() || step.endedAt().isEmpty()) {
      return "...";
    }
    Duration duration = Duration.between(step.startedAt().get(), step.endedAt().get());
    return duration.toSeconds() == 0
        ? duration.toMillis() + "ms"
        : "%d.%ds".formatted(duration.toSeconds(), duration.toMillisPart() / 100);
  }
}

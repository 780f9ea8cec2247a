package io.zrepl.replicate.run;

import io.zrepl.replicate.report.ReconnectReport;
import io.zrepl.replicate.report.ReportedError;
import io.zrepl.replicate.run.ReplicationAction.Cancel;
import io.zrepl.replicate.run.ReplicationAction.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Waits until both sides can be reached again, between two attempts.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>state</th><th>event</th><th>next state</th><th>actions</th></tr>
 * <tr><td>waiting</td><td>the time of the next probe, or woken up</td><td>probing</td><td>probe both
 *     sides</td></tr>
 * <tr><td>waiting</td><td>the limit</td><td>given up</td><td></td></tr>
 * <tr><td>probing</td><td>both reached</td><td>connected</td><td></td></tr>
 * <tr><td>probing</td><td>both answered, one not reached, may pass</td><td>waiting, not at all if
 *     woken up meanwhile</td><td></td></tr>
 * <tr><td>probing</td><td>both answered, one not reached for good</td><td>given up</td><td></td>
 *     </tr>
 * <tr><td>probing</td><td>the limit</td><td>probing, given up when both have answered</td><td>cancel
 *     the probes</td></tr>
 * </table>
 *
 * <p>Refused, reset and closed connections may all pass. One owner thread.
 */
final class Reconnection {
  private static final RetryPolicy PROBES =
      new RetryPolicy(Integer.MAX_VALUE, Duration.ofSeconds(1), Duration.ofSeconds(10));

  /** Where it stands. */
  enum State {
    WAITING,
    PROBING,
    CONNECTED,
    GIVEN_UP
  }

  private final RandomGenerator random;
  private final IntSupplier numbers;
  private final Instant since;
  private final Instant until;
  private State state = State.WAITING;
  private Instant nextProbe;
  private boolean wokenUp;
  private boolean overdue;
  private int failedProbes;
  private int probe;
  private final Set<Side> asked = EnumSet.noneOf(Side.class);
  private final Map<Side, Failure> unreached = new EnumMap<>(Side.class);
  private @Nullable ReportedError error;

  /**
   * Begins to wait.
   *
   * @param firstProbe not before this
   * @param limit for how long to try, from the first probe on
   * @param numbers gives each probe of the run another number
   */
  Reconnection(
      Instant now,
      Instant firstProbe,
      Duration limit,
      RandomGenerator random,
      IntSupplier numbers) {
    this.random = random;
    this.numbers = numbers;
    this.since = now;
    this.nextProbe = firstProbe;
    this.until = firstProbe.plus(limit);
  }

  /** Takes an event and tells what is to be done now. */
  List<ReplicationAction> on(ReplicationEvent event, Instant now) {
    switch (event) {
      case ReplicationEvent.Reached reached -> answered(reached.side(), now);
      case ReplicationEvent.Unreached failed -> {
        unreached.put(failed.side(), failed.failure());
        answered(failed.side(), now);
      }
      case ReplicationEvent.WokenUp woken -> {
        wokenUp = state == State.PROBING;
        nextProbe = now;
      }
      default -> {}
    }
    return advance(now);
  }

  private List<ReplicationAction> advance(Instant now) {
    if (state == State.WAITING && !now.isBefore(until)) {
      state = State.GIVEN_UP;
    }
    if (state == State.WAITING && !now.isBefore(nextProbe)) {
      state = State.PROBING;
      unreached.clear();
      asked.addAll(EnumSet.allOf(Side.class));
      probe = numbers.getAsInt();
      return List.of(new Probe(probe));
    }
    if (state == State.PROBING && !overdue && !now.isBefore(until)) {
      overdue = true;
      return asked.stream()
          .<ReplicationAction>map(
              side -> new Cancel(new Activity.Probing(side, probe), Optional.empty()))
          .toList();
    }
    return List.of();
  }

  private void answered(Side side, Instant now) {
    asked.remove(side);
    if (!asked.isEmpty()) {
      return;
    }
    if (unreached.isEmpty()) {
      error = null;
      state = State.CONNECTED;
      return;
    }
    boolean mayPass = unreached.values().stream().allMatch(Failure::temporary);
    error = new ReportedError(message(), advice(), mayPass, now);
    failedProbes++;
    nextProbe = wokenUp ? now : now.plus(PROBES.delay(failedProbes, random));
    wokenUp = false;
    state = mayPass && !overdue ? State.WAITING : State.GIVEN_UP;
  }

  private String message() {
    String reasons =
        unreached.values().stream()
            .map(Failure::message)
            .distinct()
            .collect(Collectors.joining("; "));
    return unreached.size() == Side.values().length
        ? "sender and receiver are not reachable: " + reasons
        : unreached.keySet().iterator().next().text() + " is not reachable: " + reasons;
  }

  private Optional<String> advice() {
    return unreached.values().stream().flatMap(failure -> failure.advice().stream()).findFirst();
  }

  State state() {
    return state;
  }

  /** When it must be given a {@link ReplicationEvent.TimePassed}. */
  Optional<Instant> deadline() {
    return switch (state) {
      case WAITING -> Optional.of(nextProbe.isBefore(until) ? nextProbe : until);
      case PROBING -> overdue ? Optional.empty() : Optional.of(until);
      case CONNECTED, GIVEN_UP -> Optional.empty();
    };
  }

  /** What it looks like now. */
  ReconnectReport report() {
    return new ReconnectReport(since, until, Optional.ofNullable(error));
  }
}

package io.zrepl.prune;

import io.zrepl.model.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What would exist at which date, if snapshots were taken by a schedule and the rules applied after
 * each of them. Pure: nothing but the arguments decides.
 *
 * <p>The same decisions as {@link KeepRules}, arranged for many rounds: the regular expressions are
 * asked once for each snapshot instead of once in each round. Every snapshot counts as replicated
 * as soon as the next one exists.
 */
public final class RetentionSimulation {
  /** A policy that lets more exist at once is slow to simulate, and certainly a mistake. */
  private static final int MOST_AT_ONCE = 50_000;

  private static final Comparator<Entry> OLDEST_FIRST =
      Comparator.comparing(Entry::creation).thenComparing(entry -> entry.snapshot.name());

  private static final Comparator<Entry> LOWER_TXG_FIRST =
      Comparator.comparing((Entry entry) -> entry.snapshot.createTxg())
          .thenComparing(entry -> entry.snapshot.name());

  private final List<KeepRule> rules;
  // Oldest first.
  private final List<Entry> existing = new ArrayList<>();

  private RetentionSimulation(List<KeepRule> rules) {
    this.rules = List.copyOf(rules);
  }

  /**
   * A snapshot that exists at some date.
   *
   * @param keptBy the numbers of the rules that keep it, from 1; empty if there are no rules
   */
  public record Kept(Snapshot snapshot, Set<Integer> keptBy) {
    /** Copies the set. */
    public Kept {
      keptBy = Set.copyOf(keptBy);
    }
  }

  /** More snapshots would exist at once than can be simulated. */
  public static final class TooManyException extends Exception {
    private static final long serialVersionUID = 1L;

    TooManyException(Instant when) {
      super("more than %d snapshots would exist on %s".formatted(MOST_AT_ONCE, when));
    }
  }

  /** One snapshot with what the rules say about its name. Equal only to itself. */
  private static final class Entry {
    private final Snapshot snapshot;
    private final BitSet matches;

    Entry(Snapshot snapshot, BitSet matches) {
      this.snapshot = snapshot;
      this.matches = matches;
    }

    Instant creation() {
      return snapshot.creation();
    }
  }

  /**
   * Simulates.
   *
   * @param rules the policy; without rules nothing goes
   * @param before what exists before the first snapshot of the schedule, in any order
   * @param schedule snapshots to take, oldest first, none older than those before
   * @param dates when to look
   * @return what exists at each of the dates, oldest first
   * @throws TooManyException if the policy lets too many pile up
   * @throws InterruptedException if the calling thread is interrupted
   */
  public static Map<Instant, List<Kept>> run(
      List<KeepRule> rules, List<Snapshot> before, Iterable<Snapshot> schedule, Set<Instant> dates)
      throws TooManyException, InterruptedException {
    RetentionSimulation simulation = new RetentionSimulation(rules);
    before.stream().map(simulation::entry).sorted(OLDEST_FIRST).forEach(simulation.existing::add);
    Map<Instant, List<Kept>> seen = new TreeMap<>();
    Iterator<Instant> looks = new TreeSet<>(dates).iterator();
    Iterator<Snapshot> taken = schedule.iterator();
    Snapshot next = taken.hasNext() ? taken.next() : null;
    while (looks.hasNext()) {
      Instant look = looks.next();
      while (next != null && !next.creation().isAfter(look)) {
        simulation.take(next);
        next = taken.hasNext() ? taken.next() : null;
      }
      simulation.prune();
      seen.put(look, simulation.kept());
    }
    return seen;
  }

  private Entry entry(Snapshot snapshot) {
    BitSet matches = new BitSet();
    for (int i = 0; i < rules.size(); i++) {
      matches.set(i, matches(rules.get(i), snapshot.name()));
    }
    return new Entry(snapshot, matches);
  }

  private static boolean matches(KeepRule rule, String name) {
    return switch (rule) {
      case KeepRule.NotReplicated _ -> true;
      case KeepRule.LastN r -> r.regex().map(regex -> regex.matcher(name).find()).orElse(true);
      case KeepRule.Regex r -> r.regex().matcher(name).find() != r.negate();
      case KeepRule.Grid r -> r.regex().matcher(name).find();
    };
  }

  private void take(Snapshot snapshot) throws TooManyException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    existing.add(entry(snapshot));
    if (existing.size() > 1
        && OLDEST_FIRST.compare(existing.get(existing.size() - 2), existing.getLast()) > 0) {
      existing.sort(OLDEST_FIRST);
    }
    prune();
    if (existing.size() > MOST_AT_ONCE) {
      throw new TooManyException(snapshot.creation());
    }
  }

  private void prune() {
    if (rules.isEmpty()) {
      return;
    }
    Map<Entry, BitSet> kept = judge();
    existing.removeIf(entry -> !kept.containsKey(entry));
  }

  private List<Kept> kept() {
    Map<Entry, BitSet> judged = judge();
    List<Kept> result = new ArrayList<>();
    for (Entry entry : existing) {
      Set<Integer> numbers = new TreeSet<>();
      judged.getOrDefault(entry, new BitSet()).stream().forEach(i -> numbers.add(i + 1));
      result.add(new Kept(entry.snapshot, numbers));
    }
    return result;
  }

  private Map<Entry, BitSet> judge() {
    Map<Entry, BitSet> kept = new HashMap<>();
    for (int i = 0; i < rules.size(); i++) {
      int rule = i;
      for (Entry entry : keptBy(i)) {
        kept.computeIfAbsent(entry, _ -> new BitSet()).set(rule);
      }
    }
    return kept;
  }

  private Iterable<Entry> keptBy(int index) {
    return switch (rules.get(index)) {
      case KeepRule.NotReplicated _ -> existing.isEmpty() ? List.of() : List.of(existing.getLast());
      case KeepRule.Regex _ -> matching(index);
      case KeepRule.LastN r -> {
        List<Entry> matching = matching(index);
        yield matching.subList(Math.max(0, matching.size() - r.count()), matching.size());
      }
      case KeepRule.Grid r -> {
        List<Entry> matching = matching(index);
        yield matching.isEmpty()
            ? matching
            : r.grid()
                .keep(matching.getLast().creation(), matching, Entry::creation, LOWER_TXG_FIRST)
                .keySet();
      }
    };
  }

  private List<Entry> matching(int index) {
    List<Entry> matching = new ArrayList<>(existing.size());
    for (Entry entry : existing) {
      if (entry.matches.get(index)) {
        matching.add(entry);
      }
    }
    return matching;
  }
}

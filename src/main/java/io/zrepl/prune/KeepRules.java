package io.zrepl.prune;

import com.google.re2j.Pattern;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Applies rules to the snapshots of one filesystem. A snapshot is kept if any rule keeps it; if
 * there is no rule, all are. Pure; the order of the snapshots plays no role.
 */
public final class KeepRules {
  /** Decides between snapshots of the same second, so that the result never depends on order. */
  private static final Comparator<PruneCandidate> LOWER_TXG_FIRST =
      Comparator.comparing((PruneCandidate candidate) -> candidate.snapshot().createTxg())
          .thenComparing(candidate -> candidate.snapshot().name());

  static final Comparator<PruneCandidate> NEWEST_FIRST =
      Comparator.comparing(KeepRules::creation)
          .thenComparing(candidate -> candidate.snapshot().name())
          .reversed();

  private KeepRules() {}

  /**
   * Judges the snapshots of one filesystem.
   *
   * @return one verdict for each, in the order given
   */
  public static List<KeepVerdict> evaluate(List<KeepRule> rules, List<PruneCandidate> candidates) {
    Map<PruneCandidate, List<KeepReason>> reasons = new HashMap<>();
    int number = 0;
    for (KeepRule rule : rules) {
      number++;
      keptBy(rule, number, candidates)
          .forEach((candidate, reason) ->
              reasons.computeIfAbsent(candidate, c -> new ArrayList<>()).add(reason));
    }
    List<KeepReason> withoutRules = List.of(new KeepReason.NoRules());
    // Few lists differ, and a report keeps one for each snapshot: equal ones are shared.
    Map<List<KeepReason>, List<KeepReason>> shared = new HashMap<>();
    List<KeepVerdict> verdicts = new ArrayList<>();
    for (PruneCandidate candidate : candidates) {
      List<KeepReason> own =
          rules.isEmpty() ? withoutRules : reasons.getOrDefault(candidate, List.of());
      verdicts.add(
          new KeepVerdict(candidate, shared.computeIfAbsent(List.copyOf(own), list -> list)));
    }
    return verdicts;
  }

  private static Map<PruneCandidate, KeepReason> keptBy(
      KeepRule rule, int number, List<PruneCandidate> candidates) {
    return switch (rule) {
      case KeepRule.NotReplicated r ->
          all(r, number, select(candidates, candidate -> !candidate.replicated()));
      case KeepRule.Regex r ->
          all(
              r,
              number,
              select(candidates, candidate -> matches(r.regex(), candidate) != r.negate()));
      case KeepRule.LastN r -> all(r, number, newest(r, candidates));
      case KeepRule.Grid r -> keptByGrid(r, number, candidates);
    };
  }

  private static List<PruneCandidate> newest(KeepRule.LastN rule, List<PruneCandidate> candidates) {
    return candidates.stream()
        .filter(candidate -> rule.regex().map(regex -> matches(regex, candidate)).orElse(true))
        .sorted(NEWEST_FIRST)
        .limit(rule.count())
        .toList();
  }

  private static Map<PruneCandidate, KeepReason> keptByGrid(
      KeepRule.Grid rule, int number, List<PruneCandidate> candidates) {
    List<PruneCandidate> matching =
        select(candidates, candidate -> matches(rule.regex(), candidate));
    Map<PruneCandidate, KeepReason> kept = new HashMap<>();
    if (matching.isEmpty()) {
      return kept;
    }
    // The grid begins at the youngest snapshot, not at the present: a filesystem that gets no new
    // snapshots keeps what it has.
    Instant now =
        matching.stream()
            .map(KeepRules::creation)
            .max(Comparator.naturalOrder())
            .orElse(Instant.MIN);
    Map<Integer, KeepReason> reasonOfBucket = new HashMap<>();
    rule.grid()
        .keep(now, matching, KeepRules::creation, LOWER_TXG_FIRST)
        .forEach((candidate, bucket) ->
            kept.put(
                candidate,
                reasonOfBucket.computeIfAbsent(bucket, b -> bucketReason(rule, number, b))));
    return kept;
  }

  private static KeepReason bucketReason(KeepRule.Grid rule, int number, int index) {
    if (index == RetentionGrid.BEFORE_FIRST) {
      return new KeepReason.ByRule(number, rule.description() + ": younger than the grid");
    }
    return new KeepReason.ByRule(
        number,
        "%s: %s, kept: %s"
            .formatted(
                rule.description(),
                rule.grid().describe(index),
                rule.grid().buckets().get(index).kept()));
  }

  private static Map<PruneCandidate, KeepReason> all(
      KeepRule rule, int number, List<PruneCandidate> candidates) {
    KeepReason reason = new KeepReason.ByRule(number, rule.description());
    Map<PruneCandidate, KeepReason> kept = new HashMap<>();
    candidates.forEach(candidate -> kept.put(candidate, reason));
    return kept;
  }

  private static List<PruneCandidate> select(
      List<PruneCandidate> candidates, Predicate<PruneCandidate> condition) {
    return candidates.stream().filter(condition).toList();
  }

  static boolean matches(Pattern regex, PruneCandidate candidate) {
    return regex.matcher(candidate.snapshot().name()).find();
  }

  private static Instant creation(PruneCandidate candidate) {
    return candidate.snapshot().creation();
  }
}

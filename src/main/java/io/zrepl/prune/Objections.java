package io.zrepl.prune;

import com.google.re2j.Pattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Why rules do not keep a snapshot, for people who want to know before it is destroyed. Pure. To be
 * asked only about snapshots that {@link KeepRules} does not keep.
 */
final class Objections {
  private final List<KeepRule> rules;
  private final List<PruneCandidate> candidates;
  // Of each rule: the snapshots that its regex selects, newest first, and the rank of each.
  private final Map<KeepRule, List<PruneCandidate>> matching = new HashMap<>();
  private final Map<KeepRule, Map<PruneCandidate, Integer>> ranks = new HashMap<>();

  Objections(List<KeepRule> rules, List<PruneCandidate> candidates) {
    this.rules = rules;
    this.candidates = candidates;
  }

  /** One text for each rule, in their order: which rule, and why it does not keep the snapshot. */
  List<String> against(PruneCandidate candidate) {
    List<String> texts = new ArrayList<>();
    for (KeepRule rule : rules) {
      texts.add(rule.description() + ": " + against(rule, candidate));
    }
    return texts;
  }

  private String against(KeepRule rule, PruneCandidate candidate) {
    return switch (rule) {
      case KeepRule.NotReplicated _ -> "it is replicated";
      case KeepRule.Regex r -> r.negate() ? "its name matches" : "its name does not match";
      case KeepRule.LastN r -> {
        Integer rank = rank(r, r.regex()).get(candidate);
        yield rank == null ? "its name does not match" : "it is number %d".formatted(rank + 1);
      }
      case KeepRule.Grid r ->
          KeepRules.matches(r.regex(), candidate)
              ? against(r, candidate)
              : "its name does not match";
    };
  }

  private String against(KeepRule.Grid rule, PruneCandidate candidate) {
    Instant now = matching(rule, Optional.of(rule.regex())).getFirst().snapshot().creation();
    int bucket = rule.grid().bucketOf(Duration.between(candidate.snapshot().creation(), now));
    return bucket == rule.grid().buckets().size()
        ? "it is older than the last bucket"
        : "%s, not kept: only the %s"
            .formatted(rule.grid().describe(bucket), rule.grid().buckets().get(bucket).kept());
  }

  private List<PruneCandidate> matching(KeepRule rule, Optional<Pattern> regex) {
    return matching.computeIfAbsent(
        rule,
        _ ->
            candidates.stream()
                .filter(c -> regex.map(pattern -> KeepRules.matches(pattern, c)).orElse(true))
                .sorted(KeepRules.NEWEST_FIRST)
                .toList());
  }

  private Map<PruneCandidate, Integer> rank(KeepRule rule, Optional<Pattern> regex) {
    List<PruneCandidate> newestFirst = matching(rule, regex);
    return ranks.computeIfAbsent(
        rule,
        _ -> {
          Map<PruneCandidate, Integer> positions = new HashMap<>();
          newestFirst.forEach(candidate -> positions.put(candidate, positions.size()));
          return positions;
        });
  }
}

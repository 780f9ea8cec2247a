package io.zrepl.prune;

import static io.zrepl.prune.Samples.candidate;
import static io.zrepl.prune.Samples.grid;
import static io.zrepl.prune.Samples.lastN;
import static io.zrepl.prune.Samples.notRegex;
import static io.zrepl.prune.Samples.notReplicated;
import static io.zrepl.prune.Samples.regex;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ObjectionsTest {
  private static final int HOUR = 3600;

  @Test
  void eachRuleSaysWhyInItsOwnTerms() {
    List<KeepRule> rules =
        List.of(
            notReplicated(),
            lastN(1, "^a"),
            regex("^x"),
            notRegex("^[ab]"),
            grid("1x1h(keep=2) | 3x1h", "^a"));
    List<PruneCandidate> candidates =
        List.of(
            candidate("a0", 10 * HOUR),
            candidate("a1", 9 * HOUR),
            candidate("a2", 9 * HOUR - 60),
            candidate("a3", 2 * HOUR),
            candidate("b", 0));
    Objections objections = new Objections(rules, candidates);

    assertThat(objections.against(candidates.get(1)))
        .containsExactly(
            "not_replicated: it is replicated",
            "last_n 1 of \"^a\": it is number 2",
            "regex \"^x\": its name does not match",
            "regex not \"^[ab]\": its name matches",
            "grid for \"^a\": bucket 1 of 3x1h, not kept: only the oldest");
    assertThat(objections.against(candidates.get(3)))
        .contains("grid for \"^a\": it is older than the last bucket");
    assertThat(objections.against(candidates.get(4)))
        .contains(
            "last_n 1 of \"^a\": its name does not match",
            "grid for \"^a\": its name does not match");
  }
}

package io.zrepl.prune;

import static io.zrepl.prune.Samples.candidate;
import static io.zrepl.prune.Samples.destroyed;
import static io.zrepl.prune.Samples.grid;
import static io.zrepl.prune.Samples.lastN;
import static io.zrepl.prune.Samples.notRegex;
import static io.zrepl.prune.Samples.notReplicated;
import static io.zrepl.prune.Samples.regex;
import static io.zrepl.prune.Samples.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeepRulesTest {

  /** {@code name:minutes …} */
  private static List<PruneCandidate> dated(String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    return Arrays.stream(text.split(" ", -1))
        .map(item -> item.split(":", -1))
        .map(item -> candidate(item[0], 60 * Long.parseLong(item[1])))
        .toList();
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "2; 1:10 2:20 3:15 4:30 5:30; 1 2 3",
        "1; 1:10 2:20 3:15 4:30 5:30; 1 2 3 4",
        "100; 1:10 2:20 3:15 4:30 5:30; ''",
        "4; 1:10 2:20 3:15 4:30 5:30; 1",
        "3; ''; ''",
      })
  void lastNKeepsTheNewest(int count, String snapshots, String expected) {
    assertThat(destroyed(List.of(lastN(count)), dated(snapshots))).isEqualTo(words(expected));
  }

  @Test
  void lastNWithRegexKeepsNothingElse() {
    List<PruneCandidate> six = dated("a1:10 b1:11 a2:20 b2:21 a3:30 b3:31");
    assertThat(destroyed(List.of(lastN(2, "^a"), lastN(2, "^b")), six)).containsExactly("a1", "b1");
    assertThat(destroyed(List.of(lastN(4, "a")), dated("a1:10 b1:11 a2:12"))).containsExactly("b1");
    assertThat(destroyed(List.of(lastN(1, "")), dated("a1:10 b1:11"))).containsExactly("a1");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -5})
  void lastNNeedsAPositiveCount(int count) {
    assertThatThrownBy(() -> lastN(count)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void notReplicatedKeepsWhatIsNotReplicated() {
    List<PruneCandidate> three =
        List.of(
            new PruneCandidate(snapshot(1), true),
            new PruneCandidate(snapshot(2), false),
            new PruneCandidate(snapshot(3), true));
    assertThat(destroyed(List.of(notReplicated()), three)).containsExactly("s1", "s3");
    assertThat(destroyed(List.of(notReplicated()), List.of())).isEmpty();
  }

  @Test
  void regexIsSearchedAndMayBeNegated() {
    List<PruneCandidate> three = dated("zrepl_foobar:1 zrepl:2 barfoo:3");
    assertThat(destroyed(List.of(regex("^zrepl_")), three)).containsExactly("zrepl", "barfoo");
    assertThat(destroyed(List.of(notRegex("^zrepl_")), three)).containsExactly("zrepl_foobar");
    assertThat(destroyed(List.of(regex("foo")), three)).containsExactly("zrepl");
  }

  @Test
  void aSnapshotIsDestroyedOnlyIfNoRuleKeepsIt() {
    List<PruneCandidate> three = dated("foo_123:1 foo_456:2 bar_123:3");
    assertThat(destroyed(List.of(regex("foo_")), three)).containsExactly("bar_123");
    assertThat(destroyed(List.of(regex("foo_"), regex("bar_")), three)).isEmpty();
    assertThat(destroyed(List.of(regex("notInS1"), regex("bar_")), three))
        .containsExactly("foo_123", "foo_456");
    assertThat(destroyed(List.of(regex("x")), List.of())).isEmpty();
  }

  @Test
  void withoutRulesEverythingIsKept() {
    List<PruneCandidate> three = dated("foo_123:1 foo_456:2 bar_123:3");
    assertThat(destroyed(List.of(), three)).isEmpty();
    assertThat(KeepRules.evaluate(List.of(), three))
        .allSatisfy(v -> assertThat(v.reasons()).containsExactly(new KeepReason.NoRules()));
  }

  @Test
  void gridsWithDisjointRegexesHaveTheirOwnPresent() {
    List<PruneCandidate> six =
        List.of(
            candidate("p1_a", 4),
            candidate("p2_a", 5),
            candidate("p1_b", 14),
            candidate("p2_b", 15),
            candidate("p1_c", 29),
            candidate("p2_c", 30));
    // Of each prefix the buckets, seen from 29 and 30, are (19, 29] and (9, 19].
    assertThat(
            destroyed(List.of(grid("1x10s | 1x10s", "^p1_"), grid("1x10s | 1x10s", "^p2_")), six))
        .containsExactly("p1_a", "p2_a");
  }

  @Test
  void gridThatMatchesNothingKeepsNothing() {
    assertThat(destroyed(List.of(grid("1x1h(keep=all)", "^x")), dated("a:1 b:2")))
        .containsExactly("a", "b");
  }

  @Test
  void everyRuleThatKeepsASnapshotIsNamed() {
    List<KeepVerdict> verdicts =
        KeepRules.evaluate(
            List.of(lastN(1), grid("1x1h(keep=all) | 2x1d", "^zrepl_"), notRegex("b$")),
            List.of(
                candidate("zrepl_a", 0), candidate("zrepl_b", 100_000), candidate("other_b", 5)));
    assertThat(verdicts.get(0).reasons())
        .containsExactly(
            new KeepReason.ByRule(2, "grid for \"^zrepl_\": bucket 2 of 2x1d, kept: oldest"),
            new KeepReason.ByRule(3, "regex not \"b$\""));
    assertThat(verdicts.get(1).reasons())
        .containsExactly(
            new KeepReason.ByRule(1, "last_n 1"),
            new KeepReason.ByRule(2, "grid for \"^zrepl_\": bucket 1 of 1x1h, kept: all"));
    assertThat(verdicts.get(2).kept()).isFalse();
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void holdsItsInvariantsOnRandomInput(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      List<PruneCandidate> candidates = randomCandidates(random);
      List<KeepRule> rules = randomRules(random);
      Set<String> destroyed = new HashSet<>(destroyed(rules, candidates));

      List<PruneCandidate> shuffled = new ArrayList<>(candidates);
      Collections.shuffle(shuffled, random);
      assertThat(new HashSet<>(destroyed(rules, shuffled)))
          .as("order of the snapshots, seed %d", seed)
          .isEqualTo(destroyed);

      List<KeepRule> more = new ArrayList<>(rules);
      more.add(random.nextInt(rules.size() + 1), randomRule(random));
      assertThat(destroyed)
          .as("one rule more, seed %d", seed)
          .containsAll(destroyed(more, candidates));

      List<KeepRule> withAll = new ArrayList<>(rules);
      withAll.add(grid("1x52w(keep=all)", "."));
      assertThat(destroyed(withAll, candidates)).as("keep=all, seed %d", seed).isEmpty();
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {101, 102, 103, 104, 105, 106, 107, 108, 109, 110})
  void gridAgreesWithItsDefinitionOnRandomInput(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      List<PruneCandidate> candidates = randomCandidates(random);
      String text = randomGrid(random);
      KeepRule.Grid rule = (KeepRule.Grid) grid(text, "^a");
      assertThat(new HashSet<>(destroyed(List.of(rule), candidates)))
          .as("grid %s, seed %d", text, seed)
          .isEqualTo(destroyedByDefinition(text, candidates));
    }
  }

  /** Each snapshot by itself: in which bucket it is, and how many of that bucket are older. */
  private static Set<String> destroyedByDefinition(String grid, List<PruneCandidate> candidates) {
    List<Snapshot> matching =
        candidates.stream()
            .map(PruneCandidate::snapshot)
            .filter(s -> s.name().startsWith("a"))
            .toList();
    Instant now =
        matching.stream()
            .map(Snapshot::creation)
            .max(Comparator.naturalOrder())
            .orElse(Instant.MIN);
    Set<String> destroyed =
        candidates.stream().map(c -> c.snapshot().name()).collect(Collectors.toSet());
    for (Snapshot s : matching) {
      Instant younger = now;
      for (RetentionGrid.Bucket bucket : bucketsByGrammar(grid)) {
        Instant begin = younger;
        Instant end = younger.minus(bucket.length());
        long kept =
            matching.stream()
                .filter(o -> !o.creation().isAfter(begin) && o.creation().isAfter(end))
                .filter(o -> isOlder(o, s))
                .count();
        boolean inBucket = !s.creation().isAfter(begin) && s.creation().isAfter(end);
        if (inBucket && kept < bucket.keep()) {
          destroyed.remove(s.name());
        }
        younger = end;
      }
    }
    return destroyed;
  }

  /** The grammar once more, without the parser: repetitions, x, minutes, how many. */
  private static List<RetentionGrid.Bucket> bucketsByGrammar(String grid) {
    List<RetentionGrid.Bucket> buckets = new ArrayList<>();
    for (String interval : grid.split("\\|", -1)) {
      String[] parts = interval.strip().split("x|m|\\(keep=|\\)", -1);
      int keep =
          parts.length < 4
              ? 1
              : parts[3].equals("all") ? RetentionGrid.Bucket.KEEP_ALL : Integer.parseInt(parts[3]);
      for (int i = 0; i < Integer.parseInt(parts[0]); i++) {
        buckets.add(new RetentionGrid.Bucket(Duration.ofMinutes(Integer.parseInt(parts[1])), keep));
      }
    }
    return buckets;
  }

  private static boolean isOlder(Snapshot one, Snapshot other) {
    int order = one.creation().compareTo(other.creation());
    return order < 0 || (order == 0 && one.createTxg().compareTo(other.createTxg()) > 0);
  }

  private static List<PruneCandidate> randomCandidates(Random random) {
    List<PruneCandidate> candidates = new ArrayList<>();
    int count = random.nextInt(30);
    for (int i = 0; i < count; i++) {
      candidates.add(
          new PruneCandidate(
              new Snapshot(
                  (random.nextBoolean() ? "a" : "b") + i,
                  new Guid(random.nextLong()),
                  new CreateTxg(i + 1),
                  Instant.ofEpochSecond(3600L * random.nextInt(48) / (1 + random.nextInt(3)))),
              random.nextBoolean()));
    }
    return candidates;
  }

  private static List<KeepRule> randomRules(Random random) {
    List<KeepRule> rules = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      rules.add(randomRule(random));
    }
    return rules;
  }

  private static KeepRule randomRule(Random random) {
    String regex = random.nextBoolean() ? "^a" : "[0-9]$";
    return switch (random.nextInt(5)) {
      case 0 -> notReplicated();
      case 1 -> lastN(1 + random.nextInt(10), regex);
      case 2 -> regex("[13579]$");
      case 3 -> notRegex(regex);
      default -> grid(randomGrid(random), regex);
    };
  }

  private static String randomGrid(Random random) {
    StringBuilder text = new StringBuilder();
    long minutes = 0;
    int intervals = 1 + random.nextInt(4);
    for (int i = 0; i < intervals; i++) {
      minutes += 10L * (1 + random.nextInt(12));
      text.append(i == 0 ? "" : " | ")
          .append(1 + random.nextInt(4))
          .append('x')
          .append(Duration.ofMinutes(minutes).toMinutes())
          .append('m');
      switch (random.nextInt(3)) {
        case 0 -> text.append("(keep=all)");
        case 1 -> text.append("(keep=").append(1 + random.nextInt(3)).append(')');
        default -> {}
      }
    }
    return text.toString();
  }
}

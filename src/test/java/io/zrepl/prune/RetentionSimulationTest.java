package io.zrepl.prune;

import static io.zrepl.prune.Samples.grid;
import static io.zrepl.prune.Samples.lastN;
import static io.zrepl.prune.Samples.notRegex;
import static io.zrepl.prune.Samples.notReplicated;
import static io.zrepl.prune.Samples.regex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import io.zrepl.prune.RetentionSimulation.Kept;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class RetentionSimulationTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static Snapshot taken(String name, long number, Duration after) {
    return new Snapshot(name, new Guid(number), new CreateTxg(number), START.plus(after));
  }

  private static List<Snapshot> every(Duration interval, int count) {
    List<Snapshot> schedule = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      schedule.add(taken("zrepl_" + i, i, interval.multipliedBy(i)));
    }
    return schedule;
  }

  private static List<String> names(List<Kept> kept) {
    return kept.stream().map(each -> each.snapshot().name()).toList();
  }

  @Test
  void showsWhatExistsAtEachDateAndWhichRulesKeepIt() throws Exception {
    Instant early = START.plus(Duration.ofHours(3));
    Instant late = START.plus(Duration.ofHours(6));
    Map<Instant, List<Kept>> seen =
        RetentionSimulation.run(
            List.of(lastN(2), notRegex("^zrepl_")),
            List.of(taken("mine", 100, Duration.ofDays(-1))),
            every(Duration.ofHours(1), 6),
            Set.of(late, early));

    assertThat(seen.keySet()).containsExactly(early, late);
    assertThat(names(seen.getOrDefault(early, List.of())))
        .containsExactly("mine", "zrepl_2", "zrepl_3");
    assertThat(seen.getOrDefault(late, List.of()))
        .extracting(kept -> kept.snapshot().name() + " " + kept.keptBy())
        .containsExactly("mine [2]", "zrepl_5 [1]", "zrepl_6 [1]");
  }

  @Test
  void withoutScheduleWhatIsThereIsPrunedOnce() throws Exception {
    List<Kept> seen =
        RetentionSimulation.run(
                List.of(lastN(1)), every(Duration.ofHours(1), 3), List.of(), Set.of(START))
            .getOrDefault(START, List.of());
    assertThat(names(seen)).containsExactly("zrepl_3");
  }

  @Test
  void withoutRulesAllStays() throws Exception {
    List<Kept> seen =
        RetentionSimulation.run(List.of(), every(Duration.ofHours(1), 3), List.of(), Set.of(START))
            .getOrDefault(START, List.of());
    assertThat(seen).hasSize(3);
  }

  @Test
  void tenYearsOfQuarterHours() throws Exception {
    Instant end = START.plus(Duration.ofDays(3650));
    List<Kept> seen =
        RetentionSimulation.run(
                List.of(
                    notReplicated(), grid("1x1h(keep=all) | 24x1h | 35x1d | 120x30d", "^zrepl_")),
                List.of(),
                every(Duration.ofMinutes(15), 3650 * 96),
                Set.of(end))
            .getOrDefault(end, List.of());
    assertThat(seen).hasSizeBetween(4 + 24 + 35 + 110, 5 + 24 + 35 + 120);
  }

  @Test
  void refusesWhatWouldNeverEnd() {
    assertThatThrownBy(() ->
            RetentionSimulation.run(
                List.of(regex(".")),
                every(Duration.ofSeconds(-1), 50_000),
                every(Duration.ofSeconds(1), 2),
                Set.of(START.plus(Duration.ofHours(1)))))
        .isInstanceOf(RetentionSimulation.TooManyException.class);
  }

  // ---- a simulated year, with random policies and histories

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void decidesLikeTheRulesInEachRoundOfAYear(long seed) throws Exception {
    Random random = new Random(seed);
    List<KeepRule> rules = rules(random);
    List<Snapshot> schedule = year(random);
    Set<Instant> dates = new TreeSet<>();
    schedule.forEach(snapshot -> dates.add(snapshot.creation()));
    Map<Instant, List<Kept>> seen = RetentionSimulation.run(rules, List.of(), schedule, dates);

    List<Snapshot> existing = new ArrayList<>();
    Set<String> gone = new HashSet<>();
    for (Snapshot snapshot : schedule) {
      existing.add(snapshot);
      Set<String> due = new HashSet<>(destroyed(rules, existing));
      Collections.shuffle(existing, random);
      assertThat(new HashSet<>(destroyed(rules, existing)))
          .as("order of input, seed %d", seed)
          .isEqualTo(due);
      gone.addAll(due);
      existing.removeIf(each -> due.contains(each.name()));
      List<String> simulated = names(seen.getOrDefault(snapshot.creation(), List.of()));
      assertThat(new HashSet<>(simulated))
          .as("%s, seed %d", snapshot.creation(), seed)
          .isEqualTo(new HashSet<>(existing.stream().map(Snapshot::name).toList()));
      assertThat(simulated)
          .as("what was due to go never returns, seed %d", seed)
          .noneMatch(gone::contains);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void anotherRuleNeverDestroysMoreOfWhatIsThereAndKeepingAllKeepsAll(long seed) throws Exception {
    Random random = new Random(seed);
    List<KeepRule> rules = rules(random);
    List<KeepRule> more = new ArrayList<>(rules);
    more.addAll(rules(random));
    List<KeepRule> all = new ArrayList<>(rules);
    all.add(grid("1x1000d(keep=all)", "."));
    List<Snapshot> schedule = year(random);
    Instant end = schedule.getLast().creation();

    List<Kept> simulated =
        RetentionSimulation.run(all, List.of(), schedule, Set.of(end)).getOrDefault(end, List.of());
    assertThat(simulated).as("seed %d", seed).hasSameSizeAs(schedule);
    for (int count = 1; count <= schedule.size(); count += 37) {
      List<Snapshot> existing = schedule.subList(0, count);
      assertThat(destroyed(rules, existing))
          .as("seed %d", seed)
          .containsAll(destroyed(more, existing));
    }
  }

  private static List<String> destroyed(List<KeepRule> rules, List<Snapshot> existing) {
    Snapshot newest = Collections.max(existing, Comparator.comparing(Snapshot::createTxg));
    return Samples.destroyed(
        rules,
        existing.stream().map(each -> new PruneCandidate(each, !each.equals(newest))).toList());
  }

  /** A year of snapshots at irregular times, about two a day, some with names of their own. */
  private static List<Snapshot> year(Random random) {
    List<Snapshot> snapshots = new ArrayList<>();
    Duration time = Duration.ZERO;
    for (int i = 1; time.compareTo(Duration.ofDays(365)) < 0; i++) {
      time = time.plusMinutes(1 + random.nextInt(24 * 60));
      snapshots.add(taken((random.nextInt(10) == 0 ? "mine_" : "zrepl_") + i, i, time));
    }
    return snapshots;
  }

  private static List<KeepRule> rules(Random random) {
    List<KeepRule> rules = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      rules.add(
          switch (random.nextInt(6)) {
            case 0 -> notReplicated();
            case 1 -> lastN(1 + random.nextInt(20), random.nextBoolean() ? "^zrepl_" : "");
            case 2 -> regex("^mine_.*[05]$");
            case 3 -> grid("1x6h(keep=all) | 4x1d(keep=2) | 10x1w", "^zrepl_");
            case 4 -> grid("2x12h(keep=3) | 30x1d | 12x30d", ".");
            default -> grid("7x1d", "^mine_");
          });
    }
    return rules;
  }
}

package io.zrepl.prune;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.zrepl.model.Bookmark;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionDiff;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.helpers.NOPLogger;

/** Random versions on both sides, random rules: pruning never separates the sides. */
class PruneSafetyTest {
  private static final DatasetPath TANK = DatasetPath.of("tank");

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 300);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void neverDestroysTheLastCommonVersionNorABookmarkNorWhatARuleKeeps(long seed)
      throws InterruptedException {
    Random random = new Random(seed);
    FakeSide sender = new FakeSide().with("tank");
    FakeSide receiver = new FakeSide().with("tank");
    fill(random, sender, receiver);
    ListedEndpoint<FakeSide> listedSender = ListedEndpoint.of(sender, sender.entries());
    ListedEndpoint<FakeSide> listedReceiver = ListedEndpoint.of(receiver, receiver.entries());
    List<KeepRule> senderRules = rules(random);
    List<KeepRule> receiverRules = rules(random);
    boolean canGoOn = canGoOn(sender, receiver);

    for (int invocation = 0; invocation < 3; invocation++) {
      prune(
          new PruneSubject.OfSender(listedSender, Optional.of(listedReceiver)),
          senderRules,
          sender);
      assertThat(!canGoOn || canGoOn(sender, receiver)).as("sender, seed %d", seed).isTrue();
      prune(new PruneSubject.OfReceiver(listedReceiver, listedSender), receiverRules, receiver);
      assertThat(!canGoOn || canGoOn(sender, receiver)).as("receiver, seed %d", seed).isTrue();
    }
  }

  private static void prune(PruneSubject subject, List<KeepRule> rules, FakeSide side)
      throws InterruptedException {
    List<FilesystemVersion> before = List.copyOf(side.versions.getOrDefault(TANK, List.of()));
    PruneRun run =
        new PruneRun(
            subject,
            rules,
            InstantSource.fixed(Instant.EPOCH),
            PruneObserver.NONE,
            NOPLogger.NOP_LOGGER);
    run.run();
    Set<String> after = new HashSet<>(side.names("tank"));
    assertThat(after)
        .containsAll(
            before.stream()
                .filter(Bookmark.class::isInstance)
                .map(FilesystemVersion::name)
                .toList());
    run.report()
        .completed()
        .forEach(filesystem ->
            filesystem.snapshotList().stream()
                .filter(s -> !s.kept().isEmpty())
                .forEach(s -> assertThat(after).contains(s.name())));
  }

  /** Whether the next replication is an incremental one, or has nothing to do. */
  private static boolean canGoOn(FakeSide sender, FakeSide receiver) {
    return !(VersionDiff.of(
            sender.versions.getOrDefault(TANK, List.of()),
            receiver.versions.getOrDefault(TANK, List.of()))
        instanceof VersionDiff.Conflict);
  }

  private static void fill(Random random, FakeSide sender, FakeSide receiver) {
    List<FilesystemVersion> onSender = new ArrayList<>();
    List<FilesystemVersion> onReceiver = new ArrayList<>();
    int count = 1 + random.nextInt(12);
    int cursor = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(count);
    for (int number = 1; number <= count; number++) {
      Snapshot snapshot = Samples.snapshot((random.nextBoolean() ? "a" : "b") + number, number);
      if (number == cursor) {
        onSender.add(Samples.cursor(number));
        sender.withCursor("tank", number);
      }
      if (random.nextInt(6) == 0) {
        onSender.add(Samples.bookmark("hand" + number, number));
      }
      if (random.nextInt(3) > 0) {
        onSender.add(snapshot);
      }
      if (random.nextInt(3) > 0) {
        onReceiver.add(snapshot);
      }
    }
    sender.versions.put(TANK, onSender);
    receiver.versions.put(TANK, onReceiver);
  }

  private static List<KeepRule> rules(Random random) {
    List<KeepRule> rules = new ArrayList<>();
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      rules.add(
          switch (random.nextInt(5)) {
            case 0 -> new KeepRule.NotReplicated(random.nextBoolean());
            case 1 -> Samples.lastN(1 + random.nextInt(3), random.nextBoolean() ? "^a" : ".");
            case 2 -> Samples.grid("2x1m | 1x3m", "^b");
            case 3 -> new KeepRule.Regex(Pattern.compile("nothing like this"), false);
            default -> new KeepRule.Regex(Pattern.compile("[2468]$"), random.nextBoolean());
          });
    }
    return rules;
  }
}

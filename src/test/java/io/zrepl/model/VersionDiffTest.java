package io.zrepl.model;

import static io.zrepl.model.TestVersions.snapshot;
import static io.zrepl.model.TestVersions.version;
import static io.zrepl.model.TestVersions.versions;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionDiffTest {

  @ParameterizedTest(name = "receiver {0}, sender {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        // snapshots only
        "@a,1 @b,2      | @a,1 @b,2 @c,3 @d,4 | @b => @c => @d",
        "-              | @a,1                | no common",
        "@a,1 @b,2      | @c,3 @d,4           | no common",
        "@a,1 @b1,2     | @a,1 @b2,3          | diverged after @a: sender @b2, receiver @b1",
        "@a,1 @b,2 @c,3 | @a,1 @c,3 @d,4      | @c => @d",
        "@a,1 @b,2      | @a,1 @b,2           | up to date",
        "@c,3           | @a,1 @b,2 @c,3      | up to date",
        "-              | -                   | nothing on sender",
        "@a,1           | -                   | nothing on sender",
        "@a,1 @c,3      | @a,1 @c,3 @d,4      | @c => @d",
        "@a,1 @x,9      | @a,1 @b,2           | diverged after @a: sender @b, receiver @x",
        // bookmarks
        "@a,1           | #a,1 @b,2           | #a => @b",
        "@a,1           | #a,1 #b,2 @c,3      | #a => @c",
        "@a,1           | #a,1 @a,1 @b,2      | @a => @b",
        "@a,1           | @a,1 #a,1 @b,2      | @a => @b",
        "@a,1           | @a,1 @b,2 #a,1      | @a => @b",
        "@a,1 #b,2      | @a,1 @c,3           | @a => @c",
        "#a,1           | @a,1 @b,2           | no common",
        "@a,1 @x,9      | #a,1 #b,2 @c,3      | diverged after #a: sender #b @c, receiver @x",
        "@a,1           | #a,1                | up to date",
        "@a,1           | #a,1 #b,2           | up to date",
        "@a,1           | @a,1 #b,2 @c,3 #c,3 | @a => @c",
        // names, dates and createtxg of the other pool mean nothing
        "@x,1:70        | @a,1 @b,2           | @a => @b",
        "@a,8           | @a,1                | no common",
        "@a,1:5 @b,2:9  | @a,1 @b,2 @c,3      | @b => @c",
      })
  void findsWhatTheReceiverLacks(String receiver, String sender, String expected) {
    assertThat(describe(VersionDiff.of(versions(sender), versions(receiver)))).isEqualTo(expected);
  }

  @Test
  void conflictsCarryTheSortedListsOfBothSides() {
    assertThat(VersionDiff.of(versions("@d,4 #c,3 @c,3"), versions("@b,2 #x,9 @a,1")))
        .isEqualTo(
            new VersionDiff.NoCommonAncestor(
                versions("#c,3 @c,3 @d,4"), List.of(snapshot("@a,1"), snapshot("@b,2"))));
    assertThat(VersionDiff.of(versions("@a,1 @b2,3"), versions("@r,1:5 @b1,2:6")))
        .isEqualTo(
            new VersionDiff.Diverged(
                version("@a,1"),
                snapshot("@r,1:5"),
                versions("@b2,3"),
                List.of(snapshot("@b1,2:6"))));
  }

  @Test
  void createTxgAndGuidAreUnsigned() {
    Snapshot old = snapshot("@old,1");
    Snapshot late =
        new Snapshot("late", new Guid(-2), new CreateTxg(-1), java.time.Instant.ofEpochSecond(2));
    assertThat(describe(VersionDiff.of(List.of(late, old), List.of(old))))
        .isEqualTo("@old => @late");
    assertThat(describe(VersionDiff.of(List.of(late, old), List.of(late)))).isEqualTo("up to date");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void resultDoesNotDependOnTheOrderOfTheLists(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<FilesystemVersion> sender = randomVersions(random);
      List<FilesystemVersion> receiver = randomVersions(random);
      VersionDiff expected = VersionDiff.of(sender, receiver);
      List<FilesystemVersion> shuffledSender = new ArrayList<>(sender);
      List<FilesystemVersion> shuffledReceiver = new ArrayList<>(receiver);
      Collections.shuffle(shuffledSender, random);
      Collections.shuffle(shuffledReceiver, random);
      assertThat(VersionDiff.of(shuffledSender, shuffledReceiver))
          .as("seed %d round %d: sender %s, receiver %s", seed, round, sender, receiver)
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void everyPathIsReceivable(long seed) {
    Random random = new Random(seed);
    int paths = 0;
    for (int round = 0; round < 1000; round++) {
      List<FilesystemVersion> sender = randomVersions(random);
      List<FilesystemVersion> receiver = randomVersions(random);
      VersionDiff diff = VersionDiff.of(sender, receiver);
      String context =
          "seed %d round %d: sender %s, receiver %s".formatted(seed, round, sender, receiver);
      List<Snapshot> onReceiver = VersionDiff.snapshots(VersionDiff.oldestFirst(receiver));
      assertThat(VersionDiff.of(sender, onReceiver)).as("no receiver bookmarks").isEqualTo(diff);
      if (diff instanceof VersionDiff.IncrementalPath path) {
        paths++;
        assertThat(path.base().guid()).as(context).isEqualTo(onReceiver.getLast().guid());
        assertThat(path.snapshots())
            .as(context)
            .isSortedAccordingTo(VersionDiff.OLDEST_FIRST)
            .doesNotHaveDuplicates()
            .allSatisfy(s -> assertThat(s.createTxg()).isGreaterThan(path.base().createTxg()));
        long later =
            sender.stream()
                .filter(v -> v instanceof Snapshot)
                .filter(v -> v.createTxg().compareTo(path.base().createTxg()) > 0)
                .count();
        assertThat(path.snapshots()).as(context).hasSize((int) later);
      }
    }
    assertThat(paths).as("cases with a path, seed %d", seed).isGreaterThan(50);
  }

  @Test
  void messagesNameWhatDiffersAndWhatToDo() {
    VersionDiff.Conflict diverged =
        (VersionDiff.Conflict) VersionDiff.of(versions("@a,1 @b2,3"), versions("@r,1:5 @b1,2:6"));
    assertThat(diverged.message())
        .isEqualTo(
            "the receiver's latest snapshot is not present on sender: after the common version @a"
                + " the receiver has @b1 (guid 2); the sender has @b2 (guid 3)");
    assertThat(diverged.advice()).contains("zfs rollback -r", "@r", "zfs rename");

    VersionDiff.Conflict unrelated =
        (VersionDiff.Conflict)
            VersionDiff.of(versions("@a,1 @b,2 @c,3 @d,4 @e,5 @f,6 @g,7"), versions("@x,11 @y,12"));
    assertThat(unrelated.message())
        .startsWith("no common snapshot or suitable bookmark between sender and receiver: ")
        .contains("@g (guid 7), @f", "@c (guid 3) and 2 older", "receiver has @y (guid 12), @x");
    assertThat(unrelated.advice()).contains("zfs rename");

    VersionDiff.Conflict empty = (VersionDiff.Conflict) VersionDiff.of(List.of(), List.of());
    assertThat(empty.message()).isEqualTo("no snapshots available on sender side");
    assertThat(empty.advice()).contains("take a snapshot");
  }

  /**
   * Up to six points in time, each with a snapshot, a bookmark, both, or another one's snapshot.
   */
  private static List<FilesystemVersion> randomVersions(Random random) {
    List<FilesystemVersion> result = new ArrayList<>();
    int points = random.nextInt(7);
    for (int txg = 1; txg <= points; txg++) {
      int kind = random.nextInt(10);
      long guid = kind == 9 ? 100 + random.nextInt(1000) : txg;
      if (kind >= 2) {
        result.add(version("@s" + txg + "," + guid + ":" + txg));
      }
      if (kind == 0 || kind == 4 || kind == 5) {
        result.add(version("#s" + txg + "," + guid + ":" + txg));
      }
      if (kind == 5) {
        result.add(version("#cursor" + txg + "," + guid + ":" + txg));
      }
    }
    return result;
  }

  private static String describe(VersionDiff diff) {
    return switch (diff) {
      case VersionDiff.IncrementalPath path ->
          Stream.concat(Stream.of(path.base()), path.snapshots().stream())
              .map(FilesystemVersion::relativeName)
              .collect(Collectors.joining(" => "));
      case VersionDiff.UpToDate upToDate -> "up to date";
      case VersionDiff.NoSenderSnapshots none -> "nothing on sender";
      case VersionDiff.NoCommonAncestor none -> "no common";
      case VersionDiff.Diverged diverged ->
          "diverged after %s: sender %s, receiver %s"
              .formatted(
                  diverged.common().relativeName(),
                  names(diverged.senderOnly()),
                  names(diverged.receiverOnly()));
    };
  }

  private static String names(List<? extends FilesystemVersion> versions) {
    return versions.stream().map(FilesystemVersion::relativeName).collect(Collectors.joining(" "));
  }
}

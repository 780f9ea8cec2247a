package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs.Operation;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The daemons are killed, or a command fails, at every boundary between two commands; afterwards
 * fresh endpoints must reach the same end as if nothing had happened.
 */
class CrashTest {
  private static final String LAST = "zrepl_last_received_J_sink";

  /** What is to be replicated when it happens. */
  enum Situation {
    /** Nothing is there yet; two placeholders have to be created. */
    INITIAL,
    /** One snapshot is there, two more are to follow. */
    INCREMENTAL,
    /** A placeholder with a snapshot of its own is to be replaced. */
    PLACEHOLDER,
    /** Partial state of an interrupted step is there. */
    RESUMED;

    void prepare(TestReplication test, ReplicationProtection protection) throws Exception {
      test.zfs.create("src/a/b");
      test.filter = Map.of("src/a/b", true);
      test.restart();
      switch (this) {
        case INITIAL -> test.zfs.take("src/a/b@1");
        case INCREMENTAL -> {
          test.zfs.take("src/a/b@1");
          test.run(protection);
          test.zfs.take("src/a/b@2");
          test.zfs.take("src/a/b@3");
        }
        case PLACEHOLDER -> {
          test.zfs.create("dst/src/a/b/child");
          test.zfs.setPlaceholderValue("dst/src/a/b", "on");
          test.zfs.take("dst/src/a/b@autosnap");
          test.zfs.take("src/a/b@1");
        }
        case RESUMED -> {
          test.zfs.take("src/a/b@1");
          test.run(protection);
          test.zfs.take("src/a/b@2");
          test.zfs.failSendsAfter(OptionalLong.of(333));
          assertThatThrownBy(() -> test.run(protection)).isInstanceOf(OperationException.class);
          test.zfs.failSendsAfter(OptionalLong.empty());
          test.zfs.take("src/a/b@3");
        }
      }
      test.restart();
      test.zfs.resetProcesses();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INITIAL, RESUMABILITY", "INITIAL, INCREMENTAL", "INITIAL, NOTHING",
    "INCREMENTAL, RESUMABILITY", "INCREMENTAL, INCREMENTAL", "INCREMENTAL, NOTHING",
    "PLACEHOLDER, RESUMABILITY", "PLACEHOLDER, INCREMENTAL", "PLACEHOLDER, NOTHING",
    "RESUMED, RESUMABILITY", "RESUMED, INCREMENTAL", "RESUMED, NOTHING"
  })
  void killBetweenAnyTwoCommandsLeavesNothingBehind(
      Situation situation, ReplicationGuarantee guarantee) throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    int commands = commandsOf(situation, protection);
    for (int boundary = 0; boundary <= commands; boundary++) {
      TestReplication test = new TestReplication();
      situation.prepare(test, protection);
      test.zfs.setFaults(FakeFaults.killAfter(boundary));
      Before before = Before.of(test);
      boolean killed = runUntilKilled(test, protection);
      String what = "killed after command " + boundary;
      assertThat(killed).as(what).isEqualTo(boundary < commands);
      if (guarantee == ReplicationGuarantee.NOTHING) {
        before.assertReplicaSurvives(test, what);
      } else {
        before.assertNothingLost(test, what);
      }
      converge(test, protection, guarantee, what);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INITIAL, RESUMABILITY", "INCREMENTAL, RESUMABILITY", "INCREMENTAL, INCREMENTAL",
    "INCREMENTAL, NOTHING", "PLACEHOLDER, RESUMABILITY", "RESUMED, RESUMABILITY"
  })
  void failureOfAnyCommandLeavesNothingBehind(Situation situation, ReplicationGuarantee guarantee)
      throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    int commands = commandsOf(situation, protection);
    for (int number = 1; number <= commands; number++) {
      int failing = number;
      for (boolean effect : new boolean[] {false, true}) {
        TestReplication test = new TestReplication();
        situation.prepare(test, protection);
        test.zfs.setFaults(
            effect
                ? FakeFaults.failAfter(call -> call.number() == failing)
                : FakeFaults.failBefore(call -> call.number() == failing));
        Before before = Before.of(test);
        String what = "command %d failed, effect %s".formatted(failing, effect);
        try {
          test.run(protection);
        } catch (OperationException e) {
          // A failing clean-up is not seen by the caller; all others are, and end the run.
        }
        before.assertReplicaSurvives(test, what);
        // The same endpoints go on: what they remember must not be wrong either.
        convergeWithoutRestart(test, protection, guarantee, what);
      }
    }
  }

  @Test
  void replicaThatReplacedAPlaceholderSurvivesAKillEvenIfThereIsANewerSnapshotAfterwards()
      throws Exception {
    ReplicationProtection protection = TestReplication.RESUMABILITY;
    int commands = commandsOf(Situation.PLACEHOLDER, protection);
    for (int boundary = 0; boundary <= commands; boundary++) {
      TestReplication test = new TestReplication();
      Situation.PLACEHOLDER.prepare(test, protection);
      test.zfs.setFaults(FakeFaults.killAfter(boundary));
      runUntilKilled(test, protection);
      test.zfs.setFaults(FakeFaults.NONE);
      boolean arrived = test.zfs.exists("dst/src/a/b@1");
      test.restart();
      test.zfs.take("src/a/b@2");
      test.zfs.failSendsAfter(OptionalLong.of(10));
      try {
        test.run(protection);
      } catch (OperationException e) {
        // the stream was cut
      }
      assertThat(test.zfs.exists("dst/src/a/b@1"))
          .as("replica after a kill at command %d and a cut", boundary)
          .isEqualTo(arrived);
    }
  }

  @Test
  void randomKillsOneAfterTheOtherConverge() throws Exception {
    long seed = System.nanoTime();
    System.out.println("CrashTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      ReplicationGuarantee guarantee = any(random, ReplicationGuarantee.values());
      Situation situation = any(random, Situation.values());
      TestReplication test = new TestReplication();
      situation.prepare(test, TestReplication.both(guarantee));
      Before before = Before.of(test);
      for (int kill = 0; kill < 5; kill++) {
        ReplicationGuarantee now = any(random, ReplicationGuarantee.values());
        test.zfs.failSendsAfter(
            random.nextBoolean() ? OptionalLong.of(random.nextInt(1000)) : OptionalLong.empty());
        test.zfs.setFaults(FakeFaults.killAfter(random.nextInt(20)));
        try {
          runUntilKilled(test, TestReplication.both(now));
        } catch (OperationException e) {
          // the stream was cut
        }
        test.restart();
        if (random.nextInt(3) == 0) {
          test.zfs.setFaults(FakeFaults.NONE);
          test.zfs.take("src/a/b@extra" + kill);
        }
      }
      test.zfs.failSendsAfter(OptionalLong.empty());
      String what = "seed " + seed + " round " + round;
      before.assertReplicaSurvives(test, what);
      converge(test, TestReplication.both(guarantee), guarantee, what);
    }
  }

  private static int commandsOf(Situation situation, ReplicationProtection protection)
      throws Exception {
    TestReplication test = new TestReplication();
    situation.prepare(test, protection);
    test.run(protection);
    return test.zfs.journal().size();
  }

  private static boolean runUntilKilled(TestReplication test, ReplicationProtection protection)
      throws Exception {
    try {
      test.run(protection);
      return false;
    } catch (FakeFaults.Killed killed) {
      return true;
    }
  }

  /** One of several. */
  private static <T> T any(Random random, T[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** What protected the last step when the step began, and must be there at any moment. */
  private record Before(boolean hasCursor, boolean hasLastReceived, boolean hasReplica) {
    static Before of(TestReplication test) {
      boolean exists = test.zfs.exists("dst/src/a/b@1");
      return new Before(
          hasCursor(test), exists && !test.zfs.holdsIn("dst/src/a/b").isEmpty(), exists);
    }

    private static boolean hasCursor(TestReplication test) {
      return test.zfs.bookmarksOf("src/a/b").stream()
          .flatMap(name -> CursorName.parse(name).stream())
          .anyMatch(name -> name.kind() == CursorName.Kind.REPLICATION);
    }

    void assertNothingLost(TestReplication test, String what) {
      if (hasCursor) {
        assertThat(hasCursor(test)).as(what).isTrue();
      }
      if (hasLastReceived) {
        assertThat(test.zfs.holdsIn("dst/src/a/b")).as(what).isNotEmpty();
      }
      assertReplicaSurvives(test, what);
    }

    void assertReplicaSurvives(TestReplication test, String what) {
      if (hasReplica) {
        assertThat(test.zfs.exists("dst/src/a/b@1")).as(what).isTrue();
      }
    }
  }

  private static void converge(
      TestReplication test,
      ReplicationProtection protection,
      ReplicationGuarantee guarantee,
      String what)
      throws Exception {
    test.restart();
    convergeWithoutRestart(test, protection, guarantee, what);
  }

  private static void convergeWithoutRestart(
      TestReplication test,
      ReplicationProtection protection,
      ReplicationGuarantee guarantee,
      String what)
      throws Exception {
    test.zfs.setFaults(FakeFaults.NONE);
    test.run(protection);
    // What a lost confirmation or hold leaves is cleaned up by the next real step.
    test.zfs.take("src/a/b@last");
    test.zfs.resetProcesses();
    test.run(protection);

    assertThat(test.zfs.versionsOf("dst/src/a/b")).as(what).contains("@last");
    assertThat(test.zfs.version("dst/src/a/b@last").guid())
        .as(what)
        .isEqualTo(test.zfs.version("src/a/b@last").guid());
    assertThat(test.zfs.datasetOf("dst/src/a/b").placeholder().isPlaceholder()).as(what).isFalse();
    assertThat(test.zfs.datasetOf("dst/src/a/b").resumeToken()).as(what).isEmpty();
    assertThat(test.zfs.processes()).as(what).doesNotContainKey(Operation.ROLLBACK);
    boolean nothing = guarantee == ReplicationGuarantee.NOTHING;
    assertThat(test.zfs.holdsIn("src/a/b")).as(what).isEmpty();
    assertThat(test.zfs.bookmarksOf("src/a/b"))
        .as(what)
        .isEqualTo(nothing ? Set.of() : Set.of(test.cursor(test.zfs.version("src/a/b@last"))));
    assertThat(test.zfs.holdsIn("dst/src/a/b"))
        .as(what)
        .isEqualTo(nothing ? Map.of() : Map.of("last", Set.of(LAST)));
  }
}

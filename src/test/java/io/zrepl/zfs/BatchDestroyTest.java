package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchDestroyTest {
  static final List<String> VERSIONS = Recordings.VERSIONS;

  /** As ZFS: all of a command that exist, or none. */
  private static FakeRunner zfsThatRefuses(Set<String> refused) {
    return FakeRunner.always(command -> {
      String argument = command.arguments().getLast();
      String filesystem = argument.substring(0, argument.indexOf('@'));
      List<String> names = List.of(argument.substring(argument.indexOf('@') + 1).split(",", -1));
      StringBuilder errors = new StringBuilder();
      for (String name : names) {
        if (refused.contains(name)) {
          errors.append(
              "cannot destroy snapshot %s@%s: it's being held. Run 'zfs holds -r %s@%s' to see holders.\n"
                  .formatted(filesystem, name, filesystem, name));
        }
      }
      if (names.contains("randomerror")) {
        errors.append("unlucky today\n");
      }
      return new CommandResult(command, errors.isEmpty() ? 0 : 1, "", errors.toString());
    });
  }

  private static List<String> calls(FakeRunner runner) {
    return runner.commands.stream().map(command -> command.arguments().getLast()).toList();
  }

  private static List<String> failed(List<DestroyOutcome> outcomes) {
    return outcomes.stream()
        .filter(outcome -> outcome.reason().isPresent())
        .map(DestroyOutcome::snapshotName)
        .toList();
  }

  private static List<DestroyOutcome> destroy(FakeRunner runner, String filesystem, String... names)
      throws Exception {
    return new ZfsCommands(runner).destroySnapshots(DatasetPath.of(filesystem), List.of(names));
  }

  @Test
  void destroysInOneCommandInOrderOfNames() throws Exception {
    FakeRunner runner = zfsThatRefuses(Set.of());
    assertThat(destroy(runner, "zroot/a", "foo", "bar"))
        .containsExactly(
            new DestroyOutcome("foo", Optional.empty()),
            new DestroyOutcome("bar", Optional.empty()));
    assertThat(calls(runner)).containsExactly("zroot/a@bar,foo");
  }

  @Test
  void worksAroundUndestroyableSnapshots() throws Exception {
    FakeRunner runner = zfsThatRefuses(Set.of("undestroyable"));
    List<DestroyOutcome> outcomes = destroy(runner, "zroot/b", "bar", "zab", "undestroyable");
    assertThat(calls(runner)).containsExactly("zroot/b@bar,undestroyable,zab", "zroot/b@bar,zab");
    assertThat(failed(outcomes)).containsExactly("undestroyable");
    assertThat(outcomes.get(2).reason().orElseThrow()).contains("being held");
  }

  @Test
  void triesOneByOneAfterAnUnknownFailure() throws Exception {
    FakeRunner runner = zfsThatRefuses(Set.of());
    List<DestroyOutcome> outcomes = destroy(runner, "zroot/c", "baz", "randomerror", "bar");
    assertThat(calls(runner))
        .containsExactly(
            "zroot/c@bar,baz,randomerror", "zroot/c@bar", "zroot/c@baz", "zroot/c@randomerror");
    assertThat(failed(outcomes)).containsExactly("randomerror");
    assertThat(outcomes.get(1).reason()).contains("unlucky today");
  }

  @Test
  void everythingUndestroyableNeedsOneCommand() throws Exception {
    FakeRunner runner = zfsThatRefuses(Set.of("foo", "bar"));
    assertThat(failed(destroy(runner, "zroot/a", "foo", "bar"))).containsExactly("foo", "bar");
    assertThat(calls(runner)).containsExactly("zroot/a@bar,foo");
  }

  @Test
  void commandsDoNotGrowWithTheNumberOfHeldSnapshots() throws Exception {
    String[] names = IntStream.range(0, 500).mapToObj("snap%03d"::formatted).toArray(String[]::new);
    Set<String> held = Set.of(java.util.Arrays.copyOf(names, 200));
    FakeRunner runner = zfsThatRefuses(held);
    assertThat(failed(destroy(runner, "zroot/a", names))).hasSize(200);
    assertThat(runner.commands).hasSize(2);
  }

  @Test
  void nothingToDoRunsNothing() throws Exception {
    FakeRunner runner = zfsThatRefuses(Set.of());
    assertThat(destroy(runner, "zroot/a")).isEmpty();
    assertThat(runner.commands).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a%b", "a,b", "a@b", "..", "a/b"})
  void namesWithMeaningToZfsNeverReachIt(String name) throws Exception {
    FakeRunner runner = zfsThatRefuses(Set.of());
    assertThat(failed(destroy(runner, "zroot/a", name, "ok"))).containsExactly(name);
    assertThat(calls(runner)).containsExactly("zroot/a@ok");
  }

  @Test
  void sameNameTwiceIsDestroyedOnce() throws Exception {
    FakeRunner runner = zfsThatRefuses(Set.of());
    assertThat(destroy(runner, "zroot/a", "x", "x")).hasSize(2);
    assertThat(calls(runner)).containsExactly("zroot/a@x");
  }

  @Test
  void splitsCommandLinesThatAreTooLong() throws Exception {
    List<String> accepted = new ArrayList<>();
    FakeRunner runner =
        FakeRunner.always(command -> {
          String argument = command.arguments().getLast();
          if (argument.length() > 10) {
            throw new CommandTooLongException("too long", new IOException("error: 7"));
          }
          accepted.add(argument);
          return new CommandResult(command, 0, "", "");
        });
    destroy(runner, "1111", "a", "b", "c");
    destroy(runner, "2222", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10");
    assertThat(accepted)
        .containsExactly(
            "1111@a,b,c",
            "2222@01,02",
            "2222@03",
            "2222@04,05",
            "2222@06,07",
            "2222@08",
            "2222@09,10");
  }

  @Test
  void longListsAreCutBeforehand() throws Exception {
    String[] names =
        IntStream.range(0, 2000).mapToObj(i -> "%0100d".formatted(i)).toArray(String[]::new);
    FakeRunner runner = zfsThatRefuses(Set.of());
    destroy(runner, "zroot/a", names);
    assertThat(runner.commands.size()).isBetween(3, 5);
    assertThat(calls(runner)).allMatch(argument -> argument.length() < 66_000);
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void missingSnapshotsCountAsDestroyed(String version) throws Exception {
    FakeRunner runner =
        new FakeRunner().replay(Recordings.of(version).get("destroy-batch-allmissing"));
    assertThat(failed(destroy(runner, "src/data", "nosuch1", "nosuch2"))).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void missingFilesystemOfImportedPoolCountsAsDestroyed(String version) throws Exception {
    FakeRunner runner =
        new FakeRunner()
            .replay(Recordings.of(version).get("destroy-missing-fs-snapshot"))
            .succeed("tank\n");
    assertThat(failed(destroy(runner, "tank/nosuch", "x", "y"))).isEmpty();
    assertThat(runner.lines()).contains("zfs|list|-H|-o|name|tank");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void missingPoolIsNoStatementAboutItsSnapshots(String version) {
    Recordings recordings = Recordings.of(version);
    FakeRunner below =
        new FakeRunner()
            .replay(recordings.get("destroy-missing-pool-snapshot"))
            .replay(recordings.get("list-missing-pool"));
    FakeRunner root = new FakeRunner().replay(recordings.get("destroy-missing-pool-root-snapshot"));
    for (Object[] each : new Object[][] {{below, "nopool/fs"}, {root, "nopool"}}) {
      assertThatThrownBy(() -> destroy((FakeRunner) each[0], (String) each[1], "x"))
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> {
                assertThat(e.problem()).isEqualTo(ZfsProblem.POOL_MISSING);
                assertThat(e.scope()).isEqualTo(FailureScope.POOL);
                assertThat(e.temporary()).isTrue();
              });
    }
  }

  @Test
  void clonesAndHoldsOfOneCommandAreBothFound() throws Exception {
    Recordings.Recording clones = Recordings.of("2.3.2").get("destroy-batch-clone-and-held");
    FakeRunner runner =
        new FakeRunner()
            .replay(clones)
            .fail(1, "cannot destroy snapshot tank/a@4: dataset is busy\n")
            .succeed("");
    List<DestroyOutcome> outcomes = destroy(runner, "tank/a", "1", "3", "4", "two words");
    assertThat(failed(outcomes)).containsExactly("3", "4", "two words");
    assertThat(calls(runner)).containsExactly("tank/a@1,3,4,two words", "tank/a@1,4", "tank/a@1");
  }

  @Test
  void missingPermissionFailsTheRequestAtOnce() {
    FakeRunner runner = new FakeRunner().replay(Recordings.of("2.3.2").get("nonroot-destroy"));
    assertThatThrownBy(() -> destroy(runner, "src/data", "p1", "p2", "p3"))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining("src/data")
        .hasMessageContaining("permission denied");
    assertThat(runner.commands).hasSize(1);
  }
}

package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.job.PlannedReplication;
import io.zrepl.job.PlannedReplication.Filesystem;
import io.zrepl.job.PlannedReplication.Step;
import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.PlannedSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How a plan is told. */
class DryRunTest {
  private static String printed(PlannedReplication plan, boolean failed) {
    return printed(plan, Optional.empty(), failed);
  }

  private static String printed(
      PlannedReplication plan, Optional<PlannedSnapshots> snapshots, boolean failed) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    assertThat(DryRun.print(plan, snapshots, out)).isEqualTo(failed);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static Filesystem planned(String path, Step... steps) {
    return new Filesystem(DatasetPath.of(path), true, List.of(steps), Optional.empty(), false);
  }

  private static Filesystem waiting(String path) {
    return new Filesystem(DatasetPath.of(path), false, List.of(), Optional.empty(), false);
  }

  @Test
  void tellsStepsWithSizesAndWhatCannotBe() {
    assertThat(
            printed(
                new PlannedReplication(
                    Optional.empty(),
                    List.of(
                        new Filesystem(
                            DatasetPath.of("tank/a"),
                            true,
                            List.of(
                                new Step("", "@1", true, OptionalLong.of(2048)),
                                new Step("#x", "@2", false, OptionalLong.empty())),
                            Optional.empty(),
                            false),
                        planned("tank/b"),
                        new Filesystem(
                            DatasetPath.of("tank/c"),
                            true,
                            List.of(),
                            Optional.of("no common snapshot"),
                            false),
                        waiting("tank/d"))),
                true))
        .isEqualTo(
            """
            replication
              tank/a
                full @1 (resumed), 2.0 KiB
                #x => @2, size unknown
              tank/b: nothing to send
              tank/c
                ERROR: no common snapshot
              tank/d: can be planned when what it depends on has arrived
              in all: 2 steps, at least 2.0 KiB
            """);
  }

  @Test
  void snapshotsThatWouldBeTakenAreSentToo() {
    PlannedReplication plan =
        new PlannedReplication(
            Optional.empty(),
            List.of(
                planned("tank/a", new Step("@1", "@2", false, OptionalLong.of(2048))),
                planned("tank/b"),
                new Filesystem(
                    DatasetPath.of("tank/c"), true, List.of(), Optional.of("diverged"), false),
                new Filesystem(
                    DatasetPath.of("tank/d"), true, List.of(), Optional.of("no snapshots"), true),
                new Filesystem(
                    DatasetPath.of("tank/e"), true, List.of(), Optional.of("no snapshots"), true)));
    PlannedSnapshots snapshots =
        new PlannedSnapshots(
            "z_3",
            Stream.of("tank/a", "tank/b", "tank/c", "tank/d")
                .map(path ->
                    new PlannedSnapshots.Filesystem(DatasetPath.of(path), OptionalLong.of(1024)))
                .toList(),
            List.of());
    assertThat(printed(plan, Optional.of(snapshots), true))
        .isEqualTo(
            """
            replication
              tank/a
                @1 => @2, 2.0 KiB
                the newest => @z_3, 1.0 KiB
              tank/b
                the newest => @z_3, 1.0 KiB
              tank/c
                ERROR: diverged
              tank/d
                full @z_3, 1.0 KiB
              tank/e
                ERROR: no snapshots
              in all: 4 steps, 5.0 KiB
            """);
  }

  @Test
  void nothingIsKnownOfWhatWaitsForItsParent() {
    PlannedReplication plan =
        new PlannedReplication(
            Optional.empty(),
            List.of(
                planned("tank/a", new Step("", "@1", false, OptionalLong.of(2048))),
                waiting("tank/a/b")));
    PlannedSnapshots snapshots =
        new PlannedSnapshots(
            "z_3",
            List.of(
                new PlannedSnapshots.Filesystem(DatasetPath.of("tank/a/b"), OptionalLong.of(7))),
            List.of());
    assertThat(printed(plan, Optional.of(snapshots), false))
        .isEqualTo(
            """
            replication
              tank/a
                full @1, 2.0 KiB
              tank/a/b: can be planned when what it depends on has arrived
              in all: 1 steps, at least 2.0 KiB
            """);
  }

  @Test
  void filterThatMatchesNothingIsAFailureAsItIsOfTheRun() {
    assertThat(printed(new PlannedReplication(Optional.empty(), List.of()), true))
        .contains("  ERROR: the job's filter matches no filesystem\n");
  }

  @Test
  void sideThatCannotBeListedIsAFailure() {
    assertThat(printed(new PlannedReplication(Optional.of("the pool is gone"), List.of()), true))
        .contains("  ERROR: the pool is gone\n");
  }
}

package io.zrepl.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.control.ReplicationStatus.Attempt;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.ReplicationStatus.BlockedOn;
import io.zrepl.control.ReplicationStatus.FilesystemState;
import io.zrepl.control.ReplicationStatus.Step;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StatusTextTest {
  private static final StatusText TEXT =
      new StatusText(SampleStatus.NOW, ZoneOffset.UTC, OptionalInt.empty());

  @Test
  void everyTypeOfJobIsShownSortedAndInternalJobsAreNot() {
    assertThat(TEXT.allJobs(SampleStatus.everything()))
        .isEqualTo(ControlJsonTest.resource("status.txt"));
  }

  @Test
  void linesWrapAtTheWidthBelowTheirOwnIndentation() {
    String text =
        new StatusText(SampleStatus.NOW, ZoneOffset.UTC, OptionalInt.of(60))
            .allJobs(SampleStatus.everything());
    assertThat(text).isEqualTo(ControlJsonTest.resource("status-60-columns.txt"));
    assertThat(text.lines()).allMatch(line -> line.length() <= 60);
  }

  @ParameterizedTest
  @EnumSource(
      value = AttemptState.class,
      names = {"PLANNING", "PLANNING_ERROR"})
  void planningShowsNeitherProgressNorFilesystems(AttemptState state) {
    String text = replication(attempt(state));
    assertThat(text).contains("Status: " + state.wireName()).doesNotContain("Progress", "NOTE");
  }

  @Test
  void attemptWithoutFilesystemsSaysSo() {
    assertThat(replication(attempt(AttemptState.DONE)))
        .contains("no filesystem was considered")
        .doesNotContain("Progress");
  }

  /** Go zrepl has no such member, so that it is there only when there is something to say. */
  @Test
  void failedSizeEstimateIsWrittenReadAndShown() throws Exception {
    ReplicationStatus.Filesystem fine =
        SampleStatus.filesystem(
            "a", FilesystemState.STEPPING, BlockedOn.NOTHING, 0, new Step("", "@1", false, 0, 5));
    ReplicationStatus.Filesystem without =
        new ReplicationStatus.Filesystem(
            "b",
            fine.state(),
            fine.blockedOn(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(
                new ErrorStatus("no answer", Optional.of(SampleStatus.START), Optional.empty())),
            0,
            fine.steps());
    Attempt attempt =
        new Attempt(
            AttemptState.FAN_OUT_FILESYSTEMS,
            Optional.of(SampleStatus.START),
            Optional.empty(),
            Optional.empty(),
            List.of(fine, without));
    DaemonStatus status =
        new DaemonStatus(
            new TreeMap<>(Map.of("job", active(replicationOf(attempt)))),
            DaemonStatus.Global.EMPTY);

    String json = ControlJson.toJson(status);

    assertThat(json.split("EstimateError", -1)).hasSize(2);
    assertThat(ControlJson.readStatus(new ByteArrayInputStream(json.getBytes(UTF_8))))
        .isEqualTo(status);
    assertThat(replication(attempt)).contains("size estimate: no answer");
  }

  @Test
  void replicationWithoutAttemptsSaysSo() {
    assertThat(replication()).contains("   no attempt was made yet\n");
  }

  @Test
  void waitForThePeerIsShownWhileItLasts() {
    ReplicationStatus waiting =
        new ReplicationStatus(
            Optional.of(SampleStatus.START),
            Optional.empty(),
            Optional.of(SampleStatus.START),
            Optional.of(SampleStatus.NOW.plusSeconds(600)),
            Optional.of(new ErrorStatus("refused", Optional.empty(), Optional.empty())),
            List.of());
    assertThat(text(waiting))
        .contains(
            "   Connectivity: refused\n",
            "   Waiting for the peer since 2026-11-23 03:17:38 +0000 UTC, until 2026-11-23 03:27:54"
                + " +0000 UTC (in 10m0s)\n");
  }

  @Test
  void jobWithoutReportsShowsDots() {
    JobStatus.Active idle =
        new JobStatus.Active(
            JobStatus.ActiveType.PUSH,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    assertThat(TEXT.job("a", idle))
        .isEqualTo(
            """
            Job: a
            Type: push

            Replication:
               ...

            Pruning Sender:
               ...

            Pruning Receiver:
               ...

            Snapshotting:
               ...
            """);
  }

  @Test
  void pruningWithoutFilesystemsHasNothingToDo() {
    PruningStatus done = new PruningStatus(PruningStatus.State.DONE, "", List.of(), List.of());
    assertThat(
            TEXT.job(
                "a", new JobStatus.Snap(Optional.of(done), Optional.empty(), Optional.empty())))
        .contains("Pruning snapshots:\n   Status: Done\n   nothing to do\n");
  }

  @Test
  void whatOnlyTheReceiverHasIsShownWithItsAge() throws Exception {
    Instant old = Instant.parse("2026-11-20T03:17:38Z");
    JobStatus.Active job =
        new JobStatus.Active(
            JobStatus.ActiveType.PULL,
            Optional.empty(),
            Optional.empty(),
            Optional.of(
                new PruningStatus(
                    PruningStatus.State.DONE,
                    "",
                    List.of(),
                    List.of(
                        new PruningStatus.Filesystem(
                            "tank/old",
                            List.of(),
                            List.of(),
                            PruningStatus.Filesystem.SKIP_NO_CORRESPONDENCE,
                            "",
                            Optional.of(old),
                            OptionalLong.of(5L << 30),
                            List.of())),
                    Optional.of(old),
                    Optional.of(old.plusSeconds(1)))),
            Optional.empty(),
            Optional.empty(),
            List.of("tank/old"));
    DaemonStatus status =
        new DaemonStatus(new TreeMap<>(Map.of("a", job)), SampleStatus.everything().global());
    String json = ControlJson.toJson(status);
    assertThat(ControlJson.readStatus(new ByteArrayInputStream(json.getBytes(UTF_8))))
        .isEqualTo(status);
    assertThat(TEXT.job("a", job))
        .contains(
            "   tank/old  newest snapshot 2026-11-20 03:17:38 +0000 UTC, 3d 00h 00m 16s ago, size 5.0 GiB\n",
            "(newest snapshot 2026-11-20 03:17:38 +0000 UTC, 3d 00h 00m 16s ago, size 5.0 GiB)");
  }

  private static JobStatus.Snap pruned(PruningStatus.Filesystem filesystem) {
    return new JobStatus.Snap(
        Optional.of(
            new PruningStatus(PruningStatus.State.DONE, "", List.of(), List.of(filesystem))),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void whatADaemonDoesNotTellOfAFilesystemThatOnlyTheReceiverHasIsCalledUnknown() {
    assertThat(
            TEXT.job(
                "a",
                pruned(
                    new PruningStatus.Filesystem(
                        "tank/old",
                        List.of(),
                        List.of(),
                        PruningStatus.Filesystem.SKIP_NO_CORRESPONDENCE,
                        ""))))
        .contains("on sender (newest snapshot unknown, size unknown)");
  }

  @Test
  void snapshotsThatStayThoughNoRuleKeepsThemAreCountedAndTheFirstIsExplained() throws Exception {
    PruningStatus.Filesystem one =
        new PruningStatus.Filesystem(
            "tank",
            List.of(),
            List.of(),
            "",
            "",
            Optional.empty(),
            OptionalLong.empty(),
            List.of("@1: it is held (tag mine)", "@2: dataset is busy"));
    assertThat(TEXT.job("a", pruned(one)))
        .contains("; 2 stay that no rule keeps, such as @1: it is held (tag mine))");
    DaemonStatus status =
        new DaemonStatus(
            new TreeMap<>(Map.of("a", pruned(one))), SampleStatus.everything().global());
    assertThat(
            ControlJson.readStatus(
                new ByteArrayInputStream(ControlJson.toJson(status).getBytes(UTF_8))))
        .isEqualTo(status);
  }

  @Test
  void runningCronShowsHowLongAlready() {
    assertThat(
            TEXT.job(
                "a",
                new JobStatus.Snap(
                    Optional.empty(), Optional.of(SampleStatus.cron(true)), Optional.empty())))
        .contains("   State: running\n", "   Started: 2026-11-23 03:17:38 +0000 UTC (16s ago)\n");
  }

  @Test
  void unknownThingsAreNamed() {
    assertThat(TEXT.job("a", new JobStatus.Unknown("odd"))).contains("Type: odd\n", "--mode raw");
    assertThat(
            TEXT.job(
                "a",
                new JobStatus.Snap(
                    Optional.empty(),
                    Optional.of(new SnapshottingStatus.Unknown("lunar")),
                    Optional.empty())))
        .contains("Type: lunar\n");
  }

  @Test
  void controlCharactersOfForeignTextsCannotSteerTheTerminal() {
    ErrorStatus error =
        new ErrorStatus("\u001b[2Jbell\u0007\ttab\u202e", Optional.empty(), Optional.empty());
    Attempt attempt =
        new Attempt(
            AttemptState.PLANNING_ERROR,
            Optional.empty(),
            Optional.empty(),
            Optional.of(error),
            List.of());
    assertThat(replication(attempt)).contains("   Problem: \\u001b[2Jbell\\u0007  tab\\u202e\n");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, '[>---------]'",
    "50, 100, '[=====>----]'",
    "100, 100, '[==========]'",
    "300, 100, '[==========]'",
    "0, 0, '[>---------]'",
    "96, 100, '[==========]'"
  })
  void barsShowTheShare(long done, long total, String bar) {
    assertThat(TEXT.bar(10, 0, done, total)).isEqualTo(bar);
  }

  @ParameterizedTest
  @CsvSource({"200, 82", "100, 62", "50, 12", "1, 12"})
  void barsGetShorterInANarrowTerminal(int width, int length) {
    StatusText text = new StatusText(SampleStatus.NOW, ZoneOffset.UTC, OptionalInt.of(width));
    assertThat(text.bar(80, 40, 1, 2)).hasSize(length);
  }

  @Test
  void emptyStatusIsAnEmptyText() {
    assertThat(TEXT.allJobs(new DaemonStatus(new TreeMap<>(Map.of()), DaemonStatus.Global.EMPTY)))
        .isEmpty();
  }

  private static Attempt attempt(AttemptState state) {
    return new Attempt(
        state, Optional.of(SampleStatus.START), Optional.empty(), Optional.empty(), List.of());
  }

  private static ReplicationStatus replicationOf(Attempt... attempts) {
    return new ReplicationStatus(
        Optional.of(SampleStatus.START),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(attempts));
  }

  private static String replication(Attempt... attempts) {
    return text(replicationOf(attempts));
  }

  private static String text(ReplicationStatus replication) {
    return TEXT.job("a", active(replication));
  }

  private static JobStatus.Active active(ReplicationStatus replication) {
    return new JobStatus.Active(
        JobStatus.ActiveType.PULL,
        Optional.of(replication),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }
}

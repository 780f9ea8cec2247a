package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.JobId;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.RetentionGrid;
import io.zrepl.snapshot.CronSchedule;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.Zfs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code zrepl prune}, without a daemon. */
@Timeout(60)
class PruneCommandTest {
  private final FakeZfs zfs = new FakeZfs();
  private ProgramRun program = new ProgramRun();
  @TempDir private Path folder;

  @BeforeEach
  void makeDatasets() throws Exception {
    zfs.create("tank");
    zfs.create("tank/a");
    zfs.take("tank/a@zrepl_1");
    zfs.take("tank/a@mine");
    zfs.take("tank/a@zrepl_2");
  }

  private int run(String... arguments) throws Exception {
    program = new ProgramRun();
    program.socket = folder.resolve("control");
    program.moreJobs =
        List.of(
            new JobSettings.Snap(
                JobId.parse("snaps"),
                DatasetFilter.of(Map.of("tank/a", true)),
                new SnapshottingSettings.Periodic(
                    Duration.ofHours(1), SnapshotNaming.of("zrepl_", "dense", "UTC")),
                List.of(
                    new KeepRule.LastN(1, Optional.of(Pattern.compile("^zrepl_"))),
                    new KeepRule.Regex(Pattern.compile("^mine"), false))),
            new JobSettings.Snap(
                JobId.parse("cron"),
                DatasetFilter.of(Map.of("tank/a", true)),
                new SnapshottingSettings.Cron(
                    CronSchedule.parse("0 4 * * 1,4"),
                    SnapshotNaming.of("w_", "human", "UTC"),
                    List.of()),
                List.of(new KeepRule.LastN(2, Optional.empty()))),
            new JobSettings.Snap(
                JobId.parse("grid"),
                DatasetFilter.of(Map.of("tank/a", true)),
                new SnapshottingSettings.Manual(),
                List.of(
                    new KeepRule.Grid(RetentionGrid.parse("24x1h | 7x1d"), Pattern.compile(".")))));
    program.zfs =
        () ->
            new ZfsAccess.Session() {
              @Override
              public Zfs zfs() {
                return zfs;
              }

              @Override
              public void close() {}
            };
    return program.run(arguments);
  }

  @Test
  void dryRunTellsOfEachSnapshotWhetherItGoesAndWhyAndDestroysNothing() throws Exception {
    assertThat(run("prune", "--dry-run", "snaps")).isZero();
    assertThat(program.out())
        .contains("local tank/a")
        .containsPattern(
            "goes   .*  @zrepl_1  last_n 1 of \"\\^zrepl_\": it is number 2; regex \"\\^mine\": its name does not match")
        .containsPattern("stays  .*  @mine  rule 2, regex \"\\^mine\"")
        .containsPattern("stays  .*  @zrepl_2  rule 1, last_n 1 of \"\\^zrepl_\"")
        .contains("1 of 3 snapshots would be destroyed");
    assertThat(zfs.versionsOf("tank/a")).hasSize(3);
  }

  @Test
  void dryRunAsJson() throws Exception {
    assertThat(run("prune", "--dry-run", "--json", "snaps")).isZero();
    assertThat(program.out())
        .contains("\"Side\": \"local\"", "\"Filesystem\": \"tank/a\"", "\"Stays\": false");
    assertThat(zfs.versionsOf("tank/a")).hasSize(3);
  }

  @Test
  void withoutDaemonTheCommandPrunesItself() throws Exception {
    assertThat(run("prune", "snaps")).isZero();
    assertThat(program.out()).contains("1 of 3 snapshots destroyed");
    assertThat(zfs.versionsOf("tank/a")).hasSize(2);
  }

  @Test
  void saysWhatIsWrongWithTheCommandLine() throws Exception {
    assertThat(run("prune")).isEqualTo(1);
    assertThat(program.err()).contains("which job?");
    assertThat(run("prune", "--json", "snaps")).isEqualTo(1);
    assertThat(program.err()).contains("--dry-run");
    assertThat(run("prune", "nothing")).isEqualTo(1);
    assertThat(program.err()).contains("\"nothing\" is not in the configuration");
    assertThat(run("prune", "laptops")).isEqualTo(1);
    assertThat(program.err()).contains("does not prune");
  }

  @Test
  void simulatesTheScheduleAndTheRulesOfAJob() throws Exception {
    assertThat(run("prune", "simulate", "snaps", "--span", "10h", "--looks", "1", "--list"))
        .isZero();
    assertThat(program.out())
        .isEqualTo(
            """
            2026-11-23T13:17:38Z: 1 snapshots
              2026-11-23T13:17:38Z  @zrepl_20261123_131738_000  rule 1, last_n 1 of "^zrepl_"

            """);
  }

  @Test
  void simulatesTheCalendarOfAJobUnderTheNamesOfTheJob() throws Exception {
    assertThat(run("prune", "simulate", "cron", "--span", "8d", "--looks", "1", "--list")).isZero();
    assertThat(program.err()).isEmpty();
    assertThat(program.out())
        .isEqualTo(
            """
            2026-12-01T03:17:38Z: 2 snapshots
              2026-11-26T04:00:00Z  @w_2026-11-26_04:00:00  rule 1, last_n 2
              2026-11-30T04:00:00Z  @w_2026-11-30_04:00:00  rule 1, last_n 2

            """);
  }

  @Test
  void simulatesACalendarFromTheCommandLine() throws Exception {
    assertThat(
            run(
                "prune",
                "simulate",
                "--keep",
                "[{type: last_n, count: 2}]",
                "--cron",
                "TZ=Asia/Tokyo 30 9 * * *",
                "--span",
                "2d",
                "--looks",
                "1",
                "--list"))
        .isZero();
    assertThat(program.out())
        .contains("2026-11-24T00:30:00Z  @zrepl_20261124_003000_000")
        .contains("2026-11-25T00:30:00Z  @zrepl_20261125_003000_000");
    assertThat(run("prune", "simulate", "snaps", "--cron", "* * *")).isEqualTo(1);
    assertThat(program.err()).contains("invalid --cron: ");
    assertThat(run("prune", "simulate", "snaps", "--cron", "* * * * *", "--every", "1h"))
        .isEqualTo(1);
    assertThat(program.err()).contains("only one of --every and --cron");
    assertThat(run("prune", "simulate", "snaps", "--cron", "* * * * * *", "--span", "3650d"))
        .isEqualTo(1);
    assertThat(program.err()).contains("more than 5000000 snapshots");
  }

  @Test
  void simulationSaysWhichScheduleItAssumes() throws Exception {
    assertThat(run("prune", "simulate", "grid", "--span", "1h")).isZero();
    assertThat(program.err())
        .isEqualTo("a snapshot is taken every 15m, since nothing else is said (--every, --cron)\n");
  }

  @Test
  void simulatesWhatTheRealSnapshotsBecome() throws Exception {
    assertThat(
            run(
                "prune",
                "simulate",
                "snaps",
                "--filesystem",
                "tank/a",
                "--every",
                "0",
                "--looks",
                "1",
                "--list"))
        .isZero();
    assertThat(program.out()).contains("@mine", "@zrepl_2").doesNotContain("@zrepl_1 ");
  }

  @Test
  void drawsAChartWithARowForEachRule() throws Exception {
    assertThat(
            run(
                "prune",
                "simulate",
                "--keep",
                "[{type: last_n, count: 5}, {type: grid, grid: '1x1h(keep=all) | 24x1h | 30x1d', regex: '^zrepl_'}]",
                "--looks",
                "1"))
        .isZero();
    List<String> lines = program.out().lines().toList();
    assertThat(lines.get(0)).startsWith("2027-11-23T03:17:38Z: ");
    assertThat(lines.get(1)).startsWith("|").endsWith("|     5  rule 1, last_n 5");
    assertThat(lines.get(2)).contains("rule 2, grid for \"^zrepl_\"");
    assertThat(lines.get(3)).endsWith("  all");
    assertThat(lines.get(4)).contains("1d").endsWith("now");
  }

  @Test
  void simulationSaysWhatItCannotUnderstand() throws Exception {
    assertThat(run("prune", "simulate")).isEqualTo(1);
    assertThat(program.err()).contains("exactly one of JOB and --keep");
    assertThat(run("prune", "simulate", "--keep", "[{type: last_n}]")).isEqualTo(1);
    assertThat(program.err()).contains("invalid --keep", "count");
    assertThat(run("prune", "simulate", "laptops")).isEqualTo(1);
    assertThat(program.err()).contains("has no keep rules");
  }
}

package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.local.CursorName;
import io.zrepl.model.JobId;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.FakeZfs.Operation;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.LockFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code zrepl zfs-abstraction} and {@code zrepl migrate}. */
@Timeout(60)
class ZfsAbstractionCommandTest {
  private final FakeZfs zfs = new FakeZfs();
  private ProgramRun program = new ProgramRun();
  @TempDir private Path folder;

  private String oldCursor = "";
  private String newCursor = "";

  @BeforeEach
  void makeDatasets() throws Exception {
    for (String name : List.of("tank", "tank/a", "tank/tmp", "pool", "pool/sink")) {
      zfs.create(name);
    }
    zfs.take("tank/a@1");
    zfs.take("tank/a@2");
    zfs.take("tank/tmp@1");
    zfs.placeHold("tank/a@1", "zrepl_STEP_J_laptop");
    oldCursor = bookmark("tank/a@1");
    newCursor = bookmark("tank/a@2");
  }

  private String bookmark(String snapshot) throws Exception {
    String name =
        new CursorName(
                CursorName.Kind.REPLICATION, zfs.version(snapshot).guid(), JobId.parse("laptop"))
            .text();
    zfs.makeBookmark(snapshot, name);
    return "tank/a#" + name;
  }

  private int run(String... arguments) {
    program = new ProgramRun();
    program.socket = folder.resolve("control");
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
  void groupsExplainThemselves() {
    assertThat(run("zfs-abstraction")).isZero();
    assertThat(program.out()).contains("list", "release-all", "release-stale", "create");
    assertThat(run("zfs-abstraction", "create")).isZero();
    assertThat(program.out()).contains("step");
    assertThat(run("migrate")).isZero();
    assertThat(program.out()).contains("0.0.X:0.1:placeholder", "replication-cursor:v1-v2");
  }

  @Test
  void listPrintsALineForEach() {
    assertThat(run("zfs-abstraction", "list")).isZero();
    assertThat(program.out().lines())
        .containsExactly(
            "step-hold \"zrepl_STEP_J_laptop\" on tank/a@1",
            "replication-cursor-bookmark-v2 " + oldCursor,
            "replication-cursor-bookmark-v2 " + newCursor);
    assertThat(program.err()).isEmpty();
  }

  @Test
  void listNeedsNoConfiguration() {
    program.configurationProblem = "broken";
    assertThat(run("zfs-abstraction", "list")).isZero();
  }

  @Test
  void listPrintsJsonObjectsWithEmptyLinesBetween() {
    assertThat(run("zfs-abstraction", "list", "--json", "--type", "step-hold")).isZero();
    var version = zfs.version("tank/a@1");
    assertThat(program.out())
        .isEqualTo(
            """
            {
              "Type": "step-hold",
              "FS": "tank/a",
              "Name": "1",
              "FullPath": "tank/a@1",
              "JobID": "laptop",
              "CreateTXG": %s,
              "FilesystemVersion": {
                "Type": "snapshot",
                "Name": "1",
                "Guid": %s,
                "CreateTXG": %s,
                "Creation": "%s",
                "UserRefs": {
                  "Value": 1,
                  "Valid": true
                }
              },
              "String": "step-hold \\"zrepl_STEP_J_laptop\\" on tank/a@1"
            }

            """
                .formatted(
                    version.createTxg(), version.guid(), version.createTxg(), version.creation()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--fs tank/a                | 3",
        "--fs tank/tmp              | 0",
        "--fs tank<:ok              | 3",
        "--fs tank<:OK,tank/a:!     | 0",
        "--fs <:ok                  | 3",
        "--job laptop               | 3",
        "--job other                | 0",
        "--type step-hold           | 1",
        "--type step-hold,replication-cursor-bookmark-v2 | 3",
        "-p 4                       | 3",
        "--concurrency=2            | 3",
      })
  void optionsSelect(String options, int count) {
    assertThat(run(("zfs-abstraction list " + options.trim()).split(" "))).isZero();
    assertThat(program.out().lines()).hasSize(count);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "list --fs tank@1",
        "list --fs tank<:yes",
        "list --fs tank,pool",
        "list --fs a:ok,a:!",
        "list --type hold",
        "list --job a/b",
        "list -p 0",
        "list -p x",
        "list --createtxg 5",
        "list surplus",
        "release-all surplus",
        "release-stale --type step-hold",
        "release-stale --createtxg [2,~",
        "create step",
        "create step -t tank/a@1",
        "create step -t tank/a -j x",
        "create step -t tank/a#x -j x",
        "create step -t tank/a@1 -j a/b",
        "create step -t tank/a@missing -j x"
      })
  void invalidOptionsAreRefusedWithoutAnyEffect(String line) {
    assertThat(run(("zfs-abstraction " + line).split(" "))).isEqualTo(1);
    assertThat(program.out()).isEmpty();
    assertThat(program.err()).isNotBlank();
    assertThat(zfs.processes().keySet()).isSubsetOf(Operation.LOOKUP);
  }

  @Test
  void whatCannotBeListedIsToldAndTheRestPrinted() {
    assertThat(run("zfs-abstraction", "list", "--fs", "tank/a:ok,tank/gone:ok")).isEqualTo(1);
    assertThat(program.out().lines()).hasSize(3);
    assertThat(program.err())
        .contains("tank/gone: dataset tank/gone does not exist", "1 could not be listed");
  }

  @Test
  void dryRunOnlySaysWhatItWouldDo() {
    assertThat(run("zfs-abstraction", "release-stale", "--dry-run")).isZero();
    assertThat(program.out().lines())
        .containsExactly(
            "would destroy step-hold \"zrepl_STEP_J_laptop\" on tank/a@1",
            "would destroy replication-cursor-bookmark-v2 " + oldCursor);
    assertThat(run("zfs-abstraction", "release-all", "--dry-run")).isZero();
    assertThat(program.out().lines()).hasSize(3);
    assertThat(run("zfs-abstraction", "release-all", "--dry-run", "--json", "--job", "x")).isZero();
    assertThat(program.out()).isEqualTo("[]\n");
    assertThat(run("zfs-abstraction", "release-stale", "--dry-run", "--json")).isZero();
    assertThat(program.out()).startsWith("[\n  {\n    \"Type\": \"step-hold\"");
    assertThat(zfs.processes()).doesNotContainKeys(Operation.RELEASE, Operation.DESTROY_BOOKMARK);
  }

  @Test
  void releaseStaleKeepsWhatIsInUse() {
    assertThat(run("zfs-abstraction", "release-stale")).isZero();
    assertThat(program.out().lines())
        .containsExactly(
            "destroy step-hold \"zrepl_STEP_J_laptop\" on tank/a@1 ... OK",
            "destroy replication-cursor-bookmark-v2 " + oldCursor + " ... OK");
    assertThat(zfs.holdsOf("tank/a@1")).isEmpty();
    assertThat(zfs.exists(oldCursor)).isFalse();
    assertThat(zfs.exists(newCursor)).isTrue();
  }

  @Test
  void failureOfOneIsToldAndTheOthersAreReleased() {
    zfs.setFaults(FakeFaults.failBefore(Operation.RELEASE));
    assertThat(run("zfs-abstraction", "release-all")).isEqualTo(1);
    assertThat(program.out())
        .contains("on tank/a@1 ... failed:\ninjected failure", newCursor + " ... OK");
    assertThat(run("zfs-abstraction", "release-all", "--json")).isEqualTo(1);
    assertThat(program.out()).contains("\"DestroyErr\": \"injected failure");
    assertThat(zfs.bookmarksOf("tank/a")).isEmpty();
  }

  @Test
  void releaseStaleReleasesNothingIfSomethingCannotBeListed() {
    assertThat(run("zfs-abstraction", "release-stale", "--fs", "tank/a:ok,tank/gone:ok"))
        .isEqualTo(1);
    assertThat(program.out()).isEmpty();
    assertThat(program.err()).contains("nothing was released");
    assertThat(zfs.exists(oldCursor)).isTrue();
  }

  @Test
  void releaseAllReleasesWhatItCanList() {
    assertThat(run("zfs-abstraction", "release-all", "--fs", "tank/a:ok,tank/gone:ok"))
        .isEqualTo(1);
    assertThat(program.out().lines()).hasSize(3).allMatch(line -> line.endsWith(" OK"));
    assertThat(zfs.bookmarksOf("tank/a")).isEmpty();
  }

  @Test
  void lockFileThatCannotBeUsedIsToldAndTheCommandWorks() throws Exception {
    Files.createDirectory(folder.resolve(LockFile.NAME));
    assertThat(run("zfs-abstraction", "release-all")).isZero();
    assertThat(program.err()).startsWith("warning: cannot use " + folder.resolve(LockFile.NAME));
    assertThat(zfs.bookmarksOf("tank/a")).isEmpty();
  }

  @Test
  void createStepHoldsASnapshot() {
    for (int i = 0; i < 2; i++) {
      assertThat(run("zfs-abstraction", "create", "step", "-t", "tank/tmp@1", "--jobid", "a b"))
          .isZero();
      assertThat(program.out()).isEqualTo("step-hold \"zrepl_STEP_J_a b\" on tank/tmp@1\n");
    }
    assertThat(zfs.holdsOf("tank/tmp@1")).containsExactly("zrepl_STEP_J_a b");
  }

  @Test
  void migrationOfCursorsDestroysOldOnesThatHaveASuccessor() {
    zfs.makeBookmark("tank/a@1", CursorName.LEGACY);
    zfs.makeBookmark("tank/tmp@1", CursorName.LEGACY);
    assertThat(run("migrate", "replication-cursor:v1-v2", "--dry-run")).isZero();
    assertThat(program.out())
        .contains(
            "tank/a: would destroy tank/a#zrepl_replication_cursor, replaced by " + newCursor,
            "tank/tmp: skipped: no push or source job covers it",
            "tank: skipped: it has no old cursor");
    assertThat(zfs.exists("tank/a#zrepl_replication_cursor")).isTrue();

    assertThat(run("migrate", "replication-cursor:v1-v2")).isZero();
    assertThat(program.out()).contains("tank/a#zrepl_replication_cursor: destroyed");
    assertThat(zfs.exists("tank/a#zrepl_replication_cursor")).isFalse();
    assertThat(zfs.exists("tank/tmp#zrepl_replication_cursor")).isTrue();
    assertThat(zfs.exists(newCursor)).isTrue();
  }

  @Test
  void migrationOfCursorsFailsWhereThereIsNoSuccessor() {
    zfs.take("tank@1");
    zfs.makeBookmark("tank@1", CursorName.LEGACY);
    assertThat(run("migrate", "replication-cursor:v1-v2")).isEqualTo(1);
    assertThat(program.out()).contains("tank: failed: job \"laptop\" has no cursor yet");
    assertThat(zfs.exists("tank#zrepl_replication_cursor")).isTrue();
  }

  @Test
  void migrationOfPlaceholdersReplacesTheOldMark() throws Exception {
    zfs.create("pool/sink/client");
    zfs.create("pool/sink/new");
    // Of "pool/sink/client": SHA-512/256 of the path.
    zfs.setPlaceholderValue("pool/sink/client", legacyMark("pool/sink/client"));
    zfs.setPlaceholderValue("pool/sink/new", "on");
    assertThat(run("migrate", "0.0.X:0.1:placeholder", "--dry-run")).isZero();
    assertThat(program.out().lines())
        .containsExactly(
            "job \"laptop\": ignored, it does not receive",
            "job \"laptops\": datasets at and below pool/sink",
            "  unchanged  pool/sink",
            "  migrate    pool/sink/client",
            "  unchanged  pool/sink/new");
    assertThat(zfs.datasetOf("pool/sink/client").placeholder().hasLegacyMark()).isTrue();

    assertThat(run("migrate", "0.0.X:0.1:placeholder")).isZero();
    assertThat(zfs.datasetOf("pool/sink/client").placeholder().localValue()).contains("on");
    assertThat(run("migrate", "0.0.X:0.1:placeholder")).isZero();
    assertThat(program.out()).doesNotContain("migrate ");
  }

  private static String legacyMark(String path) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-512/256").digest(path.getBytes(StandardCharsets.UTF_8)));
  }
}

package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.SnapshotPath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class ZfsProblemTest {
  static final List<String> VERSIONS = List.of("2.3.2", "2.1.11");
  private static final String NO_FAILURE = "-";

  /** Rows of {@code expected-problems.txt}: a recording, and what it is on each version. */
  private static Map<String, List<String>> expectedProblems() throws IOException {
    Map<String, List<String>> rows = new TreeMap<>();
    try (InputStream stream =
        ZfsProblemTest.class.getResourceAsStream("/zfs-outputs/expected-problems.txt")) {
      String text =
          new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().filter(row -> !row.startsWith("#")).toList()) {
        List<String> words = List.of(line.trim().split(" +"));
        assertThat(words).as(line).hasSizeBetween(2, 1 + Recordings.VERSIONS.size());
        assertThat(rows.put(words.getFirst(), words.subList(1, words.size()))).as(line).isNull();
      }
    }
    return rows;
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void everyRecordedFailureIsWhatTheTableSays(String version) throws IOException {
    Map<String, String> expected = new TreeMap<>();
    int column = VERSIONS.indexOf(version);
    expectedProblems()
        .forEach((id, problems) ->
            expected.put(id, problems.get(Math.min(column, problems.size() - 1))));
    expected.values().removeIf(NO_FAILURE::equals);

    Map<String, String> recognised = new TreeMap<>();
    Recordings.of(version)
        .all()
        .forEach((id, run) -> {
          if (run.status() != 0) {
            recognised.put(id, ZfsProblem.recognise(run.errors()).name());
          }
        });

    assertThat(recognised).isEqualTo(expected);
  }

  @Test
  void unrecognisedFailureKeepsAllThatZfsSaid() throws Exception {
    String words = "cannot flurb: %s\nusage:\n\tflurb\n".formatted("of ".repeat(3000) + "Mice");
    FakeRunner runner = new FakeRunner().fail(1, words);
    SnapshotPath snapshot = SnapshotPath.of(DatasetPath.of("tank/a"), "1");
    assertThatThrownBy(() -> new ZfsCommands(runner).rollback(snapshot))
        .isInstanceOfSatisfying(
            ZfsException.class,
            e -> {
              assertThat(e.problem()).isEqualTo(ZfsProblem.UNRECOGNISED);
              assertThat(e.message()).contains("tank/a@1").contains(words.strip());
              assertThat(e.advice().orElseThrow()).contains("does not know");
            });
    runner.fail(1, "x".repeat(1_000_000));
    assertThatThrownBy(() -> new ZfsCommands(runner).rollback(snapshot))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(20_000));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "cannot create snapshots : pool I/O is currently suspended; POOL_SUSPENDED; POOL; true",
        "cannot open 'tank': pool I/O is currently suspended; POOL_SUSPENDED; POOL; true",
        "cannot receive: pool is unavailable; POOL_UNAVAILABLE; POOL; true",
        "cannot open 'tank': no such pool; POOL_MISSING; POOL; true",
        "cannot create 'a/b': no such pool 'a'; POOL_MISSING; POOL; true",
        "cannot create 'a/b': out of space; OUT_OF_SPACE; POOL; true",
        "cannot iterate filesystems: I/O error; INPUT_OUTPUT_ERROR; POOL; true",
        "cannot open 'tank/a@x': dataset does not exist; DATASET_MISSING; FILESYSTEM; false",
        "cannot open 'a#b': no such pool or dataset; DATASET_MISSING; FILESYSTEM; false",
        "The ZFS modules are not loaded. Try running 'modprobe zfs'; ZFS_UNAVAILABLE; JOB; true",
        "Permission denied the ZFS utilities must be run as root.; ZFS_UNAVAILABLE; JOB; true",
        "cannot receive new filesystem stream: zfs receive -F cannot be used to destroy an encrypted"
            + " filesystem or overwrite an unencrypted one with an encrypted one;"
            + " ENCRYPTED_OVERWRITE; FILESYSTEM; false",
        // of a token that the receive before has outrun: the next plan has another one
        "cannot receive resume stream: kernel modules must be upgraded to receive this stream.;"
            + " PARTIAL_STATE_IN_THE_WAY; FILESYSTEM; true",
        "cannot receive new filesystem stream: kernel modules must be upgraded to receive this"
            + " stream.; FEATURE_MISSING; FILESYSTEM; false",
        "something new; UNRECOGNISED; FILESYSTEM; false",
      })
  void knowsScopeAndWhetherTryingAgainHelps(
      String errors, ZfsProblem expected, FailureScope scope, boolean temporary) {
    ZfsProblem problem = ZfsProblem.recognise(errors + "\n");
    assertThat(problem).isEqualTo(expected);
    assertThat(problem.scope()).isEqualTo(scope);
    assertThat(problem.temporary()).isEqualTo(temporary);
  }

  @Test
  void nameOfADatasetIsNotTakenForAWording() {
    assertThat(ZfsProblem.recognise("cannot open 'tank/quota exceeded': dataset does not exist"))
        .isEqualTo(ZfsProblem.DATASET_MISSING);
  }

  @Test
  @Timeout(20)
  void longErrorsAreClassifiedByTheirBeginningAndEnd() {
    String long1 = "cannot open 'tank/x': something else\n".repeat(30_000);
    assertThat(ZfsProblem.recognise(long1 + "permission denied"))
        .isEqualTo(ZfsProblem.PERMISSION_DENIED);
  }
}

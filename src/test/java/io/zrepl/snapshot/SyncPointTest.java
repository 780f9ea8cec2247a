package io.zrepl.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SyncPointTest {
  private static final Instant NOW = Instant.ofEpochSecond(100_000);
  private static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final DatasetPath A = DatasetPath.of("tank/a");
  private static final DatasetPath B = DatasetPath.of("tank/b");
  private static final DatasetPath C = DatasetPath.of("tank/c");

  private final Map<DatasetPath, List<FilesystemVersion>> versions = new TreeMap<>();

  private static Snapshot taken(String name, int txg, Duration ago) {
    return new Snapshot(name, new Guid(txg), new CreateTxg(txg), NOW.minus(ago));
  }

  private SyncPoint find(DatasetPath... filesystems) {
    return SyncPoint.find(NOW, INTERVAL, "z_", List.of(filesystems), versions);
  }

  @Test
  void isNowIfThereIsNoFilesystemOrNoSnapshot() {
    assertThat(find().at()).contains(NOW);
    assertThat(find(A, B).at()).contains(NOW);
    assertThat(find(A, B).withoutSnapshots()).containsExactly(A, B);
  }

  @Test
  void isTheEarliestDueTimeOfFilesystemsWithSnapshots() {
    versions.put(A, List.of(taken("z_1", 1, Duration.ofMinutes(2))));
    versions.put(
        B, List.of(taken("z_1", 1, Duration.ofMinutes(9)), taken("z_2", 2, Duration.ofMinutes(7))));
    SyncPoint point = find(A, B, C);
    assertThat(point.at()).contains(NOW.plus(Duration.ofMinutes(3)));
    assertThat(point.withoutSnapshots()).containsExactly(C);
  }

  @Test
  void mayBeInThePast() {
    versions.put(A, List.of(taken("z_1", 1, Duration.ofHours(2))));
    assertThat(find(A).at()).contains(NOW.minus(Duration.ofMinutes(110)));
  }

  @Test
  void onlySnapshotsWithThePrefixCount() {
    versions.put(
        A,
        List.of(
            taken("z_1", 1, Duration.ofMinutes(8)),
            taken("other_z_", 2, Duration.ofMinutes(1)),
            new Bookmark("z_2", new Guid(3), new CreateTxg(3), NOW)));
    assertThat(find(A).at()).contains(NOW.plus(Duration.ofMinutes(2)));
  }

  @Test
  void newestIsByCreateTxgWhateverTheDatesSay() {
    versions.put(
        A, List.of(taken("z_2", 2, Duration.ofMinutes(6)), taken("z_1", 1, Duration.ofMinutes(1))));
    assertThat(find(A).at()).contains(NOW.plus(Duration.ofMinutes(4)));
  }

  @Test
  void snapshotsOfTheFutureDisqualifyTheirFilesystem() {
    versions.put(A, List.of(taken("z_1", 1, Duration.ofMinutes(-1))));
    versions.put(B, List.of(taken("z_1", 1, Duration.ofMinutes(4))));
    assertThat(find(A, B).at()).contains(NOW.plus(Duration.ofMinutes(6)));
    assertThat(find(A, B).inFuture()).containsExactly(A);
    assertThat(find(A, C).at()).contains(NOW);
    assertThat(find(A).at()).as("nothing can be told").isEmpty();
  }
}

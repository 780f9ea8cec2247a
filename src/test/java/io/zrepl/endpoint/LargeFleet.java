package io.zrepl.endpoint;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionList;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Many filesystems with many snapshots of the same names, as a snapshotter makes them, for
 * benchmarks. Two fleets of the same numbers hold the same versions.
 */
public final class LargeFleet {
  private final List<FilesystemEntry> entries = new ArrayList<>();
  private final List<VersionList> versions = new ArrayList<>();

  /** Makes them; oldest snapshot first, one each 10 minutes. */
  public LargeFleet(int filesystems, int snapshots) {
    Random random = new Random(1);
    for (int f = 0; f < filesystems; f++) {
      entries.add(
          new FilesystemEntry(
              DatasetPath.of("tank/data/%06d".formatted(f)), false, Optional.empty()));
      List<Snapshot> list = new ArrayList<>();
      for (int s = 0; s < snapshots; s++) {
        list.add(
            new Snapshot(
                "zrepl_20260101_%06d_000".formatted(s),
                new Guid(random.nextLong()),
                new CreateTxg(1000 + s),
                Instant.ofEpochSecond(1_700_000_000L + s * 600L)));
      }
      versions.add(VersionList.copyOf(list));
    }
  }

  /** The filesystems. */
  public List<FilesystemEntry> entries() {
    return List.copyOf(entries);
  }

  /** The snapshots of one of them, oldest first. */
  public List<FilesystemVersion> versions(DatasetPath filesystem) {
    return versions.get(Integer.parseInt(filesystem.components().getLast()));
  }
}

package io.zrepl.zfs;

import io.zrepl.base.HeapSpace;
import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.VersionList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects the versions of many filesystems while {@code zfs list} prints them, see {@link
 * VersionParser}. There may be millions: of all filesystems but the one whose lines are coming only
 * {@linkplain VersionList compact lists} are held, and what does not fit into the memory is an
 * error.
 */
final class VersionCollector implements LineConsumer {
  /** By createtxg, bookmarks first, then by name. */
  private static final Comparator<FilesystemVersion> ORDER =
      Comparator.comparing(FilesystemVersion::createTxg)
          .thenComparing(version -> version.relativeName());

  private final HeapSpace heap;
  private final VersionParser parser = new VersionParser();
  private final Map<DatasetPath, List<FilesystemVersion>> complete = new TreeMap<>();
  private final List<String> skipped = new ArrayList<>();
  private final List<FilesystemVersion> current = new ArrayList<>();
  private @Nullable DatasetPath filesystem;
  private @Nullable InvalidValueException broken;
  private long count;

  VersionCollector(HeapSpace heap) {
    this.heap = heap;
  }

  @Override
  public void accept(String line) throws ZfsException {
    if (broken != null) {
      return; // What the command says about itself counts more; it shall come to its end.
    }
    try {
      VersionParser.Entry entry = parser.parseLine(line);
      DatasetPath path = entry.path().filesystem();
      if (filesystem == null || !filesystem.equals(path)) {
        finishFilesystem();
        filesystem = path;
      }
      current.add(entry.version());
      count++;
    } catch (VersionParser.UnacceptableNameException e) {
      skipped.add(String.valueOf(e.getMessage()));
    } catch (InvalidValueException e) {
      broken = e;
    }
  }

  private void finishFilesystem() throws ZfsException {
    DatasetPath path = filesystem;
    if (path == null) {
      return;
    }
    if (heap.isScarce()) {
      throw MemoryLimit.exceeded(
          "there are more than %d snapshots and bookmarks".formatted(count - current.size()));
    }
    // Usually its lines follow each other.
    current.addAll(complete.getOrDefault(path, List.of()));
    current.sort(ORDER);
    complete.put(path, VersionList.copyOf(current));
    current.clear();
    filesystem = null;
  }

  /**
   * All that was collected, each list in order. To be called when no more lines come.
   *
   * @throws InvalidValueException if a line was not of the form of a version: nothing may be
   *     concluded then
   */
  Map<DatasetPath, List<FilesystemVersion>> versions() throws InvalidValueException, ZfsException {
    if (broken != null) {
      throw broken;
    }
    finishFilesystem();
    return complete;
  }

  /** Why versions were left out: their names are none that this program accepts. */
  List<String> skipped() {
    return skipped;
  }
}

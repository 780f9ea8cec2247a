package io.zrepl.endpoint;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.util.List;

/**
 * One side of a replication, here or on another machine. Callers do not know which.
 *
 * <p>All methods block and may be called by any thread; interrupting the caller ends the call with
 * {@link InterruptedException} and leaves no process behind.
 */
public interface Endpoint {

  /** Checks that the side can be reached, with both of its connections if it is remote. */
  void checkConnectivity() throws OperationException, InterruptedException;

  /** Lists what this side has, in the order of the paths; also loads its inventory anew. */
  List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException;

  /**
   * What this side has, as its inventory has it now: after a replication with the filesystems that
   * arrived. Loads the inventory only if there is none.
   */
  default List<FilesystemEntry> currentFilesystems()
      throws OperationException, InterruptedException {
    return listFilesystems();
  }

  /**
   * The versions of a filesystem as the inventory has them, in ascending order of createtxg,
   * bookmarks before snapshots of the same createtxg. Empty if it has none.
   *
   * @throws OperationException if the filesystem does not exist or must not be seen
   */
  List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException;

  /**
   * Destroys snapshots, after checking that name and guid still belong together.
   *
   * @return one result per snapshot, in the order given
   * @throws OperationException if nothing could be tried
   */
  List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException;
}

package io.zrepl.endpoint;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
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
   * What a resume token says, as this side can tell. On this machine ZFS is asked where the form of
   * the token is not known.
   *
   * @param token untrusted, as is the answer
   * @throws InvalidValueException if it is damaged, or of a form that is not known here
   * @throws OperationException if that could not be found out
   */
  default ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException {
    return ResumeTokenContents.decode(token);
  }

  /**
   * Destroys snapshots, after checking that name and guid still belong together.
   *
   * @return one result per snapshot, in the order given
   * @throws OperationException if nothing could be tried
   */
  List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException;
}

package io.zrepl.prune;

import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.OperationException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An endpoint together with its list of filesystems, as its inventory has it; fetched once at most.
 *
 * <p>May be shared by several prune runs of one invocation, and used by any thread. A failure is
 * not remembered; the next who asks tries again.
 */
public final class ListedEndpoint<E extends Endpoint> {
  private final E endpoint;
  private final ReentrantLock listing = new ReentrantLock();
  // written under the lock once, read without
  private volatile Optional<List<FilesystemEntry>> filesystems;

  private ListedEndpoint(E endpoint, Optional<List<FilesystemEntry>> filesystems) {
    this.endpoint = endpoint;
    this.filesystems = filesystems;
  }

  /** An endpoint whose list is fetched when it is first needed. */
  public static <E extends Endpoint> ListedEndpoint<E> of(E endpoint) {
    return new ListedEndpoint<>(endpoint, Optional.empty());
  }

  /**
   * An endpoint whose list the caller has.
   *
   * @param filesystems the endpoint's latest answer
   */
  public static <E extends Endpoint> ListedEndpoint<E> of(
      E endpoint, List<FilesystemEntry> filesystems) {
    return new ListedEndpoint<>(endpoint, Optional.of(List.copyOf(filesystems)));
  }

  /** The endpoint. */
  public E endpoint() {
    return endpoint;
  }

  /** The list, if it was fetched already; never blocks. */
  public Optional<List<FilesystemEntry>> known() {
    return filesystems;
  }

  /** The list; asks the endpoint if nobody did yet. */
  public List<FilesystemEntry> filesystems() throws OperationException, InterruptedException {
    listing.lockInterruptibly();
    try {
      List<FilesystemEntry> list =
          filesystems.isPresent() ? filesystems.get() : List.copyOf(endpoint.currentFilesystems());
      filesystems = Optional.of(list);
      return list;
    } finally {
      listing.unlock();
    }
  }
}

package io.zrepl.cli;

import io.zrepl.zfs.Zfs;

/** How commands get at the ZFS of this machine. */
@FunctionalInterface
public interface ZfsAccess {

  /** Begins; the caller ends it. */
  Session open();

  /** ZFS, until it is closed. */
  interface Session extends AutoCloseable {
    /** The ZFS of this machine. */
    Zfs zfs();

    /** Ends what still runs. */
    @Override
    void close();
  }
}

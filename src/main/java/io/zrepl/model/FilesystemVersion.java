package io.zrepl.model;

import java.time.Instant;

/**
 * A snapshot or bookmark of a filesystem.
 *
 * <p>Two versions are the same state of the filesystem when guid, createtxg and creation agree; the
 * name is not part of that identity, and across pools only the guid can be compared.
 */
public sealed interface FilesystemVersion permits Snapshot, Bookmark {
  /** The name without filesystem and delimiter; valid by {@link NameRules}. */
  String name();

  /** Identity across pools. */
  Guid guid();

  /** Order within this filesystem. */
  CreateTxg createTxg();

  /** When the snapshot (for a bookmark: its origin) was created, in whole seconds. */
  Instant creation();

  /** The name with its delimiter, {@code @name} or {@code #name}. */
  String relativeName();

  /** Whether both are the same state of the same filesystem of one pool. */
  default boolean isSameStateAs(FilesystemVersion other) {
    return guid().equals(other.guid())
        && createTxg().equals(other.createTxg())
        && creation().equals(other.creation());
  }
}

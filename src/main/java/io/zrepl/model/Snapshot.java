package io.zrepl.model;

import java.time.Instant;
import java.util.OptionalLong;

/**
 * A snapshot.
 *
 * @param name without filesystem and "@"; valid by {@link NameRules}
 * @param guid identity across pools
 * @param createTxg order within the filesystem
 * @param creation in whole seconds
 * @param userReferences number of holds; empty where not known, as for those a peer tells about
 */
public record Snapshot(
    String name, Guid guid, CreateTxg createTxg, Instant creation, OptionalLong userReferences)
    implements FilesystemVersion {

  /** A snapshot whose number of holds is not known. */
  public Snapshot(String name, Guid guid, CreateTxg createTxg, Instant creation) {
    this(name, guid, createTxg, creation, OptionalLong.empty());
  }

  @Override
  public String relativeName() {
    return "@" + name;
  }
}

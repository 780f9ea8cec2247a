package io.zrepl.model;

import java.time.Instant;

/**
 * A bookmark.
 *
 * @param name without filesystem and "#"; valid by {@link NameRules}
 * @param guid that of its origin
 * @param createTxg that of its origin
 * @param creation that of its origin
 */
public record Bookmark(String name, Guid guid, CreateTxg createTxg, Instant creation)
    implements FilesystemVersion {

  @Override
  public String relativeName() {
    return "#" + name;
  }
}

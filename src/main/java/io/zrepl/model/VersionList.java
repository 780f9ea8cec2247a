package io.zrepl.model;

import java.time.Instant;
import java.util.AbstractList;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.RandomAccess;

/**
 * Versions held compactly: about 40 bytes each, beside their names, instead of about 130. For lists
 * that are kept; an element is made anew whenever somebody asks for it. Immutable.
 */
public final class VersionList extends AbstractList<FilesystemVersion> implements RandomAccess {
  // in place of the number of holds
  private static final long NOT_KNOWN = -1;
  private static final long BOOKMARK = -2;

  private final String[] names;
  private final long[] guids;
  private final long[] createTxgs;
  private final long[] creations;
  private final long[] holds;

  private VersionList(Collection<? extends FilesystemVersion> versions) {
    int size = versions.size();
    names = new String[size];
    guids = new long[size];
    createTxgs = new long[size];
    creations = new long[size];
    holds = new long[size];
    int i = 0;
    for (FilesystemVersion version : versions) {
      names[i] = version.name();
      guids[i] = version.guid().value();
      createTxgs[i] = version.createTxg().value();
      creations[i] = version.creation().getEpochSecond();
      holds[i] =
          switch (version) {
            case Snapshot snapshot -> snapshot.userReferences().orElse(NOT_KNOWN);
            case Bookmark _ -> BOOKMARK;
          };
      i++;
    }
  }

  /** The same versions in the same order. */
  public static VersionList copyOf(Collection<? extends FilesystemVersion> versions) {
    return versions instanceof VersionList compact ? compact : new VersionList(versions);
  }

  @Override
  public FilesystemVersion get(int index) {
    Guid guid = new Guid(guids[index]);
    CreateTxg createTxg = new CreateTxg(createTxgs[index]);
    Instant creation = Instant.ofEpochSecond(creations[index]);
    if (holds[index] == BOOKMARK) {
      return new Bookmark(names[index], guid, createTxg, creation);
    }
    OptionalLong references =
        holds[index] == NOT_KNOWN ? OptionalLong.empty() : OptionalLong.of(holds[index]);
    return new Snapshot(names[index], guid, createTxg, creation, references);
  }

  @Override
  public int size() {
    return names.length;
  }
}

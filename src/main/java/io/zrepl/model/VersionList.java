package io.zrepl.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.AbstractList;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.RandomAccess;

/**
 * Versions held compactly: {@value #BYTES_BESIDE_THE_NAME} bytes each beside the bytes of their
 * names, instead of about 200. For lists that are kept; an element is made anew whenever somebody
 * asks for it. Immutable.
 */
public final class VersionList extends AbstractList<FilesystemVersion> implements RandomAccess {
  private static final int BYTES_BESIDE_THE_NAME = 32;
  // of the object and its arrays
  private static final int BYTES_OF_AN_EMPTY_LIST = 160;
  // in place of the number of holds
  private static final int NOT_KNOWN = -1;
  private static final int BOOKMARK = -2;

  // all names, one after the other; name i ends before nameEnds[i]
  private final byte[] names;
  private final int[] nameEnds;
  private final long[] guids;
  private final long[] createTxgs;
  private final long[] creations;
  private final int[] holds;

  private VersionList(Collection<? extends FilesystemVersion> versions) {
    int size = versions.size();
    ByteArrayOutputStream allNames = new ByteArrayOutputStream(size * 32);
    nameEnds = new int[size];
    guids = new long[size];
    createTxgs = new long[size];
    creations = new long[size];
    holds = new int[size];
    int i = 0;
    for (FilesystemVersion version : versions) {
      allNames.writeBytes(version.name().getBytes(StandardCharsets.UTF_8));
      nameEnds[i] = allNames.size();
      guids[i] = version.guid().value();
      createTxgs[i] = version.createTxg().value();
      creations[i] = version.creation().getEpochSecond();
      holds[i] =
          switch (version) {
            case Snapshot snapshot -> holds(snapshot.userReferences());
            case Bookmark _ -> BOOKMARK;
          };
      i++;
    }
    names = allNames.toByteArray();
  }

  /** ZFS counts in 64 bits; whether there are two thousand million holds or more is no matter. */
  private static int holds(OptionalLong references) {
    if (references.isEmpty()) {
      return NOT_KNOWN;
    }
    long count = references.getAsLong();
    return count < 0 || count > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) count;
  }

  /** The same versions in the same order. */
  public static VersionList copyOf(Collection<? extends FilesystemVersion> versions) {
    return versions instanceof VersionList compact ? compact : new VersionList(versions);
  }

  @Override
  public FilesystemVersion get(int index) {
    int nameStart = index == 0 ? 0 : nameEnds[index - 1];
    String name = new String(names, nameStart, nameEnds[index] - nameStart, StandardCharsets.UTF_8);
    Guid guid = new Guid(guids[index]);
    CreateTxg createTxg = new CreateTxg(createTxgs[index]);
    Instant creation = Instant.ofEpochSecond(creations[index]);
    if (holds[index] == BOOKMARK) {
      return new Bookmark(name, guid, createTxg, creation);
    }
    OptionalLong references =
        holds[index] == NOT_KNOWN ? OptionalLong.empty() : OptionalLong.of(holds[index]);
    return new Snapshot(name, guid, createTxg, creation, references);
  }

  @Override
  public int size() {
    return nameEnds.length;
  }

  /** About how much memory it takes. */
  public long bytes() {
    return BYTES_OF_AN_EMPTY_LIST + names.length + (long) BYTES_BESIDE_THE_NAME * size();
  }
}

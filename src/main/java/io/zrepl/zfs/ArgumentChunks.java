package io.zrepl.zfs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Cuts long lists of names to command lines that every Linux takes: one argument may have 128 KiB,
 * and all together a quarter of the stack limit, less the environment.
 */
final class ArgumentChunks {
  /** Bytes per command line; names are ASCII. */
  static final int DEFAULT_LIMIT = 64 * 1024;

  private ArgumentChunks() {}

  /** The names in order, in as few lists as possible; none is empty. */
  static <T> List<List<T>> split(Collection<T> names, int limit) {
    List<List<T>> chunks = new ArrayList<>();
    List<T> chunk = new ArrayList<>();
    int size = 0;
    for (T name : names) {
      int length = name.toString().length() + 1;
      if (size + length > limit && !chunk.isEmpty()) {
        chunks.add(chunk);
        chunk = new ArrayList<>();
        size = 0;
      }
      chunk.add(name);
      size += length;
    }
    if (!chunk.isEmpty()) {
      chunks.add(chunk);
    }
    return chunks;
  }

  /** {@link #split(Collection, int)} with the default limit. */
  static <T> List<List<T>> split(Collection<T> names) {
    return split(names, DEFAULT_LIMIT);
  }
}

package io.zrepl.model;

import io.zrepl.base.InvalidValueException;

/** The full name of a snapshot or bookmark. */
public sealed interface VersionPath permits SnapshotPath, BookmarkPath {
  /** The filesystem or volume it belongs to. */
  DatasetPath filesystem();

  /** The name without filesystem and delimiter. */
  String name();

  /** The full name as {@code zfs} takes it. */
  @Override
  String toString();

  /**
   * Parses a full name.
   *
   * @throws InvalidValueException if the text is neither a valid snapshot nor a valid bookmark name
   */
  static VersionPath parse(String text) throws InvalidValueException {
    int at = text.indexOf('@');
    int hash = text.indexOf('#');
    if (at < 0 == hash < 0) {
      throw new InvalidValueException(
          "\"%s\" is neither the name of a snapshot (filesystem@name) nor of a bookmark (filesystem#name)"
              .formatted(text));
    }
    int delimiter = Math.max(at, hash);
    DatasetPath filesystem = DatasetPath.parse(text.substring(0, delimiter));
    String name = text.substring(delimiter + 1);
    return at >= 0 ? SnapshotPath.of(filesystem, name) : BookmarkPath.of(filesystem, name);
  }
}

package io.zrepl.model;

import io.zrepl.base.InvalidValueException;

/**
 * The full name of a snapshot, for example {@code tank/home@monday}. Made by {@link #of}, which
 * checks it.
 */
public final class SnapshotPath extends VersionPathBase implements VersionPath {

  private SnapshotPath(DatasetPath filesystem, String name) {
    super(filesystem, '@', name);
  }

  /**
   * The snapshot of that name.
   *
   * @param name without delimiter
   * @throws InvalidValueException if the name is not valid or too long for this filesystem
   */
  public static SnapshotPath of(DatasetPath filesystem, String name) throws InvalidValueException {
    NameRules.requireComponent("snapshot name", name);
    SnapshotPath result = new SnapshotPath(filesystem, name);
    NameRules.requireLength("snapshot name", result.toString());
    return result;
  }
}

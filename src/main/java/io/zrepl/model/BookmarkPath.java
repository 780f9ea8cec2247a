package io.zrepl.model;

import io.zrepl.base.InvalidValueException;

/**
 * The full name of a bookmark, for example {@code tank/home#monday}. Made by {@link #of}, which
 * checks it.
 */
public final class BookmarkPath extends VersionPathBase implements VersionPath {

  private BookmarkPath(DatasetPath filesystem, String name) {
    super(filesystem, '#', name);
  }

  /**
   * The bookmark of that name.
   *
   * @param name without delimiter
   * @throws InvalidValueException if the name is not valid or too long for this filesystem
   */
  public static BookmarkPath of(DatasetPath filesystem, String name) throws InvalidValueException {
    NameRules.requireComponent("bookmark name", name);
    BookmarkPath result = new BookmarkPath(filesystem, name);
    NameRules.requireLength("bookmark name", result.toString());
    return result;
  }
}

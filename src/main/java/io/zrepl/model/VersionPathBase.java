package io.zrepl.model;

/** What snapshot and bookmark names have in common. */
abstract class VersionPathBase {
  private final DatasetPath filesystem;
  private final String name;
  private final String text;

  VersionPathBase(DatasetPath filesystem, char delimiter, String name) {
    this.filesystem = filesystem;
    this.name = name;
    this.text = filesystem.toString() + delimiter + name;
  }

  /** The filesystem or volume it belongs to. */
  public final DatasetPath filesystem() {
    return filesystem;
  }

  /** The name without filesystem and delimiter. */
  public final String name() {
    return name;
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof VersionPathBase path && path.text.equals(text);
  }

  @Override
  public final int hashCode() {
    return text.hashCode();
  }

  @Override
  public final String toString() {
    return text;
  }
}

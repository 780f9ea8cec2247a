package io.zrepl.zfs;

/** How a new placeholder gets its encryption ({@code recv.placeholder.encryption}). */
public enum PlaceholderEncryption {
  /** Nothing said: creating a placeholder is refused, except the one of a client's own root. */
  UNSPECIFIED,
  /** As its parent. */
  INHERIT,
  /** Created with {@code encryption=off}. */
  OFF
}

package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Whether a dataset is a placeholder: created by a receiver only to hold the children that were
 * replicated, not replicated itself.
 *
 * <p>Recorded in ZFS as the user property {@value #PROPERTY}. Only a <em>local</em> value counts: a
 * child inherits the property and is none. Values are {@code on} and {@code off}; very old versions
 * wrote a hash of the dataset's path instead of {@code on}.
 *
 * @param isPlaceholder whether it is one
 * @param localValue the local value of the property, empty if there is none
 */
public record Placeholder(boolean isPlaceholder, Optional<String> localValue) {
  /** The user property that marks placeholders; part of the format on disk. */
  public static final String PROPERTY = "zrepl:placeholder";

  /** No local property. */
  public static final Placeholder NONE = new Placeholder(false, Optional.empty());

  /** What a local value of the property means for that dataset. */
  public static Placeholder ofLocalValue(DatasetPath dataset, String value) {
    boolean marked = value.equals("on") || value.equals(legacyHash(dataset));
    return new Placeholder(marked, Optional.of(value));
  }

  /** Whether it is one only by what very old versions wrote, which a rename makes invalid. */
  public boolean hasLegacyMark() {
    return isPlaceholder && !localValue.equals(Optional.of("on"));
  }

  /** What very old versions wrote: lower-case hexadecimal SHA-512/256 of the path. */
  static String legacyHash(DatasetPath dataset) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-512/256");
      byte[] path = dataset.toString().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(digest.digest(path));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks SHA-512/256", e);
    }
  }
}

package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.util.regex.Pattern;

/**
 * The name of a job. It is part of names on disk (cursors, holds), so that renaming a job loses its
 * cursors. Made by {@link #parse}.
 */
public final class JobId implements Comparable<JobId> {
  /** Longest name with which a tentative cursor of {@code pool/ds} still fits into a ZFS name. */
  public static final int MAXIMUM_LENGTH = 203;

  // Go zrepl looks for the last occurrence, and so never recognises such a job's cursors.
  private static final Pattern LIKE_A_CURSOR = Pattern.compile("_G_[0-9a-f]{16}_J_");

  private final String text;

  private JobId(String text) {
    this.text = text;
  }

  /**
   * Checks a job name.
   *
   * @throws InvalidValueException if it cannot be part of a bookmark name, or is reserved
   */
  public static JobId parse(String text) throws InvalidValueException {
    NameRules.requireComponent("job name", text);
    if (text.startsWith("_")) {
      throw new InvalidValueException(
          "job name \"%s\" must not start with \"_\": such names are reserved".formatted(text));
    }
    if (LIKE_A_CURSOR.matcher(text).find()) {
      throw new InvalidValueException(
          "job name \"%s\" must not contain \"_G_\", 16 hexadecimal digits and \"_J_\": other programs would take it for a part of the name of a cursor bookmark"
              .formatted(text));
    }
    if (text.length() > MAXIMUM_LENGTH) {
      throw new InvalidValueException(
          "job name is %d characters long; at most %d fit into the names of cursor bookmarks"
              .formatted(text.length(), MAXIMUM_LENGTH));
    }
    return new JobId(text);
  }

  @Override
  public int compareTo(JobId other) {
    return text.compareTo(other.text);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JobId job && job.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}

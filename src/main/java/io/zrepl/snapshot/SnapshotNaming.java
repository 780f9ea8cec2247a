package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import java.time.Instant;

/** How snapshots are called: prefix and timestamp. */
public final class SnapshotNaming {
  private final String prefix;

  private SnapshotNaming(String prefix) {
    this.prefix = prefix;
  }

  /**
   * Makes the naming and checks that it gives valid names.
   *
   * @param prefix what names begin with; not empty
   * @param format {@code dense}, {@code human}, {@code iso-8601} or {@code unix-seconds}
   * @param location name of a time zone
   * @throws InvalidValueException if the resulting names are not valid snapshot names
   */
  public static SnapshotNaming of(String prefix, String format, String location)
      throws InvalidValueException {
    return new SnapshotNaming(prefix);
  }

  /** What all names begin with. */
  public String prefix() {
    return prefix;
  }

  /** The name of a snapshot taken at that time. */
  public String nameAt(Instant time) {
    return prefix + time.getEpochSecond();
  }
}

package io.zrepl.model;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Versions in a short notation for tests. */
public final class TestVersions {
  private TestVersions() {}

  /**
   * Parses {@code "@a,1 #b,2"}: a snapshot a with guid, createtxg and creation 1, a bookmark b with
   * 2. {@code @c,3:9} has guid 3 and createtxg and creation 9. "-" stands for no version.
   */
  public static List<FilesystemVersion> versions(String text) {
    if (text.isBlank() || text.equals("-")) {
      return List.of();
    }
    return Arrays.stream(text.trim().split("\\s+")).map(TestVersions::version).toList();
  }

  /** Parses one version. */
  public static FilesystemVersion version(String text) {
    int comma = text.indexOf(',');
    String name = text.substring(1, comma);
    String[] numbers = text.substring(comma + 1).split(":", -1);
    long guid = Long.parseLong(numbers[0]);
    long txg = Long.parseLong(numbers[numbers.length - 1]);
    return text.charAt(0) == '@'
        ? new Snapshot(name, new Guid(guid), new CreateTxg(txg), Instant.ofEpochSecond(txg))
        : new Bookmark(name, new Guid(guid), new CreateTxg(txg), Instant.ofEpochSecond(txg));
  }

  /** Parses one snapshot. */
  public static Snapshot snapshot(String text) {
    return (Snapshot) version(text);
  }
}

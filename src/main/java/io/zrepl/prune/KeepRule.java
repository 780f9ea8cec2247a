package io.zrepl.prune;

import com.google.re2j.Pattern;
import java.util.Optional;

/** A rule that keeps snapshots. */
public sealed interface KeepRule {

  /**
   * Keeps what is not yet replicated.
   *
   * @param keepSnapshotAtCursor whether the snapshot at the replication cursor counts as not
   *     replicated
   */
  record NotReplicated(boolean keepSnapshotAtCursor) implements KeepRule {}

  /**
   * Keeps the newest of the snapshots that match.
   *
   * @param count how many, at least 1
   * @param regex searched in the name; empty matches all
   */
  record LastN(int count, Optional<Pattern> regex) implements KeepRule {}

  /**
   * Keeps what matches, or, negated, what does not.
   *
   * @param regex searched in the name
   * @param negate whether to keep what does not match
   */
  record Regex(Pattern regex, boolean negate) implements KeepRule {}

  /**
   * Keeps, of the snapshots that match, fewer the older they are.
   *
   * @param grid the buckets
   * @param regex searched in the name
   */
  record Grid(RetentionGrid grid, Pattern regex) implements KeepRule {}
}

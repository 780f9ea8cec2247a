package io.zrepl.prune;

import com.google.re2j.Pattern;
import java.util.Optional;

/** A rule that keeps snapshots. */
public sealed interface KeepRule {

  /** How reports call the rule, in the words of the configuration. */
  String description();

  /**
   * Keeps what is not yet replicated.
   *
   * @param keepSnapshotAtCursor whether the snapshot at the replication cursor counts as not
   *     replicated
   */
  record NotReplicated(boolean keepSnapshotAtCursor) implements KeepRule {
    @Override
    public String description() {
      return "not_replicated";
    }
  }

  /**
   * Keeps the newest of the snapshots that match.
   *
   * @param count how many, at least 1
   * @param regex searched in the name; empty matches all
   */
  record LastN(int count, Optional<Pattern> regex) implements KeepRule {
    /** Checks the count. */
    public LastN {
      if (count < 1) {
        throw new IllegalArgumentException("count " + count + " is not positive");
      }
    }

    @Override
    public String description() {
      return "last_n " + count + regex.map(pattern -> " of \"" + pattern + "\"").orElse("");
    }
  }

  /**
   * Keeps what matches, or, negated, what does not.
   *
   * @param regex searched in the name
   * @param negate whether to keep what does not match
   */
  record Regex(Pattern regex, boolean negate) implements KeepRule {
    @Override
    public String description() {
      return (negate ? "regex not \"" : "regex \"") + regex + "\"";
    }
  }

  /**
   * Keeps, of the snapshots that match, fewer the older they are.
   *
   * @param grid the buckets
   * @param regex searched in the name
   */
  record Grid(RetentionGrid grid, Pattern regex) implements KeepRule {
    @Override
    public String description() {
      return "grid for \"" + regex + "\"";
    }
  }
}

package io.zrepl.prune;

import com.google.re2j.Pattern;
import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Short ways to write versions and rules in tests. */
final class Samples {
  private Samples() {}

  /** A snapshot whose name is "s" and its number; guid, createtxg and creation follow from it. */
  static Snapshot snapshot(int number) {
    return snapshot("s" + number, number);
  }

  static Snapshot snapshot(String name, int number) {
    return snapshot(name, number, number * 60L);
  }

  static Snapshot snapshot(String name, int number, long creationSeconds) {
    return new Snapshot(
        name, new Guid(number), new CreateTxg(number), Instant.ofEpochSecond(creationSeconds));
  }

  static Snapshot held(int number, long holds) {
    Snapshot s = snapshot(number);
    return new Snapshot(s.name(), s.guid(), s.createTxg(), s.creation(), OptionalLong.of(holds));
  }

  /** The replication cursor at the snapshot of that number. */
  static Bookmark cursor(int number) {
    return bookmark("zrepl_CURSOR_G_" + new Guid(number).hex() + "_J_job", number);
  }

  static Bookmark bookmark(String name, int number) {
    return new Bookmark(
        name, new Guid(number), new CreateTxg(number), Instant.ofEpochSecond(number * 60L));
  }

  static PruneCandidate candidate(String name, long creationSeconds) {
    return new PruneCandidate(snapshot(name, 1, creationSeconds), false);
  }

  static KeepRule lastN(int count) {
    return new KeepRule.LastN(count, Optional.empty());
  }

  static KeepRule lastN(int count, String regex) {
    return new KeepRule.LastN(count, Optional.of(Pattern.compile(regex)));
  }

  static KeepRule regex(String regex) {
    return new KeepRule.Regex(Pattern.compile(regex), false);
  }

  static KeepRule notRegex(String regex) {
    return new KeepRule.Regex(Pattern.compile(regex), true);
  }

  static KeepRule grid(String grid, String regex) {
    try {
      return new KeepRule.Grid(RetentionGrid.parse(grid), Pattern.compile(regex));
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static KeepRule notReplicated() {
    return new KeepRule.NotReplicated(true);
  }

  /** Names of those that are to be destroyed, in the order of the candidates. */
  static List<String> destroyed(List<KeepRule> rules, List<PruneCandidate> candidates) {
    return KeepRules.evaluate(rules, candidates).stream()
        .filter(verdict -> !verdict.kept())
        .map(verdict -> verdict.candidate().snapshot().name())
        .toList();
  }
}

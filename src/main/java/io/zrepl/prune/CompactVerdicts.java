package io.zrepl.prune;

import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionList;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * Verdicts held compactly, since a run keeps them of all filesystems until the next one: the list
 * of versions that the inventory has anyway, and two numbers for each verdict. An element is made
 * anew whenever somebody asks for it. Immutable.
 */
final class CompactVerdicts extends AbstractList<KeepVerdict> implements RandomAccess {
  static final CompactVerdicts EMPTY = of(List.of(), List.of());

  private final VersionList versions;
  // of verdict i: the place of its snapshot among the versions
  private final int[] places;
  private final int[] reasons;
  private final BitSet replicated = new BitSet();
  private final List<List<KeepReason>> differentReasons = new ArrayList<>();
  // the verdicts that keep nothing
  private final int[] toDestroy;
  // those that stay although no rule keeps them
  private final int[] spared;

  private CompactVerdicts(VersionList versions, List<KeepVerdict> verdicts, int[] places) {
    this.versions = versions;
    this.places = places;
    this.reasons = new int[verdicts.size()];
    Map<List<KeepReason>, Integer> known = new HashMap<>();
    List<Integer> destroyed = new ArrayList<>();
    List<Integer> sparedOnes = new ArrayList<>();
    for (int i = 0; i < reasons.length; i++) {
      KeepVerdict verdict = verdicts.get(i);
      Integer number = known.putIfAbsent(verdict.reasons(), differentReasons.size());
      if (number == null) {
        number = differentReasons.size();
        differentReasons.add(verdict.reasons());
      }
      reasons[i] = number;
      replicated.set(i, verdict.candidate().replicated());
      if (!verdict.kept()) {
        destroyed.add(i);
      } else if (verdict.spared()) {
        sparedOnes.add(i);
      }
    }
    this.spared = sparedOnes.stream().mapToInt(i -> i).toArray();
    this.toDestroy = destroyed.stream().mapToInt(i -> i).toArray();
  }

  /**
   * The same verdicts.
   *
   * @param versions what the snapshots were taken from; is kept instead of them if it is compact
   */
  static CompactVerdicts of(
      List<? extends FilesystemVersion> versions, List<KeepVerdict> verdicts) {
    if (versions instanceof VersionList compact) {
      int[] places = places(compact, verdicts);
      if (places != null) {
        return new CompactVerdicts(compact, verdicts, places);
      }
    }
    int[] places = new int[verdicts.size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = i;
    }
    VersionList own =
        VersionList.copyOf(
            verdicts.stream().map(verdict -> verdict.candidate().snapshot()).toList());
    return new CompactVerdicts(own, verdicts, places);
  }

  static CompactVerdicts copyOf(List<KeepVerdict> verdicts) {
    return verdicts instanceof CompactVerdicts compact ? compact : of(List.of(), verdicts);
  }

  private static int @Nullable [] places(VersionList versions, List<KeepVerdict> verdicts) {
    Map<FilesystemVersion, Integer> places = new HashMap<>();
    for (int i = 0; i < versions.size(); i++) {
      places.put(versions.get(i), i);
    }
    int[] result = new int[verdicts.size()];
    for (int i = 0; i < result.length; i++) {
      Integer place = places.get(verdicts.get(i).candidate().snapshot());
      if (place == null) {
        return null;
      }
      result[i] = place;
    }
    return result;
  }

  @Override
  public KeepVerdict get(int index) {
    if (!(versions.get(places[index]) instanceof Snapshot snapshot)) {
      throw new IllegalStateException("no snapshot at " + places[index]);
    }
    return new KeepVerdict(
        new PruneCandidate(snapshot, replicated.get(index)), differentReasons.get(reasons[index]));
  }

  @Override
  public int size() {
    return places.length;
  }

  /** Those that keep nothing, in the same order; a view. */
  List<KeepVerdict> toDestroy() {
    return new LazyList<>(toDestroy.length, i -> get(toDestroy[i]));
  }

  /** Those that keep a snapshot although no rule does, in the same order; a view. */
  List<KeepVerdict> spared() {
    return new LazyList<>(spared.length, i -> get(spared[i]));
  }
}

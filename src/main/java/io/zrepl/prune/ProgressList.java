package io.zrepl.prune;

import io.zrepl.model.DatasetPath;
import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.function.UnaryOperator;

/**
 * How far each filesystem is, with the counts that decide what comes next. Immutable; a changed
 * list shares all but a small part with the one before, since there may be ten thousand filesystems
 * and twice as many changes.
 */
final class ProgressList extends AbstractList<FilesystemProgress> implements RandomAccess {
  static final ProgressList EMPTY = of(List.of());

  private static final int CHUNK = 64;

  // never changed once made, and shared
  private final FilesystemProgress[][] chunks;
  private final Map<DatasetPath, Integer> places;
  private final Counts counts;

  private record Counts(int awaitingPlan, int incomplete, int failed) {
    Counts plus(FilesystemProgress progress, int sign) {
      return new Counts(
          awaitingPlan + (progress.awaitsPlan() ? sign : 0),
          incomplete + (progress.complete() ? 0 : sign),
          failed + (progress.failure().isPresent() ? sign : 0));
    }
  }

  private ProgressList(
      FilesystemProgress[][] chunks, Map<DatasetPath, Integer> places, Counts counts) {
    this.chunks = chunks;
    this.places = places;
    this.counts = counts;
  }

  /**
   * A list of those.
   *
   * @param all no two of the same path
   */
  static ProgressList of(List<FilesystemProgress> all) {
    FilesystemProgress[][] chunks = new FilesystemProgress[(all.size() + CHUNK - 1) / CHUNK][];
    Map<DatasetPath, Integer> places = new HashMap<>();
    Counts counts = new Counts(0, 0, 0);
    for (int i = 0; i < chunks.length; i++) {
      chunks[i] =
          all.subList(i * CHUNK, Math.min(all.size(), (i + 1) * CHUNK))
              .toArray(FilesystemProgress[]::new);
    }
    for (int i = 0; i < all.size(); i++) {
      places.put(all.get(i).path(), i);
      counts = counts.plus(all.get(i), 1);
    }
    return new ProgressList(chunks, places, counts);
  }

  /** The same with one changed; one that is not in the list changes nothing. */
  ProgressList with(DatasetPath path, UnaryOperator<FilesystemProgress> change) {
    Integer place = places.get(path);
    if (place == null) {
      return this;
    }
    FilesystemProgress before = get(place);
    FilesystemProgress after = change.apply(before);
    FilesystemProgress[][] changed = chunks.clone();
    FilesystemProgress[] chunk = chunks[place / CHUNK].clone();
    chunk[place % CHUNK] = after;
    changed[place / CHUNK] = chunk;
    return new ProgressList(changed, places, counts.plus(before, -1).plus(after, 1));
  }

  @Override
  public FilesystemProgress get(int index) {
    return chunks[index / CHUNK][index % CHUNK];
  }

  @Override
  public int size() {
    return places.size();
  }

  /** How many are to be planned and have neither plan nor failure. */
  int awaitingPlan() {
    return counts.awaitingPlan();
  }

  /** Of how many something is still to come. */
  int incomplete() {
    return counts.incomplete();
  }

  /** How many have failed. */
  int failed() {
    return counts.failed();
  }
}

package io.zrepl.config.yaml;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects the problems of one file. The same problem at the same place is kept once, although an
 * alias may lead to it several times. Confined to one thread.
 */
public final class Problems {
  /** More problems than that help nobody; the rest is left out and said to be. */
  private static final int MOST = 100;

  private static final int LONGEST_MESSAGE = 600;

  private record Entry(Position position, String path, String message) {}

  private record Key(Position position, String lastKey, String message) {}

  private final SourceText source;
  private final List<Entry> errors = new ArrayList<>();
  private final List<Entry> warnings = new ArrayList<>();
  private final List<Entry> notPortable = new ArrayList<>();
  private final Set<Key> seen = new HashSet<>();

  /** Starts with none. */
  public Problems(SourceText source) {
    this.source = source;
  }

  /** The file is not valid. */
  public void error(Position position, String path, String message) {
    add(errors, position, path, message);
  }

  /** The file is valid, but may not mean what its author thinks. */
  public void warning(Position position, String path, String message) {
    add(warnings, position, path, message);
  }

  /** The file is valid, but Go zrepl would refuse it or do something else. */
  public void notPortable(Position position, String path, String message) {
    add(notPortable, position, path, message);
  }

  private void add(List<Entry> list, Position position, String path, String message) {
    // One more than is shown, so that the excess can be told.
    if (list.size() <= MOST && seen.add(new Key(position, lastKey(path), message))) {
      list.add(new Entry(position, path, message));
    }
  }

  /** Of the path only what is the same for all aliases of a section. */
  private static String lastKey(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** Whether any error was reported. */
  public boolean hasErrors() {
    return !errors.isEmpty();
  }

  /** Whether further errors would be left out, so that work on their texts can be saved. */
  public boolean isFull() {
    return errors.size() > MOST;
  }

  /** The errors in the order of the file. */
  public List<Problem> errors() {
    return finish(errors);
  }

  /** The warnings in the order of the file. */
  public List<Problem> warnings() {
    return finish(warnings);
  }

  /** What Go zrepl would refuse or do in another way, in the order of the file. */
  public List<Problem> notPortable() {
    return finish(notPortable);
  }

  /** A problem that is not one of the file, at a place of it. */
  public Problem at(Position position, String path, String message) {
    return problem(position, path, message);
  }

  private List<Problem> finish(List<Entry> entries) {
    List<Problem> result = new ArrayList<>();
    entries.stream()
        .limit(MOST)
        .sorted(Comparator.comparing(Entry::position))
        .map(entry -> problem(entry.position, entry.path, entry.message))
        .forEach(result::add);
    if (entries.size() > MOST) {
      result.add(
          problem(
              Position.WHOLE_FILE,
              "",
              "there are more problems; only %d are shown".formatted(MOST)));
    }
    return List.copyOf(result);
  }

  private Problem problem(Position position, String path, String message) {
    return new Problem(
        source.file(),
        position.line(),
        position.column(),
        path,
        Printable.clean(message, LONGEST_MESSAGE),
        source.snippet(position));
  }
}

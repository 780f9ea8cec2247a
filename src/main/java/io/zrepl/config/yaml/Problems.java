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

  private static final String NOT_SHOWN =
      "what stands here is not valid; it is not shown, since it may be a secret";

  private record Entry(Position position, String path, String message, boolean quotesNothing) {}

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
    add(errors, position, path, message, false);
  }

  /** The same with a message that can be shown even if what stands there must not be. */
  public void errorWithoutQuote(Position position, String path, String message) {
    add(errors, position, path, message, true);
  }

  /** Nothing may be shown of what begins at a place, although no key says so. */
  public void hideFrom(Position position) {
    source.hidden().hideFrom(position);
  }

  /** The file is valid, but may not mean what its author thinks. */
  public void warning(Position position, String path, String message) {
    add(warnings, position, path, message, false);
  }

  /** The file is valid, but Go zrepl would refuse it or do something else. */
  public void notPortable(Position position, String path, String message) {
    add(notPortable, position, path, message, false);
  }

  private void add(
      List<Entry> list, Position position, String path, String message, boolean quotesNothing) {
    // One more than is shown, so that the excess can be told.
    if (list.size() <= MOST && seen.add(new Key(position, lastKey(path), message))) {
      list.add(new Entry(position, path, message, quotesNothing));
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
    return problem(new Entry(position, path, message, false));
  }

  private List<Problem> finish(List<Entry> entries) {
    List<Problem> result = new ArrayList<>();
    entries.stream()
        .limit(MOST)
        .sorted(Comparator.comparing(Entry::position))
        .map(this::problem)
        .forEach(result::add);
    if (entries.size() > MOST) {
      String message = "there are more problems; only %d are shown".formatted(MOST);
      result.add(problem(new Entry(Position.WHOLE_FILE, "", message, true)));
    }
    return List.copyOf(result);
  }

  private Problem problem(Entry entry) {
    boolean hidden = source.hidden().isHidden(entry.position);
    return new Problem(
        source.file(),
        entry.position.line(),
        entry.position.column(),
        hidden ? shownPath(entry.path) : entry.path,
        hidden && !entry.quotesNothing
            ? NOT_SHOWN
            : Printable.clean(entry.message, LONGEST_MESSAGE),
        source.snippet(entry.position));
  }

  /** The path without a key that is not one of the language. */
  private String shownPath(String path) {
    int quoted = path.indexOf("[\"");
    String shown = quoted < 0 ? path : path.substring(0, quoted);
    String key = lastKey(shown);
    return key.endsWith("]") || source.keys().isKnown(key)
        ? shown
        : shown.substring(0, Math.max(0, shown.length() - key.length() - 1));
  }
}

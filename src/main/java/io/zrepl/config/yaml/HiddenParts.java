package io.zrepl.config.yaml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a text that must not be shown.
 *
 * <p>Found without a tree, so that it holds for texts that cannot be parsed or do not mean what
 * their author thinks: whatever follows a word that looks like a secret key, and whatever looks
 * like {@code user:password@}, is hidden up to the next line that begins, not deeper, with a key of
 * the language. Where a tree shows that all is as it should be, {@link #narrow} leaves only the
 * value hidden. Confined to one thread.
 */
final class HiddenParts {
  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");
  private static final Pattern TRUTH_VALUE = Pattern.compile("\\s*+(?:true|false)\\s*+(?:[,}#]|$)");
  private static final Pattern RUN = Pattern.compile("\\S+");
  private static final Pattern KEY_AT_START =
      Pattern.compile("(\\s*)(?:[-?]\\s++|[\\[{]\\s*+)*+[\"']?([A-Za-z_]++)[\"']?\\s*+:(?:\\s|$)");
  private static final int NEVER = Integer.MAX_VALUE;

  private final List<String> lines;
  private final SecretKeys keys;
  private final Map<Integer, List<Beginning>> beginnings = new HashMap<>();
  private final TreeMap<Position, Position> narrowed = new TreeMap<>();
  private final List<Span> spans = new ArrayList<>();

  private boolean parsed;
  // Texts that hideTouched was told and that were not looked at yet.
  private List<Span> unsettled = List.of();
  // Empty if not known.
  private int[] firstHidden = {};

  /** From a place up to but not including another. */
  record Span(Position from, Position to) {}

  /**
   * Where a secret seems to begin.
   *
   * @param word what makes it seem so
   * @param hidden from which column of the line on it is hidden, counted from 0
   * @param vague whether it counts only as long as nobody knows what the text means
   */
  private record Beginning(Position word, int hidden, boolean vague) {}

  HiddenParts(List<String> lines, SecretKeys keys) {
    this.lines = lines;
    this.keys = keys;
  }

  /** Grows with each change. */
  int version() {
    settle();
    return spans.size() + narrowed.size();
  }

  /** Hides from a place up to but not including another. */
  void hide(Position from, Position to) {
    spans.add(new Span(from, to));
  }

  /** Hides from a place on as if a secret key stood there. */
  void hideFrom(Position from) {
    int end = from.line();
    while (end < lines.size() && indentationOfKey(end + 1) > from.column() - 1) {
      end++;
    }
    hide(from, new Position(end + 1, 1));
  }

  /** Hides a comment behind a value: a password with {@code #} may have become one. */
  void hideComment(Position after) {
    if (after.line() <= lines.size()) {
      String line = lines.get(after.line() - 1);
      int comment = line.indexOf('#', index(line, after.column() - 1));
      if (comment >= 0) {
        hide(
            new Position(after.line(), line.codePointCount(0, comment) + 1),
            new Position(after.line() + 1, 1));
      }
    }
  }

  /** What begins between these places hides no more than {@link #hide} was told. */
  void narrow(Position from, Position to) {
    settle();
    narrowed.put(from, to);
    firstHidden = new int[0];
  }

  /** Forgets what was narrowed: the text turned out not to be what it seemed. */
  void widen() {
    settle();
    narrowed.clear();
    parsed = false;
    firstHidden = new int[0];
  }

  /** Whether what stands at a place must not be shown. */
  boolean isHidden(Position position) {
    settle();
    return position.line() >= 1
        && position.line() <= lines.size()
        && (position.column() - 1 >= firstHidden(position.line())
            || spans.stream()
                .anyMatch(
                    span -> span.from.compareTo(position) <= 0 && position.compareTo(span.to) < 0));
  }

  /** The characters of a line with stars for those that are hidden. */
  int[] redacted(int number) {
    settle();
    int[] line = lines.get(number - 1).codePoints().toArray();
    int indentation = 0;
    while (indentation < line.length && line[indentation] == ' ') {
      indentation++;
    }
    star(line, firstHidden(number), line.length, indentation);
    for (Span span : spans) {
      if (span.from.line() <= number && number <= span.to.line()) {
        int from = span.from.line() == number ? span.from.column() - 1 : 0;
        int to = span.to.line() == number ? span.to.column() - 1 : line.length;
        star(line, from, to, indentation);
      }
    }
    return line;
  }

  private static void star(int[] line, int from, int to, int indentation) {
    for (int i = Math.max(from, indentation); i < Math.min(to, line.length); i++) {
      line[i] = '*';
    }
  }

  /** Hides those texts completely of which a part is hidden. */
  void hideTouched(List<Span> texts) {
    settle();
    parsed = true;
    firstHidden = new int[0];
    unsettled = List.copyOf(texts);
  }

  /**
   * Only before something is shown or changes: most files have no problem, and are read by each
   * command.
   */
  private void settle() {
    List<Span> texts = unsettled;
    unsettled = List.of();
    texts.stream().filter(this::isTouched).toList().forEach(text -> hide(text.from, text.to));
  }

  private boolean isTouched(Span text) {
    for (int line = text.from.line(); line <= Math.min(text.to.line(), lines.size()); line++) {
      int end = line == text.to.line() ? text.to.column() - 1 : NEVER;
      if (firstHidden(line) < end) {
        return true;
      }
    }
    return false;
  }

  /** From which column on, counted from 0, a line is hidden because of a word in it or above. */
  private int firstHidden(int number) {
    if (firstHidden.length == 0) {
      firstHidden = findFirstHidden();
    }
    return firstHidden[number - 1];
  }

  private int[] findFirstHidden() {
    int[] result = new int[lines.size()];
    int leftmost = NEVER; // column of the word that hides this line, if one above does
    for (int number = 1; number <= lines.size(); number++) {
      if (indentationOfKey(number) <= leftmost) {
        leftmost = NEVER;
      }
      List<Beginning> here = beginnings(number);
      result[number - 1] =
          leftmost < NEVER ? 0 : here.stream().mapToInt(Beginning::hidden).min().orElse(NEVER);
      int first = here.stream().mapToInt(begin -> begin.word.column() - 1).min().orElse(NEVER);
      leftmost = Math.min(leftmost, first);
    }
    return result;
  }

  /** The indentation of a line that begins with a key of the language; otherwise endless. */
  private int indentationOfKey(int number) {
    Matcher matcher = KEY_AT_START.matcher(lines.get(number - 1));
    return matcher.lookingAt() && keys.isKnown(matcher.group(2)) && !keys.isSecret(matcher.group(2))
        ? matcher.end(1)
        : NEVER;
  }

  private List<Beginning> beginnings(int number) {
    return beginnings.computeIfAbsent(number, this::find).stream()
        .filter(begin -> {
          Map.Entry<Position, Position> range = narrowed.floorEntry(begin.word());
          return !(parsed && begin.vague)
              && (range == null || begin.word().compareTo(range.getValue()) >= 0);
        })
        .toList();
  }

  /** Where secrets seem to begin in a line. */
  private List<Beginning> find(int number) {
    String line = lines.get(number - 1);
    List<Beginning> found = new ArrayList<>();
    Matcher words = WORD.matcher(line);
    while (words.find()) {
      if (keys.resemblesSecret(words.group())) {
        int value = assigned(line, words.end());
        boolean exact = keys.isSecret(words.group().toLowerCase(Locale.ROOT));
        boolean alone = !isPartOfName(line, words.start() - 1) && !isPartOfName(line, words.end());
        boolean pathEnd = !keys.isSecret(words.group()) && isAfterSlash(line, words.start());
        boolean entryOfFilter = isAfterSlash(line, words.start()) && isTruthValue(line, value);
        if ((value >= 0 && !pathEnd && !entryOfFilter) || alone) {
          found.add(
              beginning(number, words.start(), Math.max(value, words.end()), value < 0 && !exact));
        }
      }
    }
    Matcher runs = RUN.matcher(line);
    while (runs.find()) {
      int colon = runs.group().indexOf(':');
      if (colon >= 0 && colon < runs.group().lastIndexOf('@')) {
        found.add(beginning(number, runs.start(), runs.start(), false));
      }
    }
    return List.copyOf(found);
  }

  private Beginning beginning(int number, int word, int hidden, boolean vague) {
    String line = lines.get(number - 1);
    return new Beginning(
        new Position(number, line.codePointCount(0, word) + 1),
        line.codePointCount(0, hidden),
        vague);
  }

  /** Where the value begins if ":" or "=" follows a word; otherwise negative. */
  private static int assigned(String line, int wordEnd) {
    int next = wordEnd;
    if (next < line.length() && "\"'".indexOf(line.charAt(next)) >= 0) {
      next++;
    }
    while (next < line.length() && Character.isWhitespace(line.charAt(next))) {
      next++;
    }
    if (next == line.length() || ":=".indexOf(line.charAt(next)) < 0) {
      return -1;
    }
    next++;
    return next < line.length() && line.charAt(next) == ' ' ? next + 1 : next;
  }

  private static boolean isAfterSlash(String line, int index) {
    return index > 0 && line.charAt(index - 1) == '/';
  }

  /** Whether true or false stands there, as after a dataset of a filter; that is no secret. */
  private static boolean isTruthValue(String line, int index) {
    return index >= 0
        && index <= line.length()
        && TRUTH_VALUE.matcher(line).region(index, line.length()).lookingAt();
  }

  private static boolean isPartOfName(String line, int index) {
    return index >= 0
        && index < line.length()
        && (Character.isLetterOrDigit(line.charAt(index))
            || "/._-".indexOf(line.charAt(index)) >= 0);
  }

  private static int index(String line, int codePoints) {
    return line.offsetByCodePoints(0, Math.min(codePoints, line.codePointCount(0, line.length())));
  }
}

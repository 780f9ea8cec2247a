package io.zrepl.config;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Printable;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Compiles regular expressions of the RE2 syntax. Matching is linear; compiling is not, so that
 * what would make a program too large or recurse too deep is rejected before. RE2 itself bounds
 * nested repetitions by 1000 in total.
 */
final class RegexCheck {
  private static final int LONGEST = 4096;
  private static final int DEEPEST = 200;
  private static final long MOST_REPETITIONS = 1000;

  private final String text;
  // per open group, the largest number of repetitions of a part inside it
  private final Deque<Long> groups = new ArrayDeque<>();
  private long inGroup = 1;
  private long atom = 1;
  private int repeatOperators;

  private RegexCheck(String text) {
    this.text = text;
  }

  static Pattern compile(String text) throws InvalidValueException {
    if (text.length() > LONGEST) {
      throw new InvalidValueException(
          "the regular expression is %d characters long; at most %d are allowed"
              .formatted(text.length(), LONGEST));
    }
    new RegexCheck(text).check();
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new InvalidValueException(
          "%s is not a regular expression: %s"
              .formatted(Printable.quote(text), reason(e.getDescription())));
    }
  }

  private static String reason(String description) {
    return description.contains("Perl syntax") || description.contains("escape")
        ? description + " (look-around and back-references do not exist in RE2 syntax)"
        : description;
  }

  private void check() throws InvalidValueException {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      int end = i + 1;
      switch (c) {
        case '\\' -> end = escape(i);
        case '[' -> end = characterClass(i);
        case '(' -> open();
        case ')' -> close();
        case '{' -> end = repetition(i);
        case '*', '+', '?' -> repeatOperators++;
        default -> atom = 1;
      }
      if (c != '{' && c != ')' && c != '*' && c != '+' && c != '?') {
        atom = 1;
      }
      i = end;
    }
    if (repeatOperators > LONGEST / 2) {
      throw tooLarge();
    }
  }

  private void open() throws InvalidValueException {
    groups.push(inGroup);
    inGroup = 1;
    if (groups.size() > DEEPEST) {
      throw new InvalidValueException(
          "the regular expression has groups nested more than %d deep".formatted(DEEPEST));
    }
  }

  private void close() {
    atom = inGroup;
    Long outer = groups.poll();
    inGroup = Math.max(outer == null ? 1 : outer, atom);
  }

  private int escape(int start) {
    if (text.startsWith("\\Q", start)) {
      int end = text.indexOf("\\E", start + 2);
      return end < 0 ? text.length() : end + 2;
    }
    return start + 2;
  }

  private int characterClass(int start) {
    int i = start + 1;
    if (i < text.length() && text.charAt(i) == '^') {
      i++;
    }
    boolean first = true;
    while (i < text.length() && (first || text.charAt(i) != ']')) {
      first = false;
      int named = text.startsWith("[:", i) ? text.indexOf(":]", i + 2) : -1;
      i = named >= 0 ? named + 2 : text.charAt(i) == '\\' ? i + 2 : i + 1;
    }
    return i + 1;
  }

  /** Judges {@code {n}}, {@code {n,}} and {@code {n,m}}; anything else in braces is literal. */
  private int repetition(int start) throws InvalidValueException {
    int end = text.indexOf('}', start);
    if (end < 0 || !text.substring(start + 1, end).matches("[0-9]{1,9}(,[0-9]{0,9})?")) {
      atom = 1;
      return start + 1;
    }
    String[] bounds = text.substring(start + 1, end).split(",", -1);
    String last = bounds[bounds.length - 1].isEmpty() ? bounds[0] : bounds[bounds.length - 1];
    atom *= Math.max(1, Long.parseLong(last));
    if (atom > MOST_REPETITIONS) {
      throw tooLarge();
    }
    inGroup = Math.max(inGroup, atom);
    return end + 1;
  }

  private InvalidValueException tooLarge() {
    return new InvalidValueException(
        "%s repeats too much: nested repetitions may multiply to at most %d"
            .formatted(Printable.quote(text), MOST_REPETITIONS));
  }
}

package io.zrepl.endpoint.local.abstraction;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.CreateTxg;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of createtxg, that is of ages within one pool. Never empty.
 *
 * <p>As text: {@code "["} (inclusive) or {@code "("} (exclusive) and a lower bound, a comma, an
 * upper bound and {@code "]"} or {@code ")"}; {@code "~"} stands for a bound, with its bracket,
 * that is not there: {@code [2,5)}, {@code ~,4]}, {@code (2,~}.
 *
 * @param first the lowest number in it
 * @param last the highest number in it
 */
public record CreateTxgRange(CreateTxg first, CreateTxg last) {
  private static final CreateTxg LOWEST = new CreateTxg(0);
  private static final CreateTxg HIGHEST = new CreateTxg(-1);

  /** Everything. */
  public static final CreateTxgRange ALL = new CreateTxgRange(LOWEST, HIGHEST);

  private static final Pattern FORM =
      Pattern.compile("(?:~|([\\[(])([0-9]{1,20})),(?:~|([0-9]{1,20})([\\])]))");

  /**
   * Parses the text form.
   *
   * @param zeroAllowed whether a bound may be 0, which no snapshot has
   * @throws InvalidValueException if it is not of that form, or contains no number
   */
  public static CreateTxgRange parse(String text, boolean zeroAllowed)
      throws InvalidValueException {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new InvalidValueException(
          "\"%s\" is no range of createtxg; examples: [2,5) and ~,4] and (2,~".formatted(text));
    }
    CreateTxg first = LOWEST;
    if (parts.group(2) != null) {
      first = bound(parts.group(2), text, zeroAllowed);
      if (parts.group(1).equals("(")) {
        if (first.equals(HIGHEST)) {
          throw empty(text);
        }
        first = new CreateTxg(first.value() + 1);
      }
    }
    CreateTxg last = HIGHEST;
    if (parts.group(3) != null) {
      last = bound(parts.group(3), text, zeroAllowed);
      if (parts.group(4).equals(")")) {
        if (last.equals(LOWEST)) {
          throw empty(text);
        }
        last = new CreateTxg(last.value() - 1);
      }
    }
    if (first.compareTo(last) > 0) {
      throw empty(text);
    }
    return new CreateTxgRange(first, last);
  }

  private static CreateTxg bound(String digits, String range, boolean zeroAllowed)
      throws InvalidValueException {
    CreateTxg bound = CreateTxg.parse(digits);
    if (bound.equals(LOWEST) && !zeroAllowed) {
      throw new InvalidValueException(
          "the range \"%s\" has the bound 0: no snapshot has it; use ~ for no bound"
              .formatted(range));
    }
    return bound;
  }

  private static InvalidValueException empty(String text) {
    return new InvalidValueException("the range \"%s\" contains no number".formatted(text));
  }

  /** Whether the number is in it. */
  public boolean contains(CreateTxg number) {
    return first.compareTo(number) <= 0 && number.compareTo(last) <= 0;
  }
}

package io.zrepl.snapshot;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Formats times by an example: the layout is written as Monday, 2 January 2006, 15:04:05 in zone
 * MST (-0700) would be, as the time package of the Go language does it. What is no part of that
 * time stands for itself.
 */
final class GoTimeLayout {

  /** A part of a layout. */
  private sealed interface Part {
    /** Appends the part for a time. */
    void append(ZonedDateTime time, StringBuilder to);
  }

  /** Stands for itself. */
  private record Literal(char character) implements Part {
    @Override
    public void append(ZonedDateTime time, StringBuilder to) {
      to.append(character);
    }
  }

  /**
   * A field of the time.
   *
   * @param example how it is written in a layout
   */
  private record Element(String example, Formatter formatter) implements Part {
    @Override
    public void append(ZonedDateTime time, StringBuilder to) {
      formatter.append(time, to);
    }

    boolean isAt(String layout, int position) {
      if (!layout.startsWith(example, position)) {
        return false;
      }
      int end = position + example.length();
      return switch (example) {
        // "Jane" and "Monk" are words
        case "Jan", "Mon" ->
            end == layout.length() || layout.charAt(end) < 'a' || layout.charAt(end) > 'z';
        // "_2006" is a literal and the year
        case "_2" -> !layout.startsWith("006", end);
        default -> true;
      };
    }
  }

  /**
   * Fraction of the second.
   *
   * @param separator what stands before it
   * @param digits how many
   * @param trim whether trailing zeros are dropped, with the separator if nothing remains
   */
  private record Fraction(char separator, int digits, boolean trim) implements Part {
    @Override
    public void append(ZonedDateTime time, StringBuilder to) {
      String text = padded(time.getNano(), 9, '0').substring(0, Math.min(digits, 9));
      if (trim) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '0') {
          end--;
        }
        text = text.substring(0, end);
        if (text.isEmpty()) {
          return;
        }
      }
      to.append(separator).append(text);
    }
  }

  /** Appends a field. */
  @FunctionalInterface
  private interface Formatter {
    void append(ZonedDateTime time, StringBuilder to);
  }

  /** The fields. Where the example of one is the beginning of another, the longer comes first. */
  private static final List<Element> ELEMENTS =
      List.of(
          new Element("2006", (t, to) -> to.append(padded(t.getYear(), 4, '0'))),
          new Element(
              "January",
              (t, to) -> to.append(t.getMonth().getDisplayName(TextStyle.FULL, Locale.US))),
          new Element(
              "Jan", (t, to) -> to.append(t.getMonth().getDisplayName(TextStyle.SHORT, Locale.US))),
          new Element(
              "Monday",
              (t, to) -> to.append(t.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.US))),
          new Element(
              "Mon",
              (t, to) -> to.append(t.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.US))),
          new Element("MST", (t, to) -> to.append(zoneName(t))),
          new Element("002", (t, to) -> to.append(padded(t.getDayOfYear(), 3, '0'))),
          new Element("__2", (t, to) -> to.append(padded(t.getDayOfYear(), 3, ' '))),
          new Element("01", (t, to) -> to.append(padded(t.getMonthValue(), 2, '0'))),
          new Element("02", (t, to) -> to.append(padded(t.getDayOfMonth(), 2, '0'))),
          new Element("03", (t, to) -> to.append(padded(hour12(t), 2, '0'))),
          new Element("04", (t, to) -> to.append(padded(t.getMinute(), 2, '0'))),
          new Element("05", (t, to) -> to.append(padded(t.getSecond(), 2, '0'))),
          new Element("06", (t, to) -> to.append(padded(Math.floorMod(t.getYear(), 100), 2, '0'))),
          new Element("15", (t, to) -> to.append(padded(t.getHour(), 2, '0'))),
          new Element("1", (t, to) -> to.append(t.getMonthValue())),
          new Element("_2", (t, to) -> to.append(padded(t.getDayOfMonth(), 2, ' '))),
          new Element("2", (t, to) -> to.append(t.getDayOfMonth())),
          new Element("3", (t, to) -> to.append(hour12(t))),
          new Element("4", (t, to) -> to.append(t.getMinute())),
          new Element("5", (t, to) -> to.append(t.getSecond())),
          new Element("PM", (t, to) -> to.append(t.getHour() < 12 ? "AM" : "PM")),
          new Element("pm", (t, to) -> to.append(t.getHour() < 12 ? "am" : "pm")),
          new Element("-07:00:00", (t, to) -> appendOffset(t, false, ":", 3, to)),
          new Element("-070000", (t, to) -> appendOffset(t, false, "", 3, to)),
          new Element("-07:00", (t, to) -> appendOffset(t, false, ":", 2, to)),
          new Element("-0700", (t, to) -> appendOffset(t, false, "", 2, to)),
          new Element("-07", (t, to) -> appendOffset(t, false, "", 1, to)),
          new Element("Z07:00:00", (t, to) -> appendOffset(t, true, ":", 3, to)),
          new Element("Z070000", (t, to) -> appendOffset(t, true, "", 3, to)),
          new Element("Z07:00", (t, to) -> appendOffset(t, true, ":", 2, to)),
          new Element("Z0700", (t, to) -> appendOffset(t, true, "", 2, to)),
          new Element("Z07", (t, to) -> appendOffset(t, true, "", 1, to)));

  private final List<Part> parts;

  private GoTimeLayout(List<Part> parts) {
    this.parts = parts;
  }

  /** Every text is a layout. */
  static GoTimeLayout of(String layout) {
    List<Part> parts = new ArrayList<>();
    int position = 0;
    while (position < layout.length()) {
      int fractionDigits = fractionDigits(layout, position);
      if (fractionDigits > 0) {
        parts.add(
            new Fraction(
                layout.charAt(position), fractionDigits, layout.charAt(position + 1) == '9'));
        position += 1 + fractionDigits;
        continue;
      }
      int at = position;
      Part part =
          ELEMENTS.stream()
              .filter(element -> element.isAt(layout, at))
              .findFirst()
              .<Part>map(element -> element)
              .orElseGet(() -> new Literal(layout.charAt(at)));
      parts.add(part);
      position += part instanceof Element element ? element.example().length() : 1;
    }
    return new GoTimeLayout(List.copyOf(parts));
  }

  /** Whether the text that it gives depends on the time. */
  boolean dependsOnTime() {
    return !parts.stream().allMatch(Literal.class::isInstance);
  }

  /** The text for a time. */
  String format(ZonedDateTime time) {
    StringBuilder result = new StringBuilder();
    parts.forEach(part -> part.append(time, result));
    return result.toString();
  }

  /** How many zeros or nines follow a separator here, if they are a fraction; otherwise 0. */
  private static int fractionDigits(String layout, int position) {
    char separator = layout.charAt(position);
    if ((separator != '.' && separator != ',') || position + 1 == layout.length()) {
      return 0;
    }
    char digit = layout.charAt(position + 1);
    if (digit != '0' && digit != '9') {
      return 0;
    }
    int end = position + 1;
    while (end < layout.length() && layout.charAt(end) == digit) {
      end++;
    }
    boolean moreDigits =
        end < layout.length() && layout.charAt(end) >= '0' && layout.charAt(end) <= '9';
    return moreDigits ? 0 : end - position - 1;
  }

  private static int hour12(ZonedDateTime time) {
    return time.get(ChronoField.CLOCK_HOUR_OF_AMPM);
  }

  private static String padded(int number, int width, char pad) {
    String text = Integer.toString(number);
    return String.valueOf(pad).repeat(Math.max(0, width - text.length())) + text;
  }

  private static void appendOffset(
      ZonedDateTime time, boolean zuluAllowed, String separator, int parts, StringBuilder to) {
    int offset = time.getOffset().getTotalSeconds();
    if (zuluAllowed && offset == 0) {
      to.append('Z');
      return;
    }
    int rest = Math.abs(offset);
    to.append(offset < 0 ? '-' : '+').append(padded(rest / 3600, 2, '0'));
    if (parts > 1) {
      to.append(separator).append(padded(rest / 60 % 60, 2, '0'));
    }
    if (parts > 2) {
      to.append(separator).append(padded(rest % 60, 2, '0'));
    }
  }

  /**
   * Zones for which Java has an abbreviation and the time zone database (2025) has none any more,
   * or has none at an offset of zero, where Java says GMT.
   */
  private static final Set<String> WITHOUT_ABBREVIATION =
      Set.of(
          "Africa/Casablanca",
          "Africa/El_Aaiun",
          "America/Scoresbysund",
          "Antarctica/Casey",
          "Antarctica/Troll",
          "Asia/Colombo",
          "Atlantic/Azores",
          "Europe/Minsk");

  /** The abbreviation; like the time zone database, the numeric offset for zones that have none. */
  private static String zoneName(ZonedDateTime time) {
    String name = DateTimeFormatter.ofPattern("zzz", Locale.US).format(time);
    if (name.equals("Z")) {
      return "UTC";
    }
    boolean none =
        WITHOUT_ABBREVIATION.contains(time.getZone().getId())
            || (name.startsWith("GMT") && !time.getOffset().equals(ZoneOffset.UTC));
    if (none) {
      StringBuilder numeric = new StringBuilder();
      boolean wholeHours = time.getOffset().getTotalSeconds() % 3600 == 0;
      appendOffset(time, false, "", wholeHours ? 1 : 2, numeric);
      return numeric.toString();
    }
    // Names of the Aleutian Islands that the time zone database has no more.
    return name.equals("HAST") ? "HST" : name.equals("HADT") ? "HDT" : name;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GoTimeLayout layout && layout.parts.equals(parts);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }
}

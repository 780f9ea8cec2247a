package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.UnitDuration;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.RetentionSimulation.Kept;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What exists at one date, as a chart of text: a row for each rule, the present at the right and
 * the past to the left, on a logarithmic scale, since policies keep less the older it gets.
 */
final class RetentionChart {
  private static final List<String> MARKS = List.of("1m", "1h", "1d", "1w", "30d", "365d", "3650d");

  /** How many snapshots a cell stands for: none, one, up to 9, up to 99, more. */
  private static final String CELLS = " .:*#";

  private final Instant date;
  private final List<Kept> existing;
  private final int width;
  private final double shortest;
  private final double longest;

  /**
   * Prepares.
   *
   * @param date when
   * @param existing what exists then
   * @param shortest the age that fills the first column from the right
   * @param longest the age of the last one
   * @param width columns, at least 10
   */
  RetentionChart(
      Instant date, List<Kept> existing, Duration shortest, Duration longest, int width) {
    this.date = date;
    this.existing = existing;
    this.shortest = Math.max(1, shortest.toSeconds());
    this.longest = Math.max(this.shortest * 2, (double) longest.toSeconds());
    this.width = width;
  }

  /** The lines. */
  List<String> lines(List<KeepRule> rules) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      int number = i + 1;
      lines.add(
          row(kept -> kept.keptBy().contains(number))
              + "  rule %d, %s".formatted(number, rules.get(i).description()));
    }
    lines.add(row(_ -> true) + "  all");
    lines.add(axis());
    return lines;
  }

  private String row(Predicate<Kept> which) {
    int[] cells = new int[width];
    long count = 0;
    for (Kept kept : existing) {
      if (which.test(kept)) {
        cells[column((double) Duration.between(kept.snapshot().creation(), date).toSeconds())]++;
        count++;
      }
    }
    StringBuilder text = new StringBuilder("|");
    for (int cell : cells) {
      text.append(CELLS.charAt(cell < 2 ? cell : cell < 10 ? 2 : cell < 100 ? 3 : 4));
    }
    return text.append("|%6d".formatted(count)).toString();
  }

  /** Column 0 is the oldest. */
  private int column(double age) {
    if (age <= shortest) {
      return width - 1;
    }
    double part = Math.log(age / shortest) / Math.log(longest / shortest);
    return Math.clamp(Math.round((1 - part) * (width - 1)), 0, width - 1);
  }

  private String axis() {
    StringBuilder text = new StringBuilder(" ".repeat(width + 1));
    text.replace(width - 2, width + 1, "now");
    for (String mark : MARKS) {
      double age = seconds(mark);
      int place = column(age) + 1;
      int end = place + mark.length();
      // Not where it would touch the mark before, nor beyond the ends of the scale.
      if (age > shortest
          && age <= longest
          && text.substring(Math.max(0, place - 1), Math.min(end + 1, width + 1)).isBlank()) {
        text.replace(place, end, mark);
      }
    }
    return text.toString();
  }

  private static double seconds(String mark) {
    try {
      return UnitDuration.parse(mark).toSeconds();
    } catch (InvalidValueException e) {
      throw new IllegalStateException(e);
    }
  }
}

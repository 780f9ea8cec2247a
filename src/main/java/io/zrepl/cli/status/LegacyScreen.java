package io.zrepl.cli.status;

import io.zrepl.control.StatusText;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.OptionalInt;

/** Draws the plain text of all jobs, one below the other, as far as there is room. Pure. */
final class LegacyScreen {
  private LegacyScreen() {}

  static Canvas draw(StatusModel model, Instant now, ZoneId zone, int rows, int columns) {
    Canvas canvas = new Canvas(rows, columns);
    int row = 0;
    for (String line : model.failure().lines().toList()) {
      for (StyledLine part : new StyledLine(line, Style.ERROR).wrapped(columns)) {
        canvas.put(row++, 0, columns, part.text(), part.style());
      }
    }
    StatusText text = new StatusText(now, zone, OptionalInt.of(columns));
    List<String> lines =
        model
            .status()
            .map(status ->
                model.onlyJob().isEmpty()
                    ? text.allJobs(status)
                    : model.jobs().containsKey(model.onlyJob())
                        ? text.job(model.onlyJob(), model.jobs().get(model.onlyJob()))
                        : "The daemon has no job \"%s\".".formatted(model.onlyJob()))
            .orElse("Asks the daemon ...")
            .lines()
            .toList();
    for (String line : lines) {
      canvas.put(row++, 0, columns, line, Style.NORMAL);
    }
    if (row > rows) {
      canvas.put(rows - 1, 0, columns, "(there is more: use --mode interactive)", Style.BOLD);
    }
    return canvas;
  }
}

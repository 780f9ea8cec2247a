package io.zrepl.cli.status;

import io.zrepl.cli.status.StatusModel.Dialog;
import io.zrepl.cli.status.StatusModel.Focus;
import io.zrepl.control.JobStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Draws the model. Pure but for the scroll position, which it keeps within the lines. */
final class StatusScreen {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");
  private static final String KEYS =
      "q quit  Tab focus  / filter  n p job  w wrap  M jobs  S wakeup/reset";

  private final StatusModel model;
  private final Instant now;
  private final ZoneId zone;
  private final Canvas canvas;

  private StatusScreen(StatusModel model, Instant now, ZoneId zone, Canvas canvas) {
    this.model = model;
    this.now = now;
    this.zone = zone;
    this.canvas = canvas;
  }

  /** The screen of a size at a time. */
  static Canvas draw(StatusModel model, Instant now, ZoneId zone, int rows, int columns) {
    Canvas canvas = new Canvas(rows, columns);
    StatusScreen screen = new StatusScreen(model, now, zone, canvas);
    screen.header();
    screen.filter();
    int left = model.jobsHidden() ? 0 : Math.clamp(columns / 4, 12, 36);
    if (left > 0) {
      screen.jobs(left - 1);
      for (int row = 2; row < rows - 1; row++) {
        canvas.put(row, left - 1, 1, "│", Style.FAINT);
      }
    }
    screen.details(left);
    screen.footer();
    model.dialog().ifPresent(screen::dialog);
    return canvas;
  }

  private void header() {
    Map<String, JobStatus> jobs = model.jobs();
    int failed = 0;
    int running = 0;
    for (JobStatus job : jobs.values()) {
      JobSummary summary = JobSummary.of(job);
      failed += summary.verdict() == JobSummary.Verdict.FAILED ? 1 : 0;
      running += summary.working() ? 1 : 0;
    }
    String counts =
        "zrepl  %d %s: %d failed, %d running"
            .formatted(jobs.size(), jobs.size() == 1 ? "job" : "jobs", failed, running);
    canvas.put(
        0,
        0,
        canvas.columns(),
        model.status().isEmpty() ? "zrepl" : counts,
        failed > 0 ? Style.ERROR : Style.BOLD);
    String clock = CLOCK.format(now.atZone(zone));
    canvas.put(0, canvas.columns() - clock.length(), clock.length(), clock, Style.NORMAL);
  }

  private void filter() {
    boolean focused = model.focus() == Focus.FILTER;
    canvas.put(1, 0, 7, "FILTER ", focused ? Style.SELECTED : Style.FAINT);
    String hint =
        model.filter().isEmpty() && !focused
            ? "(all filesystems)"
            : model.filter()
                + (focused ? "_" : "")
                + (model.filterIsValid() ? "" : "   (not a valid expression: shows all)");
    canvas.put(1, 7, canvas.columns() - 7, hint, focused ? Style.NORMAL : Style.FAINT);
  }

  private void jobs(int width) {
    canvas.put(2, 0, width, "JOBS", model.focus() == Focus.JOBS ? Style.SELECTED : Style.BOLD);
    List<String> names = new ArrayList<>(model.jobs().keySet());
    int room = canvas.rows() - 4;
    int selected = Math.max(0, names.indexOf(model.selected()));
    int first = Math.clamp(selected - room / 2L, 0, Math.max(0, names.size() - room));
    for (int i = first; i < Math.min(names.size(), first + room); i++) {
      String name = names.get(i);
      JobSummary.Verdict verdict =
          JobSummary.of(Objects.requireNonNull(model.jobs().get(name))).verdict();
      Style style =
          switch (verdict) {
            case FAILED -> Style.ERROR;
            case RUNNING -> Style.RUNNING;
            case QUIET -> Style.NORMAL;
          };
      canvas.put(3 + i - first, 0, width, verdict.mark() + " " + name, style);
      if (name.equals(model.selected())) {
        canvas.restyle(3 + i - first, 0, width, Style.SELECTED);
      }
    }
  }

  private void details(int left) {
    int width = canvas.columns() - left;
    int room = Math.max(1, canvas.rows() - 4);
    List<StyledLine> lines = wrapped(content(width), width);
    model.page = room;
    model.scroll = Math.clamp(model.scroll, 0, Math.max(0, lines.size() - room));
    JobStatus job = model.jobs().get(model.selected());
    String title = job == null ? "DETAILS" : model.selected() + " (" + job.type() + ")";
    canvas.put(2, left, width, title, model.focus() == Focus.DETAILS ? Style.SELECTED : Style.BOLD);
    if (lines.size() > room) {
      String position =
          " %d-%d of %d"
              .formatted(
                  model.scroll + 1, Math.min(lines.size(), model.scroll + room), lines.size());
      canvas.put(2, canvas.columns() - position.length(), position.length(), position, Style.FAINT);
    }
    for (int i = 0; i < Math.min(room, lines.size() - model.scroll); i++) {
      StyledLine line = lines.get(model.scroll + i);
      String text = line.text().substring(Math.min(model.shift, line.text().length()));
      canvas.put(3 + i, left, width, text, line.style());
    }
  }

  private List<StyledLine> wrapped(List<StyledLine> lines, int width) {
    return model.wrap()
        ? lines.stream().flatMap(line -> line.wrapped(width).stream()).toList()
        : lines;
  }

  private List<StyledLine> content(int width) {
    List<StyledLine> lines = new ArrayList<>();
    if (!model.failure().isEmpty()) {
      model.failure().lines().forEach(line -> lines.add(new StyledLine(line, Style.ERROR)));
      if (model.status().isPresent()) {
        lines.add(
            new StyledLine(
                "What follows is %s old."
                    .formatted(Times.length(Duration.between(model.answeredAt(), now))),
                Style.BEHIND));
      }
      lines.add(new StyledLine("", Style.NORMAL));
    }
    JobStatus job = model.jobs().get(model.selected());
    if (job != null) {
      lines.addAll(
          JobDetails.of(
              job,
              model.status().orElseThrow().global(),
              new JobDetails.View(now, zone, model.filesystems(), model.rate(), width)));
    } else if (model.status().isPresent()) {
      lines.add(
          new StyledLine(
              model.onlyJob().isEmpty()
                  ? "The daemon has no jobs."
                  : "The daemon has no job \"%s\".".formatted(model.onlyJob()),
              Style.ERROR));
    } else if (model.failure().isEmpty()) {
      lines.add(new StyledLine("Asks the daemon ...", Style.NORMAL));
    }
    return lines;
  }

  private void footer() {
    int row = canvas.rows() - 1;
    if (!model.failure().isEmpty()) {
      String since =
          model.status().isEmpty()
              ? "NO ANSWER from the daemon, trying again"
              : "NO ANSWER from the daemon since %s, trying again"
                  .formatted(Times.length(Duration.between(model.answeredAt(), now)));
      canvas.put(row, 0, canvas.columns(), since + "   q quit", Style.ERROR);
    } else if (!model.message().isEmpty()) {
      canvas.put(
          row,
          0,
          canvas.columns(),
          model.message(),
          model.messageIsError() ? Style.ERROR : Style.BOLD);
    } else {
      canvas.put(row, 0, canvas.columns(), KEYS, Style.FAINT);
    }
  }

  private void dialog(Dialog dialog) {
    int width = Math.min(canvas.columns(), Math.max(44, dialog.job().length() + 20));
    int left = (canvas.columns() - width) / 2;
    int top = Math.max(0, canvas.rows() / 2 - 3);
    for (int row = top; row < top + 5; row++) {
      boolean edge = row == top || row == top + 4;
      canvas.put(row, left, width, (edge ? "─" : " ").repeat(width), Style.NORMAL);
    }
    canvas.put(top + 1, left + 2, width - 4, "Signal to job " + dialog.job(), Style.BOLD);
    int column = left + 2;
    for (int i = 0; i < Dialog.CHOICES.size(); i++) {
      String button = "[ " + Dialog.CHOICES.get(i) + " ]";
      Style style = i == dialog.choice() ? Style.SELECTED : Style.NORMAL;
      canvas.put(top + 3, column, button.length(), button, style);
      column += button.length() + 2;
    }
    canvas.put(
        top + 2, left + 2, width - 4, "arrows choose, Enter sends, Esc cancels", Style.FAINT);
  }
}

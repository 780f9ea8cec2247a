package io.zrepl.cli.status;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.zrepl.cli.status.Key.Kind;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.JobStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * What the user looks at, changed by keys and by answers of the daemon. It touches neither terminal
 * nor time; {@link StatusScreen} draws it. For one thread.
 */
final class StatusModel {
  /** Where keys go to. */
  enum Focus {
    /** The list of jobs. */
    JOBS,
    /** The details of the selected job. */
    DETAILS,
    /** The filter. */
    FILTER
  }

  /**
   * The question in front of everything.
   *
   * @param job which job it is about
   * @param choice index into {@link #CHOICES}
   */
  record Dialog(String job, int choice) {
    static final List<String> CHOICES = List.of("wakeup", "reset", "cancel");
  }

  private final String onlyJob;
  private Optional<DaemonStatus> status = Optional.empty();
  private Instant answeredAt = Instant.EPOCH;
  private String failure = "";
  private String message = "";
  private boolean messageIsError;
  private String selected = "";
  private Focus focus = Focus.DETAILS;
  private boolean jobsHidden;
  private boolean wrap = true;
  private String filter = "";
  private Optional<Dialog> dialog = Optional.empty();
  private final Map<String, RateMeter> rates = new HashMap<>();
  // Where the details begin; the screen corrects them, since only it knows how many lines there
  // are.
  int scroll;
  int shift;
  int page = 10;

  /**
   * Makes one that has no answer yet.
   *
   * @param onlyJob the only job to show, or empty text
   */
  StatusModel(String onlyJob) {
    this.onlyJob = onlyJob;
    jobsHidden = !onlyJob.isEmpty();
  }

  /** The daemon has answered. */
  void answer(DaemonStatus next, Instant time) {
    status = Optional.of(next);
    answeredAt = time;
    failure = "";
    rates.keySet().retainAll(next.jobs().keySet());
    next.jobs()
        .forEach((name, job) -> {
          if (job instanceof JobStatus.Active active && active.replication().isPresent()) {
            long bytes =
                active.replication().get().attempts().stream()
                    .mapToLong(attempt -> ByteCount.of(attempt.filesystems()).replicated())
                    .sum();
            rates.computeIfAbsent(name, _ -> new RateMeter()).note(time, bytes);
          }
        });
    if (!jobs().containsKey(selected)) {
      select(mostUrgent());
    }
  }

  /** The daemon could not be asked. */
  void failed(String text) {
    failure = text;
    rates.clear();
  }

  /** A signal was sent, or refused. */
  void told(String text, boolean error) {
    message = text;
    messageIsError = error;
  }

  /** Jobs to show, by name. */
  Map<String, JobStatus> jobs() {
    Map<String, JobStatus> shown = new java.util.TreeMap<>();
    status.ifPresent(all ->
        all.jobs()
            .forEach((name, job) -> {
              if (!(job instanceof JobStatus.Internal)
                  && (onlyJob.isEmpty() || onlyJob.equals(name))) {
                shown.put(name, job);
              }
            }));
    return shown;
  }

  private String mostUrgent() {
    return jobs().entrySet().stream()
        .min(
            Comparator.comparing(
                (Map.Entry<String, JobStatus> job) -> JobSummary.of(job.getValue()).verdict()))
        .map(Map.Entry::getKey)
        .orElse("");
  }

  /** A key was pressed. */
  Effect key(Key key) {
    message = "";
    switch (key.kind()) {
      case INTERRUPT, CLOSED -> {
        return new Effect.Quit();
      }
      case SUSPEND -> {
        return new Effect.Suspend();
      }
      case REDRAW -> {
        return new Effect.Redraw();
      }
      default -> {}
    }
    if (dialog.isPresent()) {
      return dialogKey(dialog.get(), key);
    }
    if (key.kind() == Kind.TAB) {
      focus = nextFocus();
      return new Effect.Draw();
    }
    if (focus == Focus.FILTER) {
      filterKey(key);
      return new Effect.Draw();
    }
    return key.kind() == Kind.CHARACTER ? command(key.character()) : move(key.kind());
  }

  private Focus nextFocus() {
    return switch (focus) {
      case JOBS -> Focus.DETAILS;
      case DETAILS -> Focus.FILTER;
      case FILTER -> jobsHidden ? Focus.DETAILS : Focus.JOBS;
    };
  }

  private Effect dialogKey(Dialog open, Key key) {
    int choices = Dialog.CHOICES.size();
    int choice = open.choice();
    switch (key.kind()) {
      case LEFT, UP ->
          dialog = Optional.of(new Dialog(open.job(), (choice + choices - 1) % choices));
      case RIGHT, DOWN, TAB -> dialog = Optional.of(new Dialog(open.job(), (choice + 1) % choices));
      case ENTER -> {
        dialog = Optional.empty();
        if (choice < 2) {
          return new Effect.Signal(open.job(), Dialog.CHOICES.get(choice));
        }
      }
      case ESCAPE -> dialog = Optional.empty();
      case CHARACTER -> {
        if (key.character() == 'q') {
          dialog = Optional.empty();
        }
      }
      default -> {}
    }
    return new Effect.Draw();
  }

  private void filterKey(Key key) {
    switch (key.kind()) {
      case CHARACTER -> filter += key.character();
      case BACKSPACE -> filter = filter.isEmpty() ? "" : filter.substring(0, filter.length() - 1);
      case CLEAR -> filter = "";
      case ESCAPE -> {
        filter = "";
        focus = Focus.DETAILS;
      }
      case ENTER -> focus = Focus.DETAILS;
      default -> {}
    }
    scroll = 0;
  }

  private Effect command(char character) {
    switch (character) {
      case 'q', 'Q' -> {
        return new Effect.Quit();
      }
      case 'j' -> {
        return move(Kind.DOWN);
      }
      case 'k' -> {
        return move(Kind.UP);
      }
      case 'g' -> {
        return move(Kind.HOME);
      }
      case 'G' -> {
        return move(Kind.END);
      }
      case ' ' -> {
        return move(Kind.PAGE_DOWN);
      }
      case '/' -> focus = Focus.FILTER;
      case 'w', 'W' -> {
        wrap = !wrap;
        shift = 0;
      }
      case 'm', 'M' -> {
        jobsHidden = !jobsHidden;
        focus = jobsHidden && focus == Focus.JOBS ? Focus.DETAILS : focus;
      }
      case 's', 'S' -> {
        if (!selected.isEmpty()) {
          // A key too many must not reset anything.
          dialog = Optional.of(new Dialog(selected, 0));
        }
      }
      case 'n' -> step(1);
      case 'p' -> step(-1);
      default -> {}
    }
    return new Effect.Draw();
  }

  private Effect move(Kind kind) {
    if (focus == Focus.JOBS) {
      switch (kind) {
        case UP -> step(-1);
        case DOWN -> step(1);
        case PAGE_UP -> step(-page);
        case PAGE_DOWN -> step(page);
        case HOME -> step(-jobs().size());
        case END -> step(jobs().size());
        case ENTER, RIGHT -> focus = Focus.DETAILS;
        default -> {}
      }
      return new Effect.Draw();
    }
    switch (kind) {
      case UP -> scroll--;
      case DOWN -> scroll++;
      case PAGE_UP -> scroll -= page;
      case PAGE_DOWN -> scroll += page;
      case HOME -> scroll = 0;
      case END -> scroll = Integer.MAX_VALUE / 2;
      case LEFT -> shift = Math.max(0, shift - 10);
      case RIGHT -> shift = wrap ? 0 : shift + 10;
      case ESCAPE -> filter = "";
      default -> {}
    }
    scroll = Math.max(0, scroll);
    return new Effect.Draw();
  }

  /** Selects another job of the list. */
  private void step(int by) {
    List<String> names = new ArrayList<>(jobs().keySet());
    if (!names.isEmpty()) {
      int at = Math.max(0, names.indexOf(selected));
      select(names.get(Math.clamp((long) at + by, 0, names.size() - 1)));
    }
  }

  private void select(String job) {
    if (!job.equals(selected)) {
      selected = job;
      scroll = 0;
      shift = 0;
    }
  }

  /** Which filesystems to show; an expression that is not valid (yet) shows all. */
  Predicate<String> filesystems() {
    if (filter.isEmpty()) {
      return _ -> true;
    }
    try {
      Pattern pattern = Pattern.compile(filter);
      return name -> pattern.matcher(name).find();
    } catch (PatternSyntaxException e) {
      return _ -> true;
    }
  }

  boolean filterIsValid() {
    try {
      Pattern.compile(filter);
      return true;
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  OptionalLong rate() {
    RateMeter meter = rates.get(selected);
    return meter == null ? OptionalLong.empty() : meter.perSecond();
  }

  Optional<DaemonStatus> status() {
    return status;
  }

  Instant answeredAt() {
    return answeredAt;
  }

  String failure() {
    return failure;
  }

  String message() {
    return message;
  }

  boolean messageIsError() {
    return messageIsError;
  }

  String selected() {
    return selected;
  }

  String onlyJob() {
    return onlyJob;
  }

  Focus focus() {
    return focus;
  }

  boolean jobsHidden() {
    return jobsHidden;
  }

  boolean wrap() {
    return wrap;
  }

  String filter() {
    return filter;
  }

  Optional<Dialog> dialog() {
    return dialog;
  }
}

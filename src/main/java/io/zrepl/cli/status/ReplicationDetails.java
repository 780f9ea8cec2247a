package io.zrepl.cli.status;

import io.zrepl.control.Quantities;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.ReplicationStatus.Attempt;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.ReplicationStatus.BlockedOn;
import io.zrepl.control.ReplicationStatus.Filesystem;
import io.zrepl.control.ReplicationStatus.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The part of the details about replication. For one thread. */
final class ReplicationDetails {
  private final JobDetails page;
  private final JobDetails.View view;

  ReplicationDetails(JobDetails page, JobDetails.View view) {
    this.page = page;
    this.view = view;
  }

  /** What an administrator wants to see first. */
  private enum Group {
    FAILED("!", Style.ERROR),
    RUNNING("*", Style.RUNNING),
    BEHIND("-", Style.BEHIND),
    DONE(" ", Style.NORMAL);

    private final String mark;
    private final Style style;

    Group(String mark, Style style) {
      this.mark = mark;
      this.style = style;
    }

    static Group of(Filesystem fs) {
      if (fs.error().isPresent()) {
        return FAILED;
      }
      return switch (fs.state()) {
        case PLANNING_ERROR, STEP_ERROR -> FAILED;
        case PLANNING, STEPPING, UNKNOWN -> fs.blockedOn() == BlockedOn.NOTHING ? RUNNING : BEHIND;
        case DONE -> DONE;
      };
    }
  }

  void add(ReplicationStatus report) {
    connectivity(report);
    List<Attempt> attempts = report.attempts();
    if (attempts.isEmpty()) {
      page.line("  no attempt was made yet");
      return;
    }
    for (int i = 0; i < attempts.size() - 1; i++) {
      page.line(
          "  Attempt #%d: %s%s"
              .formatted(
                  i + 1,
                  state(attempts.get(i).state()),
                  attempts.get(i).finishedAt().map(time -> ", ended " + page.at(time)).orElse("")),
          Style.FAINT);
    }
    newest(attempts.size(), attempts.getLast());
  }

  private void connectivity(ReplicationStatus report) {
    Optional<Instant> until = report.waitReconnectUntil();
    if (until.isEmpty() || report.finishedAt().isPresent()) {
      return;
    }
    report.waitReconnectError().ifPresent(error -> page.error("  ", "Connection: ", error));
    if (until.get().isAfter(view.now())) {
      page.line("  Waits for the peer until " + page.at(until.get()), Style.BEHIND);
    }
  }

  private void newest(int number, Attempt attempt) {
    String time =
        attempt.state().terminal()
            ? attempt.finishedAt().map(end -> ", ended " + page.at(end)).orElse("")
            : attempt.startedAt().map(start -> ", began " + page.at(start)).orElse("");
    page.line("  Attempt #%d: %s%s".formatted(number, state(attempt.state()), time));
    attempt.planError().ifPresent(error -> page.error("  ", "Problem: ", error));
    List<Filesystem> shown =
        attempt.filesystems().stream()
            .filter(fs -> view.filter().test(fs.name()))
            .sorted(
                Comparator.comparing((Filesystem fs) -> Group.of(fs))
                    .thenComparing(Filesystem::name))
            .toList();
    if (attempt.state() != AttemptState.PLANNING && !attempt.state().terminal()) {
      progress(shown);
    }
    if (attempt.planError().isEmpty()) {
      counts(shown, attempt.filesystems().size());
    }
    int longest = shown.stream().mapToInt(fs -> fs.name().length()).max().orElse(0);
    shown.forEach(fs -> filesystem(fs, Math.min(longest, view.width() / 2)));
  }

  private static String state(AttemptState state) {
    return switch (state) {
      case PLANNING -> "asks both sides what they have";
      case PLANNING_ERROR -> "planning failed";
      case FAN_OUT_FILESYSTEMS -> "replicates";
      case FILESYSTEM_ERROR -> "some filesystems failed";
      case DONE -> "done";
      case UNKNOWN -> "in a state that this version does not know";
    };
  }

  private void progress(List<Filesystem> shown) {
    ByteCount bytes = ByteCount.ofUnfailed(shown);
    page.line(
        "  %s %d%%"
            .formatted(
                Bar.of(view.width() - 8, bytes.replicated(), bytes.expected()), bytes.percent()));
    StringBuilder text = new StringBuilder("  ");
    text.append(Quantities.size(bytes.replicated()))
        .append(" / ")
        .append(Quantities.size(bytes.expected()));
    if (view.rate().isPresent()) {
      long rate = view.rate().getAsLong();
      text.append(" @ ").append(Quantities.size(rate)).append("/s");
      if (rate > 0 && bytes.expected() > bytes.replicated()) {
        text.append(", ")
            .append(
                Times.length(Duration.ofSeconds((bytes.expected() - bytes.replicated()) / rate)))
            .append(" left");
      }
    }
    if (!bytes.complete()) {
      text.append(" (some sizes are not known: it will be more)");
    }
    page.line(text.toString());
  }

  private void counts(List<Filesystem> shown, int all) {
    if (all == 0) {
      page.line("  no filesystem was considered", Style.BEHIND);
      return;
    }
    StringBuilder text = new StringBuilder("  ");
    text.append(shown.size()).append(shown.size() == 1 ? " filesystem" : " filesystems");
    if (shown.size() != all) {
      text.append(" of ").append(all);
    }
    String separator = ": ";
    for (Group group : Group.values()) {
      long count = shown.stream().filter(fs -> Group.of(fs) == group).count();
      if (count > 0) {
        String word =
            switch (group) {
              case FAILED -> "failed";
              case RUNNING -> "running";
              case BEHIND -> "waiting";
              case DONE -> "done";
            };
        text.append(separator).append(count).append(' ').append(word);
        separator = ", ";
      }
    }
    page.line(text.toString());
  }

  private void filesystem(Filesystem fs, int longest) {
    Group group = Group.of(fs);
    int count = fs.steps().size();
    StringBuilder text = new StringBuilder("  ");
    text.append(group.mark).append(' ').append(fs.name());
    text.repeat(' ', Math.max(0, longest - fs.name().length())).append("  ");
    switch (group) {
      case DONE -> text.append(count == 0 ? "up to date" : done(fs));
      case FAILED -> text.append("failed").append(steps(fs));
      case RUNNING, BEHIND -> text.append(works(fs)).append(steps(fs));
    }
    page.line(text.toString(), group.style);
    fs.error().ifPresent(error -> page.error("      ", "", error));
  }

  private static String done(Filesystem fs) {
    int count = fs.steps().size();
    return "%d %s, %s"
        .formatted(
            count, count == 1 ? "step" : "steps", Quantities.size(ByteCount.of(fs).replicated()));
  }

  private static String works(Filesystem fs) {
    return switch (fs.blockedOn()) {
      case NOTHING ->
          fs.state() == ReplicationStatus.FilesystemState.PLANNING ? "is planned" : "running";
      case PLAN_QUEUE -> "waits to be planned";
      case REPLICATION_QUEUE -> "waits for its turn";
      case PARENT_INITIAL_REPLICATION -> "waits for the filesystem above it";
      case UNKNOWN -> "waits";
    };
  }

  private static String steps(Filesystem fs) {
    int count = fs.steps().size();
    if (count == 0) {
      return "";
    }
    ByteCount bytes = ByteCount.of(fs);
    return " step %d/%d  %s/%s%s"
        .formatted(
            Math.min(fs.currentStep() + 1, count),
            count,
            Quantities.size(bytes.replicated()),
            Quantities.size(bytes.expected()),
            fs.nextStep().map(step -> "  " + description(step)).orElse(""));
  }

  private static String description(Step step) {
    String versions =
        step.from().isEmpty() ? "full " + step.to() : step.from() + " => " + step.to();
    return versions + (step.resumed() ? " (resumed)" : "");
  }
}

package io.zrepl.control;

import io.zrepl.control.ReplicationStatus.Attempt;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.ReplicationStatus.BlockedOn;
import io.zrepl.control.ReplicationStatus.Filesystem;
import io.zrepl.control.ReplicationStatus.FilesystemState;
import io.zrepl.control.ReplicationStatus.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The block of the status text about replication. */
final class ReplicationText {
  private static final int BAR_CELLS = 50;
  private static final int TEXT_BESIDE_BAR = 68;

  private final StatusText frame;
  private final TextPage page;

  ReplicationText(StatusText frame, TextPage page) {
    this.frame = frame;
    this.page = page;
  }

  void block(Optional<ReplicationStatus> report) {
    if (report.isEmpty()) {
      page.line("...");
      return;
    }
    ReplicationStatus replication = report.get();
    connectivity(replication);
    List<Attempt> attempts = replication.attempts();
    if (attempts.isEmpty()) {
      page.line("no attempt was made yet");
      return;
    }
    page.line("Attempt #" + attempts.size());
    if (attempts.size() > 1) {
      page.line("Earlier attempts:");
      page.indented(() -> earlier(attempts.subList(0, attempts.size() - 1)));
    }
    newest(attempts.getLast());
  }

  private void connectivity(ReplicationStatus replication) {
    replication
        .waitReconnectError()
        .ifPresent(error -> StatusText.error(page, "Connectivity: ", error));
    if (replication.waitReconnectSince().isEmpty() || replication.waitReconnectUntil().isEmpty()) {
      return;
    }
    Instant until = replication.waitReconnectUntil().get();
    if (until.isAfter(frame.now()) && replication.finishedAt().isEmpty()) {
      page.line(
          "Waiting for the peer since %s, until %s"
              .formatted(
                  Quantities.time(replication.waitReconnectSince().get(), frame.zone()),
                  frame.withDistance(until)));
    } else if (!until.isAfter(frame.now())) {
      page.line("Waited for the peer until " + Quantities.time(until, frame.zone()));
    }
  }

  private void earlier(List<Attempt> attempts) {
    for (int i = 0; i < attempts.size(); i++) {
      Attempt attempt = attempts.get(i);
      page.line("#" + (i + 1) + ": " + attempt.state().wireName() + ended(attempt));
    }
  }

  private String ended(Attempt attempt) {
    if (attempt.finishedAt().isEmpty()) {
      return "";
    }
    Instant end = attempt.finishedAt().get();
    return " at %s%s"
        .formatted(Quantities.time(end, frame.zone()), lasted(attempt.startedAt(), end, "after"));
  }

  private static String lasted(Optional<Instant> start, Instant end, String word) {
    return start
        .map(begin -> " (" + word + " " + Quantities.duration(Duration.between(begin, end)) + ")")
        .orElse("");
  }

  private void newest(Attempt attempt) {
    page.line("Status: " + attempt.state().wireName());
    if (attempt.state().terminal() && attempt.finishedAt().isPresent()) {
      Instant end = attempt.finishedAt().get();
      page.line(
          "Last Run: "
              + Quantities.time(end, frame.zone())
              + lasted(attempt.startedAt(), end, "lasted"));
    } else if (attempt.startedAt().isPresent()) {
      page.line(
          "Started: "
              + Quantities.time(attempt.startedAt().get(), frame.zone())
              + lasted(attempt.startedAt(), frame.now(), "lasting"));
    }
    attempt.planError().ifPresent(error -> StatusText.error(page, "Problem: ", error));
    if (attempt.state() == AttemptState.FILESYSTEM_ERROR) {
      long failed = attempt.filesystems().stream().filter(fs -> fs.error().isPresent()).count();
      page.line(
          "Problem: %d of %d filesystems failed, see below"
              .formatted(failed, attempt.filesystems().size()));
    }
    if (attempt.state() == AttemptState.PLANNING
        || attempt.state() == AttemptState.PLANNING_ERROR) {
      return;
    }
    progress(attempt);
    filesystems(attempt.filesystems());
  }

  private void progress(Attempt attempt) {
    if (!attempt.state().terminal()) {
      long expected = attempt.filesystems().stream().mapToLong(ReplicationText::expected).sum();
      long replicated =
          attempt.filesystems().stream().mapToLong(fs -> replicated(fs.steps())).sum();
      page.line("Progress: " + progressLine(attempt, expected, replicated));
    }
    if (attempt.filesystems().stream()
        .flatMap(fs -> openSteps(fs).stream())
        .anyMatch(step -> step.bytesExpected() == 0)) {
      page.line("NOTE: the size of some steps is not known, so that the total is too low");
    }
    if (attempt.filesystems().isEmpty()) {
      page.line("NOTE: no filesystem was considered for replication");
    }
  }

  /** The rate is the average of the attempt: one look cannot know more. */
  private String progressLine(Attempt attempt, long expected, long replicated) {
    double seconds =
        attempt
            .startedAt()
            .map(start -> Duration.between(start, frame.now()).toMillis() / 1000.0)
            .orElse(0.0);
    long rate = seconds > 0 ? (long) (replicated / seconds) : 0;
    String remaining =
        rate > 0 && expected > replicated
            ? " ("
                + Quantities.remaining(Duration.ofSeconds((expected - replicated) / rate))
                + " remaining)"
            : "";
    return frame.bar(BAR_CELLS, TEXT_BESIDE_BAR, replicated, expected)
        + " "
        + Quantities.size(replicated)
        + " / "
        + Quantities.size(expected)
        + " @ "
        + Quantities.size(rate)
        + "/s"
        + remaining;
  }

  /** Of what is done, the size is known; only for the rest estimates are needed. */
  private static long expected(Filesystem fs) {
    int open = fs.steps().size() - openSteps(fs).size();
    return replicated(fs.steps().subList(0, open))
        + openSteps(fs).stream()
            .mapToLong(step -> Math.max(step.bytesExpected(), step.bytesReplicated()))
            .sum();
  }

  private static List<Step> openSteps(Filesystem fs) {
    int done = Math.clamp(fs.currentStep(), 0, fs.steps().size());
    return fs.steps().subList(done, fs.steps().size());
  }

  private static long replicated(List<Step> steps) {
    return steps.stream().mapToLong(Step::bytesReplicated).sum();
  }

  private void filesystems(List<Filesystem> filesystems) {
    int longest = filesystems.stream().mapToInt(fs -> fs.name().length()).max().orElse(0);
    filesystems.stream()
        .sorted(Comparator.comparing(Filesystem::name))
        .forEach(fs -> filesystem(fs, longest));
  }

  private void filesystem(Filesystem fs, int longest) {
    boolean busy = fs.state() == FilesystemState.PLANNING || fs.state() == FilesystemState.STEPPING;
    String mark = busy && fs.blockedOn() == BlockedOn.NOTHING ? "*" : " ";
    int count = fs.steps().size();
    page.line(
        "%s %s %s (step %d/%d, %s/%s)%s%s"
            .formatted(
                mark,
                StatusText.padded(fs.name(), longest),
                fs.state().wireName().toUpperCase(Locale.ROOT),
                Math.min(fs.currentStep() + 1, count),
                count,
                Quantities.size(replicated(fs.steps())),
                Quantities.size(expected(fs)),
                estimateRemark(fs),
                busy ? next(fs) + waiting(fs.blockedOn()) : ""));
    fs.error()
        .ifPresent(error ->
            page.indented(
                () -> page.indented(() -> StatusText.error(page, errorLabel(fs), error))));
    fs.estimateError()
        .ifPresent(error ->
            page.indented(
                () -> page.indented(() -> StatusText.error(page, "size estimate: ", error))));
  }

  /** Says which step failed: the text of the error need not. */
  private static String errorLabel(Filesystem fs) {
    return fs.planError().isPresent()
        ? ""
        : fs.nextStep().map(step -> description(step) + ": ").orElse("");
  }

  private static String estimateRemark(Filesystem fs) {
    if (fs.nextStep().filter(step -> step.bytesExpected() == 0).isPresent()) {
      return " (size of this step is not known)";
    }
    return openSteps(fs).stream().anyMatch(step -> step.bytesExpected() == 0)
        ? " (size of some steps is not known)"
        : "";
  }

  private static String next(Filesystem fs) {
    return fs.nextStep().map(step -> " next: " + description(step)).orElse("");
  }

  private static String description(Step step) {
    String versions =
        step.from().isEmpty() ? "full send " + step.to() : step.from() + " => " + step.to();
    return versions + (step.resumed() ? " (resumed)" : "");
  }

  private static String waiting(BlockedOn blockedOn) {
    return switch (blockedOn) {
      case NOTHING, UNKNOWN -> "";
      case PLAN_QUEUE, REPLICATION_QUEUE -> " (waits for its turn)";
      case PARENT_INITIAL_REPLICATION -> " (waits for the filesystem above it)";
    };
  }
}

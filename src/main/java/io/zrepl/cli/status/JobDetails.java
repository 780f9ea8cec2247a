package io.zrepl.cli.status;

import io.zrepl.control.DaemonStatus;
import io.zrepl.control.ErrorStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.SnapshottingStatus;
import io.zrepl.control.SnapshottingStatus.FilesystemState;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * All that is known of one job, as lines; in each list first what failed, then what runs, then what
 * waits. For one thread.
 */
final class JobDetails {
  /**
   * How to look at it.
   *
   * @param now the current time
   * @param zone in which times are shown
   * @param filter which filesystems are shown and counted
   * @param rate bytes per second at the moment, if known
   * @param width columns of the pane
   */
  record View(Instant now, ZoneId zone, Predicate<String> filter, OptionalLong rate, int width) {}

  private final View view;
  private final List<StyledLine> lines = new ArrayList<>();

  private JobDetails(View view) {
    this.view = view;
  }

  /** The lines of a job. */
  static List<StyledLine> of(JobStatus job, DaemonStatus.Global global, View view) {
    JobDetails details = new JobDetails(view);
    details.hangingCommands(global.commands());
    job.problem().ifPresent(problem -> details.error("", "Problem: ", problem));
    switch (job) {
      case JobStatus.Active active -> details.active(active);
      case JobStatus.Passive passive -> {
        details.line("Waits for clients. The jobs on the other side show the progress.");
        details.snapshotting(passive.snapshotting());
      }
      case JobStatus.Snap snap -> {
        details.pruning("Pruning snapshots", snap.pruning());
        details.snapshotting(snap.snapshotting());
      }
      case JobStatus.Internal _ -> details.line("This job is part of the daemon.");
      case JobStatus.Unknown _ ->
          details.line("This version of zrepl does not know such jobs; see --mode raw.");
    }
    return details.lines;
  }

  void heading(String text) {
    if (!lines.isEmpty()) {
      lines.add(new StyledLine("", Style.NORMAL));
    }
    lines.add(new StyledLine(text, Style.BOLD));
  }

  void line(String text) {
    line(text, Style.NORMAL);
  }

  void line(String text, Style style) {
    lines.add(new StyledLine(text, style));
  }

  /** A text of any number of lines. */
  void text(String indentation, String text, Style style) {
    text.strip().lines().forEach(each -> line(indentation + each.stripTrailing(), style));
  }

  void error(String indentation, String label, ErrorStatus error) {
    text(indentation, label + error.text(), Style.ERROR);
    error
        .advice()
        .ifPresent(advice -> text(indentation + "  ", "What helps: " + advice, Style.NORMAL));
  }

  String at(Instant time) {
    return Times.at(time, view.now(), view.zone());
  }

  private void hangingCommands(List<DaemonStatus.Command> commands) {
    for (DaemonStatus.Command command : commands) {
      command
          .killedAt()
          .ifPresent(killed ->
              line(
                  "Hangs although killed %s ago (its pool is left alone until it ends; see zpool status): process %s %s %s"
                      .formatted(
                          Times.length(Duration.between(killed, view.now())),
                          command.pid().isPresent() ? command.pid().getAsLong() : "?",
                          command.path(),
                          String.join(" ", command.arguments())),
                  Style.ERROR));
    }
  }

  private void active(JobStatus.Active active) {
    heading("Replication");
    if (active.replication().isEmpty()) {
      line("  none yet");
    } else {
      new ReplicationDetails(this, view).add(active.replication().get());
    }
    List<String> strangers =
        active.receiverOnlyFilesystems().stream().filter(view.filter()).toList();
    if (!strangers.isEmpty()) {
      heading("Only on the receiver: neither replicated nor pruned");
      strangers.forEach(name -> line("  " + name, Style.BEHIND));
    }
    pruning("Pruning sender", active.pruningSender());
    pruning("Pruning receiver", active.pruningReceiver());
    if (active.kind() == JobStatus.ActiveType.PUSH) {
      snapshotting(active.snapshotting());
    }
  }

  private void pruning(String title, Optional<PruningStatus> status) {
    heading(title);
    if (status.isEmpty()) {
      line("  none yet");
      return;
    }
    PruningStatus report = status.get();
    List<PruningStatus.Filesystem> completed = shown(report.completed());
    List<PruningStatus.Filesystem> pending = shown(report.pending());
    long done = destroyed(completed);
    long total = done + destroyed(pending);
    String counts = report.state().planned() ? ", %d of %d snapshots".formatted(done, total) : "";
    line("  " + pruningState(report.state()) + counts + since(report));
    if (!report.error().isEmpty()) {
      text("  ", report.error(), Style.ERROR);
    }
    if (report.state() == PruningStatus.State.EXECUTE) {
      line("  " + Bar.of(view.width() - 8, done, total));
    }
    completed.stream().filter(fs -> !fs.lastError().isEmpty()).forEach(this::failedPruning);
    pending.forEach(fs -> line("    " + fs.name() + "  pending: " + counts(fs), Style.BEHIND));
    completed.stream()
        .filter(fs -> fs.lastError().isEmpty() && fs.skipReason().isEmpty())
        .forEach(fs -> line("    " + fs.name() + "  done: " + counts(fs)));
    completed.stream()
        .filter(fs -> fs.lastError().isEmpty() && !fs.skipReason().isEmpty())
        .forEach(fs ->
            line(
                "    "
                    + fs.name()
                    + "  left alone: "
                    + fs.skipReason()
                    + fs.newestSnapshot().map(time -> ", newest snapshot " + at(time)).orElse(""),
                Style.FAINT));
  }

  private List<PruningStatus.Filesystem> shown(List<PruningStatus.Filesystem> filesystems) {
    return filesystems.stream()
        .filter(fs -> view.filter().test(fs.name()))
        .sorted(Comparator.comparing(PruningStatus.Filesystem::name))
        .toList();
  }

  private void failedPruning(PruningStatus.Filesystem fs) {
    line("  ! " + fs.name(), Style.ERROR);
    text("      ", fs.lastError(), Style.ERROR);
  }

  private static String counts(PruningStatus.Filesystem fs) {
    return "destroy %d of %d snapshots".formatted(fs.destroyed().size(), fs.snapshots().size());
  }

  private static long destroyed(List<PruningStatus.Filesystem> filesystems) {
    return filesystems.stream().mapToLong(fs -> fs.destroyed().size()).sum();
  }

  private static String pruningState(PruningStatus.State state) {
    return switch (state) {
      case PLAN -> "asks both sides what they have";
      case PLAN_ERROR -> "failed before anything was destroyed";
      case EXECUTE -> "destroys";
      case EXECUTE_ERROR -> "failed for some filesystems";
      case DONE -> "done";
      case UNKNOWN -> "in a state that this version does not know";
    };
  }

  private String since(PruningStatus report) {
    return report
        .finishedAt()
        .map(time -> ", ended " + at(time))
        .or(() -> report.startedAt().map(time -> ", began " + at(time)))
        .orElse("");
  }

  private void snapshotting(Optional<SnapshottingStatus> status) {
    if (status.isEmpty()) {
      return;
    }
    heading("Snapshotting (" + status.get().type() + ")");
    String next = Snapshots.next(status.get()).map(time -> ", next " + at(time)).orElse("");
    line("  " + Snapshots.state(status.get()) + next);
    text("  ", Snapshots.error(status.get()), Style.ERROR);
    status.get().filesystems().stream()
        .filter(fs -> view.filter().test(fs.path()))
        .sorted(
            Comparator.comparingInt((SnapshottingStatus.Filesystem fs) -> order(fs))
                .thenComparing(SnapshottingStatus.Filesystem::path))
        .forEach(this::snapshot);
  }

  private static int order(SnapshottingStatus.Filesystem fs) {
    if (fs.hooksHadError()) {
      return 0;
    }
    return switch (fs.state()) {
      case ERROR -> 0;
      case STARTED -> 1;
      case PENDING -> 2;
      case UNKNOWN -> 3;
      case DONE -> 4;
    };
  }

  private void snapshot(SnapshottingStatus.Filesystem fs) {
    boolean failed = order(fs) == 0;
    String mark = failed ? "!" : fs.state() == FilesystemState.STARTED ? "*" : " ";
    String last =
        fs.lastAt()
            .map(time -> "  newest @%s %s".formatted(fs.lastName(), at(time)))
            .orElse(fs.snapshotName().isEmpty() ? "" : "  @" + fs.snapshotName());
    String state =
        switch (fs.state()) {
          case PENDING -> "waits";
          case STARTED -> "is taken";
          case DONE -> "taken";
          case ERROR -> "failed";
          case UNKNOWN -> "unknown";
        };
    Style style =
        failed ? Style.ERROR : fs.state() == FilesystemState.STARTED ? Style.RUNNING : Style.NORMAL;
    line("  " + mark + " " + fs.path() + "  " + state + last, style);
    text("      ", fs.error(), Style.ERROR);
    if (fs.hooksHadError()) {
      text("      ", fs.hooks(), Style.ERROR);
    }
  }
}

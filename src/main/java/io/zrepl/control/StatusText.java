package io.zrepl.control;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The status as text for people. A pure function of its arguments; any thread may call.
 *
 * @param now the current time, for elapsed and remaining times
 * @param zone in which times are shown
 * @param width columns of the terminal, at which long lines wrap; empty to leave them long
 */
public record StatusText(Instant now, ZoneId zone, OptionalInt width) {
  private static final int RULER_WIDTH = 80;

  /** All jobs sorted by name, each with a line below it; internal ones are left out. */
  public String allJobs(DaemonStatus status) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, JobStatus> job : status.jobs().entrySet()) {
      if (!(job.getValue() instanceof JobStatus.Internal)) {
        text.append(job(job.getKey(), job.getValue()))
            .repeat('-', width.orElse(RULER_WIDTH))
            .append('\n');
      }
    }
    text.append(hangingCommands(status.global().commands()));
    return text.toString();
  }

  /**
   * What an administrator must know of even if no job names it: the pools concerned wait for it.
   */
  private String hangingCommands(List<DaemonStatus.Command> commands) {
    List<DaemonStatus.Command> hanging =
        commands.stream().filter(command -> command.killedAt().isPresent()).toList();
    if (hanging.isEmpty()) {
      return "";
    }
    TextPage page = new TextPage(width);
    page.line(
        "Killed commands that do not end (their pools are left alone until they do; see zpool status):");
    page.indented(() ->
        hanging.forEach(command ->
            page.line(
                "process %s, killed %s ago: %s %s"
                    .formatted(
                        command.pid().isPresent() ? command.pid().getAsLong() : "?",
                        Quantities.duration(
                            Duration.between(command.killedAt().orElseThrow(), now)),
                        command.path(),
                        String.join(" ", command.arguments())))));
    return page.toString();
  }

  /** One job. */
  public String job(String name, JobStatus job) {
    TextPage page = new TextPage(width);
    page.line("Job: " + name);
    page.line("Type: " + (job.type().isEmpty() ? "unknown" : job.type()));
    job.problem().ifPresent(problem -> error(page, "Problem: ", problem));
    page.emptyLine();
    switch (job) {
      case JobStatus.Active active -> active(page, active);
      case JobStatus.Passive passive -> passive(page, passive);
      case JobStatus.Snap snap -> {
        pruning(page, "Pruning snapshots:", snap.pruning());
        snapshotting(page, snap.snapshotting());
      }
      case JobStatus.Internal internal -> page.line("This job is part of the daemon.");
      case JobStatus.Unknown unknown ->
          page.line("This version of zrepl does not know such jobs; --mode raw shows everything.");
    }
    return page.toString();
  }

  /** How old and large a replica is, which the pruning of the receiver finds out. */
  private String ageAndSize(JobStatus.Active active, String filesystem) {
    return active.pruningReceiver().stream()
        .flatMap(pruning -> Stream.concat(pruning.pending().stream(), pruning.completed().stream()))
        .filter(pruned -> pruned.name().equals(filesystem))
        .filter(PruningStatus.Filesystem::onlyOnReceiver)
        .map(pruned -> "  " + ageAndSize(pruned))
        .findFirst()
        .orElse("");
  }

  /** Of a filesystem that only the receiver has; what is not known is said to be unknown. */
  String ageAndSize(PruningStatus.Filesystem filesystem) {
    String age =
        filesystem
            .newestSnapshot()
            .map(time -> "newest snapshot " + age(time))
            .orElse("newest snapshot unknown");
    return age
        + ", "
        + (filesystem.usedBytes().isPresent()
            ? "size " + Quantities.size(filesystem.usedBytes().getAsLong())
            : "size unknown");
  }

  /** A time with how long ago that is. */
  String age(Instant time) {
    return "%s, %s ago"
        .formatted(Quantities.time(time, zone), Quantities.remaining(Duration.between(time, now)));
  }

  private void active(TextPage page, JobStatus.Active active) {
    page.line("Replication:");
    page.indented(() -> new ReplicationText(this, page).block(active.replication()));
    page.emptyLine();
    if (!active.receiverOnlyFilesystems().isEmpty()) {
      page.line("Only on the receiver (neither replicated nor pruned):");
      page.indented(() ->
          active
              .receiverOnlyFilesystems()
              .forEach(name -> page.line(name + ageAndSize(active, name))));
      page.emptyLine();
    }
    pruning(page, "Pruning Sender:", active.pruningSender());
    pruning(page, "Pruning Receiver:", active.pruningReceiver());
    if (active.kind() == JobStatus.ActiveType.PUSH) {
      snapshotting(page, active.snapshotting());
    }
  }

  private void passive(TextPage page, JobStatus.Passive passive) {
    switch (passive.kind()) {
      case SINK -> page.line("Waits for clients. The jobs that push to it show the progress.");
      case SOURCE -> {
        page.line("Waits for clients. The jobs that pull from it show the progress.");
        page.emptyLine();
        snapshotting(page, passive.snapshotting());
      }
    }
  }

  private void pruning(TextPage page, String title, Optional<PruningStatus> pruning) {
    page.line(title);
    page.indented(() -> new PruningText(this, page).block(pruning));
    page.emptyLine();
  }

  private void snapshotting(TextPage page, Optional<SnapshottingStatus> snapshotting) {
    page.line("Snapshotting:");
    page.indented(() -> new SnapshottingText(this, page).block(snapshotting));
  }

  /** An error in full, with the advice below it. */
  static void error(TextPage page, String label, ErrorStatus error) {
    page.line(label + error.text());
    error.advice().ifPresent(advice -> page.indented(() -> page.line("What helps: " + advice)));
  }

  /** A text with blanks to a length. */
  static String padded(String text, int length) {
    return text + " ".repeat(Math.max(0, length - text.length()));
  }

  /**
   * A bar, shorter where the terminal is narrow.
   *
   * @param most cells of a bar with enough room
   * @param beside columns for what stands before and after it
   */
  String bar(int most, int beside, long done, long total) {
    int cells = Math.clamp(width.orElse(Integer.MAX_VALUE) - (long) beside, 10, most);
    int filled = total <= 0 ? 0 : Math.clamp(Math.round((double) cells * done / total), 0, cells);
    String head = filled < cells ? ">" : "";
    return "[" + "=".repeat(filled) + head + "-".repeat(cells - filled - head.length()) + "]";
  }

  /** A time and how far away it is, for example {@code T (in 5m3s)}. */
  String withDistance(Instant time) {
    Duration left = Duration.between(now, time);
    String distance =
        left.isNegative()
            ? Quantities.duration(left.negated()) + " ago"
            : "in " + Quantities.duration(left);
    return Quantities.time(time, zone) + " (" + distance + ")";
  }
}

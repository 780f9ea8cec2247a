package io.zrepl.control;

import io.zrepl.control.SnapshottingStatus.Filesystem;
import io.zrepl.control.SnapshottingStatus.FilesystemState;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The block of the status text about the snapshotter of a job. */
final class SnapshottingText {
  private final StatusText frame;
  private final TextPage page;

  SnapshottingText(StatusText frame, TextPage page) {
    this.frame = frame;
    this.page = page;
  }

  void block(Optional<SnapshottingStatus> report) {
    if (report.isEmpty()) {
      page.line("...");
      return;
    }
    page.line("Type: " + report.get().type());
    switch (report.get()) {
      case SnapshottingStatus.Periodic periodic -> periodic(periodic);
      case SnapshottingStatus.Cron cron -> cron(cron);
      case SnapshottingStatus.Manual manual -> manual(manual);
      case SnapshottingStatus.Unknown unknown ->
          page.line("this version of zrepl does not know such a snapshotter");
    }
  }

  private void periodic(SnapshottingStatus.Periodic periodic) {
    page.line("Status: " + periodic.state().text());
    if (!periodic.error().isEmpty()) {
      page.line("Error: " + periodic.error());
    }
    periodic
        .sleepUntil()
        .ifPresent(until -> page.line("Sleep until: " + frame.withDistance(until)));
    if (periodic.sleepUntil().isEmpty()) {
      nextDue(periodic.nextDue());
    }
    filesystems(periodic.progress());
  }

  private void nextDue(Optional<Instant> due) {
    due.ifPresent(time -> page.line("Next due: " + frame.withDistance(time)));
  }

  private void manual(SnapshottingStatus.Manual manual) {
    page.line("takes snapshots only when told to: zrepl signal snapshot JOB");
    if (manual.running()) {
      page.line("State: running");
    }
    if (!manual.error().isEmpty()) {
      page.line("Error: " + manual.error());
    }
    filesystems(manual.progress());
  }

  private void cron(SnapshottingStatus.Cron cron) {
    page.line("State: " + (cron.running() ? "running" : "waiting"));
    cron.errors().forEach(error -> page.line("Error: " + error));
    cron.wakeupTime()
        .ifPresent(time ->
            page.line((cron.running() ? "Started: " : "Sleep until: ") + frame.withDistance(time)));
    if (cron.running()) {
      nextDue(cron.nextDue());
    }
    filesystems(cron.progress());
  }

  private void filesystems(List<Filesystem> filesystems) {
    int path = longest(filesystems.stream().map(Filesystem::path).toList());
    int state = longest(filesystems.stream().map(fs -> fs.state().text()).toList());
    int duration = longest(filesystems.stream().map(this::duration).toList());
    filesystems.stream()
        .sorted(Comparator.comparing(Filesystem::path))
        .forEach(fs -> {
          String name =
              fs.snapshotName().isEmpty() ? "" : " snap name: \"" + fs.snapshotName() + "\"";
          page.line(
              StatusText.padded(fs.path(), path)
                  + " "
                  + StatusText.padded(fs.state().text(), state)
                  + " "
                  + StatusText.padded(duration(fs), duration)
                  + name
                  + last(fs)
                  + (fs.hooks().isEmpty()
                      ? ""
                      : fs.hooksHadError() ? " hooks: failed" : " hooks: ok"));
          page.indented(() -> {
            if (!fs.error().isEmpty()) {
              page.line("Error: " + fs.error());
            }
            if (fs.hooksHadError() && !fs.hooks().isEmpty()) {
              fs.hooks().lines().forEach(page::line);
            }
          });
        });
  }

  /** The newest snapshot, where it is not the one of the round. */
  private String last(Filesystem fs) {
    return fs.lastName().isEmpty() || fs.lastName().equals(fs.snapshotName())
        ? ""
        : " last: \"%s\"%s"
            .formatted(
                fs.lastName(), fs.lastAt().map(at -> ", " + frame.withDistance(at)).orElse(""));
  }

  private static int longest(List<String> texts) {
    return texts.stream().mapToInt(String::length).max().orElse(0);
  }

  private String duration(Filesystem fs) {
    if (fs.state() == FilesystemState.PENDING || fs.startedAt().isEmpty()) {
      return "...";
    }
    return Quantities.tenths(
        Duration.between(fs.startedAt().get(), fs.doneAt().orElse(frame.now())));
  }
}

package io.zrepl.control;

import io.zrepl.control.DaemonStatus.Command;
import io.zrepl.control.DaemonStatus.Setting;
import io.zrepl.control.PruningStatus.PrunedSnapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a {@link DaemonStatus} under the names of Go zrepl 0.7.0.
 *
 * <p>Members that Go does not know come last and only when they say something: {@code Advice} of an
 * error, {@code Problem} and {@code LastEnded} of a job, {@code ReceiverOnlyFilesystems} and {@code
 * Replicas} of an active job, {@code StateName} beside a state that is a number, {@code NextDue},
 * {@code Error} and {@code LastSnapName} of a snapshotter, {@code StartedAt} and {@code FinishedAt}
 * of a pruning, {@code NewestSnapshot} and {@code UsedBytes} of a filesystem that only the receiver
 * has, {@code Spared} of one with snapshots that stay although no rule keeps them.
 */
final class StatusWriter {
  private final JsonText json;

  StatusWriter(JsonText json) {
    this.json = json;
  }

  void members(DaemonStatus status) {
    json.object("Jobs", () -> status.jobs().forEach((name, job) -> job(name, job)));
    json.object(
        "Global",
        () -> {
          List<Command> commands = status.global().commands();
          json.object("ZFSCmds", () -> json.objectsOrNull("Active", commands, this::command));
          List<Setting> settings = status.global().settings();
          json.object("Envconst", () -> json.objectsOrNull("Entries", settings, this::setting));
          json.texts("OsEnviron", List.of());
        });
  }

  private void command(Command command) {
    json.text("Path", command.path())
        .texts("Args", command.arguments())
        .time("StartedAt", Optional.of(command.startedAt()));
    command.pid().ifPresent(pid -> json.integer("Pid", pid));
    if (command.killedAt().isPresent()) {
      json.time("KilledAt", command.killedAt());
    }
  }

  private void setting(Setting setting) {
    json.text("Var", setting.variable())
        .text("Value", setting.value())
        .text("ValueGoType", setting.type());
  }

  /** Go sorts the members of a job; the names of all types stand before "type". */
  private void job(String name, JobStatus job) {
    json.object(
        name,
        () -> {
          job.problem().ifPresent(problem -> json.object("Problem", () -> error(problem)));
          detail(job);
          lastEnded(job)
              .ifPresent(run ->
                  json.object(
                      "LastEnded",
                      () ->
                          json.time("StartAt", Optional.of(run.startedAt()))
                              .flag("Succeeded", run.succeeded())));
          json.text("type", job.type());
        });
  }

  private static Optional<JobStatus.EndedRun> lastEnded(JobStatus job) {
    return switch (job) {
      case JobStatus.Active active -> active.lastEnded();
      case JobStatus.Snap snap -> snap.lastEnded();
      case JobStatus.Passive _, JobStatus.Internal _, JobStatus.Unknown _ -> Optional.empty();
    };
  }

  private void detail(JobStatus job) {
    switch (job) {
      case JobStatus.Active active -> json.object(active.type(), () -> active(active));
      case JobStatus.Passive passive ->
          json.object(
              passive.type(),
              () -> json.object("Snapper", passive.snapshotting(), this::snapshotting));
      case JobStatus.Snap snap ->
          json.object(
              snap.type(),
              () ->
                  json.object("Pruning", snap.pruning(), this::pruning)
                      .object("Snapshotting", snap.snapshotting(), this::snapshotting));
      case JobStatus.Internal internal -> json.nothing(internal.type());
      case JobStatus.Unknown unknown -> json.nothing(unknown.type());
    }
  }

  private void active(JobStatus.Active active) {
    json.object("Replication", active.replication(), this::replication)
        .object("PruningSender", active.pruningSender(), this::pruning)
        .object("PruningReceiver", active.pruningReceiver(), this::pruning)
        .object("Snapshotting", active.snapshotting(), this::snapshotting);
    if (!active.receiverOnlyFilesystems().isEmpty()) {
      json.texts("ReceiverOnlyFilesystems", active.receiverOnlyFilesystems());
    }
    if (!active.replicas().isEmpty()) {
      json.objects(
          "Replicas",
          active.replicas().entrySet().stream().sorted(Map.Entry.comparingByKey()).toList(),
          replica ->
              json.text("Filesystem", replica.getKey())
                  .time("NewestSnapshot", Optional.of(replica.getValue())));
    }
  }

  private void error(ErrorStatus error) {
    json.text("Err", error.text()).time("Time", error.time());
    error.advice().ifPresent(advice -> json.text("Advice", advice));
  }

  private void replication(ReplicationStatus replication) {
    json.time("StartAt", replication.startedAt())
        .time("FinishAt", replication.finishedAt())
        .time("WaitReconnectSince", replication.waitReconnectSince())
        .time("WaitReconnectUntil", replication.waitReconnectUntil())
        .object("WaitReconnectError", replication.waitReconnectError(), this::error)
        .objects("Attempts", replication.attempts(), this::attempt);
  }

  private void attempt(ReplicationStatus.Attempt attempt) {
    json.text("State", attempt.state().wireName())
        .time("StartAt", attempt.startedAt())
        .time("FinishAt", attempt.finishedAt())
        .object("PlanError", attempt.planError(), this::error)
        .objects("Filesystems", attempt.filesystems(), this::replicatedFilesystem);
  }

  private void replicatedFilesystem(ReplicationStatus.Filesystem filesystem) {
    json.object("Info", () -> json.text("Name", filesystem.name()))
        .text("State", filesystem.state().wireName())
        .text("BlockedOn", filesystem.blockedOn().wireName())
        .object("PlanError", filesystem.planError(), this::error)
        .object("StepError", filesystem.stepError(), this::error);
    // Go zrepl has no such member; whoever knows it only reads it where there is something to say
    if (filesystem.estimateError().isPresent()) {
      json.object("EstimateError", filesystem.estimateError(), this::error);
    }
    json.integer("CurrentStep", filesystem.currentStep())
        .objects("Steps", filesystem.steps(), step -> json.object("Info", () -> step(step)));
  }

  private void step(ReplicationStatus.Step step) {
    json.text("From", step.from())
        .text("To", step.to())
        .flag("Resumed", step.resumed())
        .integer("BytesExpected", step.bytesExpected())
        .integer("BytesReplicated", step.bytesReplicated());
  }

  private void pruning(PruningStatus pruning) {
    json.text("State", pruning.state().wireName()).text("Error", pruning.error());
    if (pruning.state().planned()) {
      json.objects("Pending", pruning.pending(), this::prunedFilesystem)
          .objects("Completed", pruning.completed(), this::prunedFilesystem);
    } else {
      json.nothing("Pending").nothing("Completed");
    }
    timeIfKnown("StartedAt", pruning.startedAt());
    timeIfKnown("FinishedAt", pruning.finishedAt());
  }

  private void prunedFilesystem(PruningStatus.Filesystem filesystem) {
    json.text("Filesystem", filesystem.name());
    if (filesystem.skipReason().isEmpty()) {
      json.objects("SnapshotList", filesystem.snapshots(), this::prunedSnapshot)
          .objects("DestroyList", filesystem.destroyed(), this::prunedSnapshot);
    } else {
      json.nothing("SnapshotList").nothing("DestroyList");
    }
    json.text("SkipReason", filesystem.skipReason()).text("LastError", filesystem.lastError());
    timeIfKnown("NewestSnapshot", filesystem.newestSnapshot());
    filesystem.usedBytes().ifPresent(bytes -> json.integer("UsedBytes", bytes));
    if (!filesystem.spared().isEmpty()) {
      json.texts("Spared", filesystem.spared());
    }
  }

  private void timeIfKnown(String name, Optional<Instant> time) {
    if (time.isPresent()) {
      json.time(name, time);
    }
  }

  private void prunedSnapshot(PrunedSnapshot snapshot) {
    json.text("Name", snapshot.name())
        .flag("Replicated", snapshot.replicated())
        .time("Date", snapshot.date());
  }

  private void snapshotting(SnapshottingStatus snapshotting) {
    json.text("Type", snapshotting.type())
        .object("Periodic", select(snapshotting, SnapshottingStatus.Periodic.class), this::periodic)
        .object("Cron", select(snapshotting, SnapshottingStatus.Cron.class), this::cron)
        .object("Manual", select(snapshotting, SnapshottingStatus.Manual.class), this::manual);
    if (snapshotting.round().isPresent()) {
      json.object("Round", snapshotting.round(), this::round);
    }
  }

  private void round(SnapshottingStatus.Round round) {
    json.time("BegunAt", Optional.of(round.begunAt()))
        .time("EndedAt", round.endedAt())
        .text("Error", round.error());
  }

  private static <T> Optional<T> select(SnapshottingStatus snapshotting, Class<T> kind) {
    return kind.isInstance(snapshotting) ? Optional.of(kind.cast(snapshotting)) : Optional.empty();
  }

  private void periodic(SnapshottingStatus.Periodic periodic) {
    json.integer("State", periodic.state().number())
        .time("SleepUntil", periodic.sleepUntil())
        .text("Error", periodic.error())
        .objectsOrNull("Progress", periodic.progress(), this::snapshottedFilesystem)
        .text("StateName", periodic.state().text());
    nextDue(periodic.nextDue());
  }

  private void nextDue(Optional<Instant> due) {
    if (due.isPresent()) {
      json.time("NextDue", due);
    }
  }

  private void manual(SnapshottingStatus.Manual manual) {
    if (manual.running()) {
      json.flag("Running", true);
    }
    if (!manual.error().isEmpty()) {
      json.text("Error", manual.error());
    }
    if (!manual.progress().isEmpty()) {
      json.objects("Progress", manual.progress(), this::snapshottedFilesystem);
    }
  }

  private void cron(SnapshottingStatus.Cron cron) {
    json.text("State", cron.running() ? "running" : "waiting")
        .time("WakeupTime", cron.wakeupTime());
    if (cron.errors().isEmpty()) {
      json.nothing("Errors");
    } else {
      json.texts("Errors", cron.errors());
    }
    json.objectsOrNull("Progress", cron.progress(), this::snapshottedFilesystem);
    nextDue(cron.nextDue());
  }

  private void snapshottedFilesystem(SnapshottingStatus.Filesystem filesystem) {
    json.text("Path", filesystem.path())
        .integer("State", filesystem.state().number())
        .text("SnapName", filesystem.snapshotName())
        .time("StartAt", filesystem.startedAt())
        .text("Hooks", filesystem.hooks())
        .flag("HooksHadError", filesystem.hooksHadError())
        .time("DoneAt", filesystem.doneAt())
        .text("StateName", filesystem.state().text());
    if (!filesystem.error().isEmpty()) {
      json.text("Error", filesystem.error());
    }
    if (!filesystem.lastName().isEmpty()) {
      json.text("LastSnapName", filesystem.lastName()).time("LastSnapAt", filesystem.lastAt());
    }
  }
}

package io.zrepl.control;

import io.zrepl.base.InvalidValueException;
import io.zrepl.control.JobStatus.ActiveType;
import io.zrepl.control.JobStatus.PassiveType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads what {@link StatusWriter} or Go zrepl wrote. */
final class StatusReader {
  private StatusReader() {}

  /** Reads one part of the status. */
  @FunctionalInterface
  private interface Part<T> {
    T read(JsonObject json) throws InvalidValueException;
  }

  static DaemonStatus status(JsonObject json) throws InvalidValueException {
    JsonObject jobs =
        json.object("Jobs")
            .orElseThrow(() -> new InvalidValueException("not a status: it has no \"Jobs\""));
    SortedMap<String, JobStatus> byName = new TreeMap<>();
    for (String name : jobs.names()) {
      Optional<JobStatus> job = part(jobs, name, StatusReader::job);
      byName.put(name, job.orElseGet(() -> new JobStatus.Unknown("")));
    }
    return new DaemonStatus(
        byName, part(json, "Global", StatusReader::global).orElse(DaemonStatus.Global.EMPTY));
  }

  private static <T> Optional<T> part(JsonObject json, String name, Part<T> part)
      throws InvalidValueException {
    Optional<JsonObject> object = json.object(name);
    return object.isEmpty() ? Optional.empty() : Optional.of(part.read(object.get()));
  }

  private static <T> List<T> parts(JsonObject json, String name, Part<T> part)
      throws InvalidValueException {
    List<T> parts = new ArrayList<>();
    for (JsonObject element : json.objects(name)) {
      parts.add(part.read(element));
    }
    return parts;
  }

  private static DaemonStatus.Global global(JsonObject json) throws InvalidValueException {
    Optional<JsonObject> commands = json.object("ZFSCmds");
    Optional<JsonObject> settings = json.object("Envconst");
    return new DaemonStatus.Global(
        commands.isEmpty() ? List.of() : parts(commands.get(), "Active", StatusReader::command),
        settings.isEmpty() ? List.of() : parts(settings.get(), "Entries", StatusReader::setting));
  }

  private static DaemonStatus.Command command(JsonObject json) throws InvalidValueException {
    return new DaemonStatus.Command(
        json.text("Path"),
        json.texts("Args"),
        json.time("StartedAt").orElse(Instant.EPOCH),
        json.names().contains("Pid") ? OptionalLong.of(json.integer("Pid")) : OptionalLong.empty(),
        json.time("KilledAt"));
  }

  private static DaemonStatus.Setting setting(JsonObject json) throws InvalidValueException {
    return new DaemonStatus.Setting(json.text("Var"), json.text("Value"), json.text("ValueGoType"));
  }

  private static JobStatus job(JsonObject json) throws InvalidValueException {
    String type = json.text("type");
    Optional<ErrorStatus> problem = part(json, "Problem", StatusReader::error);
    return switch (type) {
      case "push" -> active(ActiveType.PUSH, json, problem);
      case "pull" -> active(ActiveType.PULL, json, problem);
      case "sink" -> passive(PassiveType.SINK, json, problem);
      case "source" -> passive(PassiveType.SOURCE, json, problem);
      case "snap" -> {
        Optional<JsonObject> detail = json.object(type);
        yield new JobStatus.Snap(
            detail.isEmpty()
                ? Optional.empty()
                : part(detail.get(), "Pruning", StatusReader::pruning),
            detail.isEmpty()
                ? Optional.empty()
                : part(detail.get(), "Snapshotting", StatusReader::snapshotting),
            problem,
            part(json, "LastEnded", StatusReader::lastEnded));
      }
      case "internal" -> new JobStatus.Internal();
      default -> new JobStatus.Unknown(type);
    };
  }

  private static JobStatus active(ActiveType kind, JsonObject json, Optional<ErrorStatus> problem)
      throws InvalidValueException {
    Optional<JsonObject> detail = json.object(kind.wireName());
    if (detail.isEmpty()) {
      return new JobStatus.Active(
          kind,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          problem,
          List.of());
    }
    JsonObject active = detail.get();
    return new JobStatus.Active(
        kind,
        part(active, "Replication", StatusReader::replication),
        part(active, "PruningSender", StatusReader::pruning),
        part(active, "PruningReceiver", StatusReader::pruning),
        part(active, "Snapshotting", StatusReader::snapshotting),
        problem,
        active.texts("ReceiverOnlyFilesystems"),
        replicas(active),
        part(json, "LastEnded", StatusReader::lastEnded));
  }

  private static JobStatus.EndedRun lastEnded(JsonObject json) throws InvalidValueException {
    return new JobStatus.EndedRun(
        json.time("StartAt").orElse(Instant.EPOCH), json.flag("Succeeded"));
  }

  private static Map<String, Instant> replicas(JsonObject active) throws InvalidValueException {
    Map<String, Instant> replicas = new HashMap<>();
    for (JsonObject replica : active.objects("Replicas")) {
      Optional<Instant> newest = replica.time("NewestSnapshot");
      if (newest.isPresent()) {
        replicas.put(replica.text("Filesystem"), newest.get());
      }
    }
    return replicas;
  }

  private static JobStatus passive(PassiveType kind, JsonObject json, Optional<ErrorStatus> problem)
      throws InvalidValueException {
    Optional<JsonObject> detail = json.object(kind.wireName());
    return new JobStatus.Passive(
        kind,
        detail.isEmpty()
            ? Optional.empty()
            : part(detail.get(), "Snapper", StatusReader::snapshotting),
        problem);
  }

  private static ErrorStatus error(JsonObject json) throws InvalidValueException {
    return new ErrorStatus(json.text("Err"), json.time("Time"), json.optionalText("Advice"));
  }

  private static ReplicationStatus replication(JsonObject json) throws InvalidValueException {
    return new ReplicationStatus(
        json.time("StartAt"),
        json.time("FinishAt"),
        json.time("WaitReconnectSince"),
        json.time("WaitReconnectUntil"),
        part(json, "WaitReconnectError", StatusReader::error),
        parts(json, "Attempts", StatusReader::attempt));
  }

  private static ReplicationStatus.Attempt attempt(JsonObject json) throws InvalidValueException {
    return new ReplicationStatus.Attempt(
        WireName.find(
            ReplicationStatus.AttemptState.values(),
            json.text("State"),
            ReplicationStatus.AttemptState.UNKNOWN),
        json.time("StartAt"),
        json.time("FinishAt"),
        part(json, "PlanError", StatusReader::error),
        parts(json, "Filesystems", StatusReader::replicatedFilesystem));
  }

  private static ReplicationStatus.Filesystem replicatedFilesystem(JsonObject json)
      throws InvalidValueException {
    Optional<JsonObject> info = json.object("Info");
    return new ReplicationStatus.Filesystem(
        info.isEmpty() ? "" : info.get().text("Name"),
        WireName.find(
            ReplicationStatus.FilesystemState.values(),
            json.text("State"),
            ReplicationStatus.FilesystemState.UNKNOWN),
        WireName.find(
            ReplicationStatus.BlockedOn.values(),
            json.text("BlockedOn"),
            ReplicationStatus.BlockedOn.UNKNOWN),
        part(json, "PlanError", StatusReader::error),
        part(json, "StepError", StatusReader::error),
        part(json, "EstimateError", StatusReader::error),
        Math.clamp(json.integer("CurrentStep"), 0, Integer.MAX_VALUE),
        steps(json));
  }

  private static List<ReplicationStatus.Step> steps(JsonObject json) throws InvalidValueException {
    List<ReplicationStatus.Step> steps = new ArrayList<>();
    for (JsonObject element : json.objects("Steps")) {
      Optional<JsonObject> info = element.object("Info");
      if (info.isPresent()) {
        steps.add(step(info.get()));
      }
    }
    return steps;
  }

  private static ReplicationStatus.Step step(JsonObject json) throws InvalidValueException {
    return new ReplicationStatus.Step(
        json.text("From"),
        json.text("To"),
        json.flag("Resumed"),
        json.integer("BytesExpected"),
        json.integer("BytesReplicated"));
  }

  private static PruningStatus pruning(JsonObject json) throws InvalidValueException {
    return new PruningStatus(
        WireName.find(
            PruningStatus.State.values(), json.text("State"), PruningStatus.State.UNKNOWN),
        json.text("Error"),
        parts(json, "Pending", StatusReader::prunedFilesystem),
        parts(json, "Completed", StatusReader::prunedFilesystem),
        json.time("StartedAt"),
        json.time("FinishedAt"));
  }

  private static PruningStatus.Filesystem prunedFilesystem(JsonObject json)
      throws InvalidValueException {
    return new PruningStatus.Filesystem(
        json.text("Filesystem"),
        parts(json, "SnapshotList", StatusReader::prunedSnapshot),
        parts(json, "DestroyList", StatusReader::prunedSnapshot),
        json.text("SkipReason"),
        json.text("LastError"),
        json.time("NewestSnapshot"),
        json.optionalInteger("UsedBytes"),
        json.texts("Spared"));
  }

  private static PruningStatus.PrunedSnapshot prunedSnapshot(JsonObject json)
      throws InvalidValueException {
    return new PruningStatus.PrunedSnapshot(
        json.text("Name"), json.flag("Replicated"), json.time("Date"));
  }

  private static SnapshottingStatus snapshotting(JsonObject json) throws InvalidValueException {
    String type = json.text("Type");
    Optional<SnapshottingStatus.Round> round = round(json);
    Optional<JsonObject> periodic = json.object("Periodic");
    Optional<JsonObject> cron = json.object("Cron");
    if (periodic.isPresent()) {
      return new SnapshottingStatus.Periodic(
          SnapshottingStatus.PeriodicState.of(periodic.get().integer("State")),
          periodic.get().time("SleepUntil"),
          periodic.get().text("Error"),
          parts(periodic.get(), "Progress", StatusReader::snapshottedFilesystem),
          periodic.get().time("NextDue"),
          round);
    }
    if (cron.isPresent()) {
      return new SnapshottingStatus.Cron(
          cron.get().text("State").equals("running"),
          cron.get().time("WakeupTime"),
          cron.get().texts("Errors"),
          parts(cron.get(), "Progress", StatusReader::snapshottedFilesystem),
          cron.get().time("NextDue"),
          round);
    }
    if (!type.equals("manual")) {
      return new SnapshottingStatus.Unknown(type);
    }
    Optional<JsonObject> manual = json.object("Manual");
    return manual.isEmpty()
        ? new SnapshottingStatus.Manual(false, "", List.of(), round)
        : new SnapshottingStatus.Manual(
            manual.get().flag("Running"),
            manual.get().text("Error"),
            parts(manual.get(), "Progress", StatusReader::snapshottedFilesystem),
            round);
  }

  private static Optional<SnapshottingStatus.Round> round(JsonObject json)
      throws InvalidValueException {
    Optional<JsonObject> round = json.object("Round");
    if (round.isEmpty() || round.get().time("BegunAt").isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SnapshottingStatus.Round(
            round.get().time("BegunAt").get(),
            round.get().time("EndedAt"),
            round.get().text("Error")));
  }

  private static SnapshottingStatus.Filesystem snapshottedFilesystem(JsonObject json)
      throws InvalidValueException {
    return new SnapshottingStatus.Filesystem(
        json.text("Path"),
        SnapshottingStatus.FilesystemState.of(json.integer("State")),
        json.text("SnapName"),
        json.time("StartAt"),
        json.text("Hooks"),
        json.flag("HooksHadError"),
        json.time("DoneAt"),
        json.text("Error"),
        json.text("LastSnapName"),
        json.time("LastSnapAt"));
  }
}

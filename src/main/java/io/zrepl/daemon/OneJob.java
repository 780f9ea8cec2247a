package io.zrepl.daemon;

import io.zrepl.config.Configuration;
import io.zrepl.job.JobSettings;
import io.zrepl.logging.LogFormat;
import io.zrepl.logging.LogLevel;
import io.zrepl.logging.LoggingSettings;
import io.zrepl.logging.OutletSettings;
import io.zrepl.model.OperationException;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Of a configuration what one job needs to run once: the job, and the one that it reaches over
 * {@code local}; with snapshots on request only, and with warnings for the one who looks on.
 */
public final class OneJob {
  private OneJob() {}

  /**
   * Selects it.
   *
   * @throws OperationException if there is no such job, or it does not run by itself
   */
  public static Configuration of(Configuration whole, String name) throws OperationException {
    JobSettings job =
        JobSettings.named(whole.jobs(), name)
            .orElseThrow(() ->
                OperationException.permanent(
                    "job \"%s\" is not in the configuration".formatted(name)));
    List<JobSettings> jobs = new ArrayList<>();
    switch (job) {
      case JobSettings.Push push -> {
        jobs.add(quiet(push));
        listener(whole, push.connect()).ifPresent(jobs::add);
      }
      case JobSettings.Pull pull -> {
        jobs.add(once(pull));
        listener(whole, pull.connect()).ifPresent(jobs::add);
      }
      case JobSettings.Snap snap ->
          jobs.add(
              new JobSettings.Snap(
                  snap.id(), snap.filesystems(), snap.snapshotting().onRequest(), snap.keep()));
      case JobSettings.Sink _, JobSettings.Source _ ->
          throw OperationException.permanent(
              "job \"%s\" does nothing by itself: it serves push or pull jobs".formatted(name));
      case JobSettings.Unusable unusable ->
          throw OperationException.permanent(
              "job \"%s\" cannot work: %s".formatted(name, unusable.problem()));
    }
    return new Configuration(
        new LoggingSettings(
            List.of(new OutletSettings.Stdout(LogLevel.WARN, LogFormat.HUMAN, true, true))),
        Optional.empty(),
        whole.controlSocket(),
        whole.stallTimeout(),
        whole.stdinserverDirectory(),
        jobs);
  }

  /** Without its interval, which may be over before the run is. */
  private static JobSettings once(JobSettings.Pull pull) {
    return new JobSettings.Pull(
        pull.id(),
        pull.rootFilesystem(),
        pull.connect(),
        Optional.empty(),
        pull.receive(),
        pull.replication(),
        pull.pruning());
  }

  private static JobSettings quiet(JobSettings.Push push) {
    return new JobSettings.Push(
        push.id(),
        push.filesystems(),
        push.connect(),
        push.snapshotting().onRequest(),
        push.send(),
        push.replication(),
        push.pruning());
  }

  private static Optional<JobSettings> listener(Configuration whole, ConnectSettings connect) {
    if (!(connect instanceof ConnectSettings.Local local)) {
      return Optional.empty();
    }
    return whole.jobs().stream()
        .filter(each ->
            switch (each) {
              case JobSettings.Sink sink -> serves(sink.serve(), local);
              case JobSettings.Source source -> serves(source.serve(), local);
              default -> false;
            })
        .map(OneJob::quietIfSource)
        .findFirst();
  }

  private static boolean serves(ServeSettings serve, ConnectSettings.Local connect) {
    return serve instanceof ServeSettings.Local local
        && local.listenerName().equals(connect.listenerName());
  }

  private static JobSettings quietIfSource(JobSettings job) {
    return job instanceof JobSettings.Source source
        ? new JobSettings.Source(
            source.id(),
            source.filesystems(),
            source.serve(),
            new SnapshottingSettings.Manual(),
            source.send())
        : job;
  }
}

package io.zrepl.job;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Sleeper;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.prune.HolderNames;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.ListedEndpoint;
import io.zrepl.prune.PruneObserver;
import io.zrepl.prune.PruneRun;
import io.zrepl.prune.PruneSide;
import io.zrepl.prune.PruneSubject;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.zfs.Reclaimable;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetLocks;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Prunes what a job prunes, once and without a daemon: for commands. Made and closed by one thread;
 * the reports of its runs may be read by any.
 */
public final class PruneOnce implements AutoCloseable {
  private final List<Part> parts;
  private final Optional<Planning> replication;
  private final Runnable disconnect;

  /**
   * One side.
   *
   * @param side which
   * @param run its pruning, not started
   * @param here the ZFS of its filesystems, if they are on this machine
   */
  public record Part(PruneSide side, PruneRun run, Optional<LocalHolders> here) {

    /**
     * What destroying snapshots would do.
     *
     * @param filesystem as the report calls it
     * @param names of its snapshots, at least one
     * @return knows nothing if the side is on another machine
     */
    public Reclaimable reclaimable(DatasetPath filesystem, List<String> names)
        throws OperationException, InterruptedException {
      return here.isPresent() ? here.get().reclaimable(filesystem, names) : Reclaimable.UNKNOWN;
    }
  }

  /**
   * What would replicate.
   *
   * @param run not started
   * @param initial what it does for a receiver without snapshots
   */
  private record Planning(Replication run, InitialReplication initial) {}

  private PruneOnce(List<Part> parts, Optional<Planning> replication, Runnable disconnect) {
    this.parts = List.copyOf(parts);
    this.replication = replication;
    this.disconnect = disconnect;
  }

  /**
   * Prepares; connects to nothing yet.
   *
   * @param job whose rules count
   * @param all the jobs of the configuration, among which the other side may be
   * @param locks keeps apart from the daemon, where there is one
   * @param dryRun whether to plan only
   * @throws OperationException if there is no such job, or it does not prune
   */
  public static PruneOnce of(
      JobId job, List<JobSettings> all, Zfs zfs, DatasetLocks locks, Clock clock, boolean dryRun)
      throws OperationException {
    JobSettings settings =
        JobSettings.named(all, job.toString())
            .orElseThrow(() ->
                OperationException.permanent(
                    "job \"%s\" is not in the configuration; jobs that prune are: %s"
                        .formatted(job, pruningJobs(all))));
    Preparation preparation = new Preparation(all, zfs, locks, clock, dryRun);
    return switch (settings) {
      case JobSettings.Snap snap -> preparation.of(snap);
      case JobSettings.Push push -> preparation.of(push);
      case JobSettings.Pull pull -> preparation.of(pull);
      case JobSettings.Sink _, JobSettings.Source _ ->
          throw OperationException.permanent(
              "job \"%s\" does not prune: the rules are those of the push or pull job on the other side"
                  .formatted(job));
      case JobSettings.Unusable unusable ->
          throw OperationException.permanent(
              "job \"%s\" cannot work: %s".formatted(job, unusable.problem()));
    };
  }

  private static String pruningJobs(List<JobSettings> all) {
    String names =
        all.stream()
            .filter(each ->
                switch (each) {
                  case JobSettings.Snap _, JobSettings.Push _, JobSettings.Pull _ -> true;
                  case JobSettings.Sink _, JobSettings.Source _, JobSettings.Unusable _ -> false;
                })
            .map(each -> "\"" + each.id() + "\"")
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "none" : names;
  }

  /**
   * What the job would replicate now. Changes nothing. May be called once.
   *
   * @return empty if it does not replicate
   */
  public Optional<PlannedReplication> planReplication() throws InterruptedException {
    if (replication.isEmpty()) {
      return Optional.empty();
    }
    Planning planning = replication.get();
    return Optional.of(PlannedReplication.of(planning.run.plan(), planning.initial));
  }

  /** The sides, in the order in which they are pruned. */
  public List<Part> parts() {
    return parts;
  }

  /** Ends the connection to the other side. */
  @Override
  public void close() {
    disconnect.run();
  }

  private record Preparation(
      List<JobSettings> all, Zfs zfs, DatasetLocks locks, Clock clock, boolean dryRun) {

    PruneOnce of(JobSettings.Snap snap) {
      SnapJob job =
          new SnapJob(
              snap, zfs, locks, clock, RetryDelay.DEFAULT, RunLimits.DEFAULT, JobObservers.NONE);
      LocalHolders here = new LocalHolders(zfs, Optional.empty());
      PruneRun run = run(snap.id(), job.subject(), snap.keep(), here);
      return new PruneOnce(
          List.of(new Part(PruneSide.LOCAL, run, Optional.of(here))), Optional.empty(), () -> {});
    }

    PruneOnce of(JobSettings.Push push) throws OperationException {
      LocalConnections<Receiver> sinks = new LocalConnections<>();
      Optional<LocalHolders> receiver = Optional.empty();
      if (push.connect() instanceof ConnectSettings.Local local) {
        JobSettings.Sink settings =
            all.stream()
                .filter(JobSettings.Sink.class::isInstance)
                .map(JobSettings.Sink.class::cast)
                .filter(sink -> serves(sink.serve(), local))
                .findFirst()
                .orElseThrow(() -> noListener(local));
        SinkJob sink =
            new SinkJob(
                settings,
                zfs,
                new ReceiveLocks(locks),
                sinks,
                Path.of("/nowhere"),
                ServingObserver.NONE);
        sinks.listen(local.listenerName(), sink::receiverFor);
        receiver = Optional.of(new LocalHolders(zfs, Optional.of(rootOf(settings, local))));
      }
      Sides sides =
          new PushJob(
                  push,
                  zfs,
                  locks,
                  sinks,
                  clock,
                  RetryDelay.DEFAULT,
                  RunLimits.DEFAULT,
                  JobObservers.NONE)
              .sides();
      LocalHolders here = new LocalHolders(zfs, Optional.empty());
      boolean cursors = push.replication().protection().alwaysMakesCursors();
      return both(
          push.id(),
          sides,
          push.replication(),
          push.pruning(),
          cursors,
          Optional.of(here),
          receiver);
    }

    PruneOnce of(JobSettings.Pull pull) throws OperationException {
      LocalConnections<Sender> sources = new LocalConnections<>();
      Optional<LocalHolders> sender = Optional.empty();
      if (pull.connect() instanceof ConnectSettings.Local local) {
        JobSettings.Source settings =
            all.stream()
                .filter(JobSettings.Source.class::isInstance)
                .map(JobSettings.Source.class::cast)
                .filter(source -> serves(source.serve(), local))
                .findFirst()
                .orElseThrow(() -> noListener(local));
        SourceJob source =
            new SourceJob(
                settings,
                zfs,
                locks,
                sources,
                clock,
                Path.of("/nowhere"),
                RunLimits.DEFAULT.stall(),
                JobObservers.NONE);
        sources.listen(local.listenerName(), _ -> source.sender());
        sender = Optional.of(new LocalHolders(zfs, Optional.empty()));
      }
      Sides sides =
          new PullJob(
                  pull,
                  zfs,
                  new ReceiveLocks(locks),
                  sources,
                  clock,
                  Sleeper.SYSTEM,
                  RetryDelay.DEFAULT,
                  RunLimits.DEFAULT,
                  JobObservers.NONE)
              .sides();
      LocalHolders here = new LocalHolders(zfs, Optional.of(pull.rootFilesystem()));
      boolean cursors = pull.replication().protection().alwaysMakesCursors();
      return both(
          pull.id(), sides, pull.replication(), pull.pruning(), cursors, sender, Optional.of(here));
    }

    private PruneOnce both(
        JobId job,
        Sides sides,
        ReplicationSettings replication,
        PruningSettings rules,
        boolean cursorsAreMade,
        Optional<LocalHolders> senderHere,
        Optional<LocalHolders> receiverHere) {
      ListedEndpoint<Sender> sender = ListedEndpoint.of(sides.sender());
      ListedEndpoint<Receiver> receiver = ListedEndpoint.expected(sides.receiver());
      PruneRun first =
          run(
              job,
              new PruneSubject.OfSender(sender, Optional.of(receiver), cursorsAreMade),
              rules.keepSender(),
              holders(senderHere));
      PruneRun second =
          run(
              job,
              new PruneSubject.OfReceiver(receiver, sender),
              rules.keepReceiver(),
              holders(receiverHere));
      return new PruneOnce(
          List.of(
              new Part(PruneSide.SENDER, first, senderHere),
              new Part(PruneSide.RECEIVER, second, receiverHere)),
          Optional.of(
              new Planning(
                  new Replication(
                      replication,
                      sides.sender(),
                      sides.receiver(),
                      clock,
                      RandomGenerator.getDefault(),
                      ReplicationObserver.NONE,
                      RunLimits.DEFAULT,
                      JobLogger.of(Replication.class, job)),
                  replication.initialReplication())),
          sides::close);
    }

    private static HolderNames holders(Optional<LocalHolders> here) {
      return here.isPresent() ? here.get() : HolderNames.UNKNOWN;
    }

    private PruneRun run(
        JobId job, PruneSubject subject, List<KeepRule> rules, HolderNames holders) {
      PruneRun.Options options = PruneRun.Options.DEFAULT.withHolders(holders);
      return new PruneRun(
          subject,
          rules,
          clock,
          PruneObserver.NONE,
          JobLogger.of(PruneRun.class, job),
          dryRun ? options.withDryRun() : options);
    }

    private static boolean serves(ServeSettings serve, ConnectSettings.Local connect) {
      return serve instanceof ServeSettings.Local local
          && local.listenerName().equals(connect.listenerName());
    }

    private static OperationException noListener(ConnectSettings.Local local) {
      return OperationException.permanent(
          "no job of the configuration serves the local listener \"%s\""
              .formatted(local.listenerName()));
    }

    private static DatasetPath rootOf(JobSettings.Sink sink, ConnectSettings.Local local)
        throws OperationException {
      try {
        return sink.rootFilesystem().resolve(DatasetPath.parse(local.clientIdentity().toString()));
      } catch (InvalidValueException e) {
        throw OperationException.permanent(String.valueOf(e.getMessage()));
      }
    }
  }
}

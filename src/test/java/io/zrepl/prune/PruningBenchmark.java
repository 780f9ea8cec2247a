package io.zrepl.prune;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.LargeFleet;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.helpers.NOPLogger;

/**
 * Prunes both sides of fleets of filesystems on fakes, one after the other as a job does, while the
 * report of the first is still held. Started by {@code bench/pruning}; prints one line of figures
 * for each pair of arguments, the numbers of filesystems and of snapshots of each.
 */
final class PruningBenchmark {
  private PruningBenchmark() {}

  /** Runs one case after the other. */
  public static void main(String[] arguments) throws InterruptedException {
    System.out.printf(
        "%11s %9s %9s %12s %12s %9s%n",
        "filesystems", "snapshots", "destroyed", "sender ms", "receiver ms", "heap MiB");
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      measure(Integer.parseInt(arguments[i]), Integer.parseInt(arguments[i + 1]));
    }
  }

  private static void measure(int filesystems, int snapshots) throws InterruptedException {
    Side sender = new Side(new LargeFleet(filesystems, snapshots));
    Side receiver = new Side(new LargeFleet(filesystems, snapshots));
    List<KeepRule> rules =
        List.of(
            new KeepRule.NotReplicated(true), Samples.lastN(10), Samples.grid("24x1h | 14x1d", ""));
    long start = System.nanoTime();
    PruneRun first =
        run(
            new PruneSubject.OfSender(
                ListedEndpoint.of(sender, sender.entries()),
                Optional.of(ListedEndpoint.of(receiver, receiver.entries()))),
            rules);
    long between = System.nanoTime();
    PruneRun second =
        run(
            new PruneSubject.OfReceiver(
                ListedEndpoint.of(sender, sender.entries()),
                ListedEndpoint.of(receiver, receiver.entries())),
            rules);
    long end = System.nanoTime();
    if (first.report().phase() != PrunePhase.DONE || second.report().phase() != PrunePhase.DONE) {
      throw new IllegalStateException(first.report().error() + " " + second.report().error());
    }
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        "%11d %9d %9d %12d %12d %9d%n",
        filesystems,
        snapshots,
        sender.destroyed.get() + receiver.destroyed.get(),
        Duration.ofNanos(between - start).toMillis(),
        Duration.ofNanos(end - between).toMillis(),
        (runtime.totalMemory() - runtime.freeMemory()) >> 20);
  }

  private static PruneRun run(PruneSubject subject, List<KeepRule> rules)
      throws InterruptedException {
    PruneRun run =
        new PruneRun(
            subject,
            rules,
            InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000L + 500 * 600L)),
            PruneObserver.NONE,
            NOPLogger.NOP_LOGGER);
    run.run();
    return run;
  }

  /** One side, which forgets what it is asked and only counts what it is told to destroy. */
  private static final class Side extends FakeSide {
    final AtomicLong destroyed = new AtomicLong();
    private final LargeFleet fleet;

    Side(LargeFleet fleet) {
      this.fleet = fleet;
    }

    @Override
    List<FilesystemEntry> entries() {
      return fleet.entries();
    }

    @Override
    public List<FilesystemEntry> listFilesystems() {
      return fleet.entries();
    }

    @Override
    public List<FilesystemVersion> listVersions(DatasetPath filesystem) {
      return fleet.versions(filesystem);
    }

    @Override
    public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots) {
      destroyed.addAndGet(snapshots.size());
      return snapshots.stream()
          .map(snapshot -> new DestroyResult(snapshot.name(), Optional.empty()))
          .toList();
    }

    @Override
    public synchronized Optional<Guid> replicationCursor(DatasetPath filesystem) {
      List<FilesystemVersion> all = fleet.versions(filesystem);
      return Optional.of(all.getLast().guid());
    }
  }
}

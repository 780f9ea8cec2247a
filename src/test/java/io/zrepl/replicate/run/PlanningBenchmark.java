package io.zrepl.replicate.run;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.LargeFleet;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.replicate.report.ReplicationReport;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.slf4j.helpers.NOPLogger;

/**
 * Plans fleets of filesystems on fakes, and reports. Started by {@code bench/planning}; prints one
 * line of figures for each pair of arguments, the numbers of filesystems and of snapshots of each.
 *
 * <p>The sender holds all versions compactly, as an inventory does, and the receiver has none of
 * them, so that every snapshot is a step: more than that no plan can hold. No step is executed: the
 * first send waits until all is planned and reported.
 */
final class PlanningBenchmark {
  private PlanningBenchmark() {}

  /** Runs one case after the other. */
  public static void main(String[] arguments) throws InterruptedException {
    System.out.printf(
        "%11s %9s %9s %12s %12s %9s%n",
        "filesystems", "snapshots", "steps", "planning ms", "report ms", "heap MiB");
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      measure(Integer.parseInt(arguments[i]), Integer.parseInt(arguments[i + 1]));
    }
  }

  private static void measure(int filesystems, int snapshots) throws InterruptedException {
    LargeFleet fleet = new LargeFleet(filesystems, snapshots);
    CountDownLatch never = new CountDownLatch(1);
    FakeSender sender =
        new FakeSender(new FakePools()) {
          @Override
          public List<FilesystemEntry> listFilesystems() {
            return fleet.entries();
          }

          @Override
          public List<FilesystemVersion> listVersions(DatasetPath filesystem) {
            return fleet.versions(filesystem);
          }

          @Override
          public OptionalLong estimate(SendRequest request) {
            return OptionalLong.of(STREAM_BYTES);
          }

          @Override
          public SendStream send(SendRequest request) throws InterruptedException {
            never.await();
            throw new IllegalStateException();
          }
        };
    FakeReceiver receiver =
        new FakeReceiver(new FakePools()) {
          @Override
          public List<FilesystemEntry> listFilesystems() {
            return List.of();
          }

          @Override
          public void receive(ReceiveRequest request, SendStream stream)
              throws OperationException, InterruptedException {
            never.await();
          }
        };
    Replication replication =
        new Replication(
            new ReplicationSettings(ReplicationProtection.DEFAULT, 1, 4, InitialReplication.ALL),
            sender,
            receiver,
            InstantSource.system(),
            new Random(1),
            ReplicationObserver.NONE,
            RunLimits.DEFAULT,
            NOPLogger.NOP_LOGGER);
    long start = System.nanoTime();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                replication.run();
              } catch (InterruptedException e) {
                // measured
              }
            });
    while (!isPlanned(replication.report(), filesystems)) {
      Thread.sleep(20);
    }
    long planned = System.nanoTime();
    long reports = 0;
    long steps = 0;
    int count = 20;
    for (int i = 0; i < count; i++) {
      long before = System.nanoTime();
      ReplicationReport report = replication.report();
      reports += System.nanoTime() - before;
      steps =
          report.attempts().getLast().filesystems().stream().mapToLong(f -> f.steps().size()).sum();
    }
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        "%11d %9d %9d %12d %12.2f %9d%n",
        filesystems,
        snapshots,
        steps,
        Duration.ofNanos(planned - start).toMillis(),
        reports / 1e6 / count,
        (runtime.totalMemory() - runtime.freeMemory()) >> 20);
    thread.interrupt();
    thread.join();
  }

  private static boolean isPlanned(ReplicationReport report, int filesystems) {
    if (report.attempts().isEmpty()) {
      return false;
    }
    AttemptReport attempt = report.attempts().getLast();
    return attempt.filesystems().size() == filesystems
        && attempt.filesystems().stream()
            .noneMatch(filesystem ->
                filesystem.state() == FilesystemState.PLANNING && filesystem.steps().isEmpty());
  }
}

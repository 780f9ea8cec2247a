package io.zrepl.endpoint.local;

import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.run.Replication;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import io.zrepl.zfs.lock.DatasetLocks;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.slf4j.helpers.NOPLogger;

/**
 * Lists and plans both sides of a job with nothing to do, in this JVM, from the output of a program
 * that prints what {@code zfs} would. See bench/README.md.
 *
 * <p>Arguments: filesystems, snapshots of each.
 */
public final class ListingBenchmark {
  private ListingBenchmark() {}

  /** See the class. */
  public static void main(String[] arguments) throws Exception {
    int filesystems = Integer.parseInt(arguments[0]);
    int snapshots = Integer.parseInt(arguments[1]);
    Path folder = Files.createTempDirectory("zrepl-bench");
    Path program = folder.resolve("zfs");
    Files.writeString(program, program(filesystems, snapshots));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (ProcessCommandRunner runner =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT.withPrograms(Map.of("zfs", program)),
            CommandObserver.NONE,
            InstantSource.system())) {
      run(new ZfsCommands(runner));
    } finally {
      Files.delete(program);
      Files.delete(folder);
    }
  }

  /** Prints what {@code zfs get} and {@code zfs list} would. */
  private static String program(int filesystems, int snapshots) {
    return """
    #!/bin/sh
    last=""
    for last; do :; done
    [ "$last" = src ] || last=$last/src
    case "$1" in
      get) exec awk -v prefix="$last" -v n=%1$d 'BEGIN {
        for (f = 0; f <= n; f++) {
          name = f ? sprintf("%%s/%%06d", prefix, f) : prefix
          print name "\\tzrepl:placeholder\\t-\\t-"
          print name "\\treceive_resume_token\\t-\\t-"
          print name "\\tencryption\\toff\\tdefault"
        }}' ;;
      list) exec awk -v prefix="$last" -v n=%1$d -v m=%2$d 'BEGIN {
        for (f = 0; f <= n; f++) {
          name = f ? sprintf("%%s/%%06d", prefix, f) : prefix
          for (s = 1; s <= m; s++)
            printf "%%s@zrepl_20260101_%%06d_000\\t%%d\\t%%d\\t%%d\\t0\\n", name, s,
              f * 100000 + s, s, 1700000000 + s * 600
        }}' ;;
    esac
    exit 1
    """
        .formatted(filesystems, snapshots);
  }

  private static void run(Zfs zfs) throws Exception {
    JobId job = JobId.parse("bench");
    LocalSender sender =
        new LocalSender(
            new SenderSettings(job, DatasetFilter.of(Map.of("src<", true)), SendFlags.NONE),
            zfs,
            new ActiveSends(DatasetLocks.withinProcess(), job));
    LocalReceiver receiver =
        new LocalReceiver(
            new ReceiverSettings(
                job,
                DatasetPath.of("dst"),
                Optional.of(ClientIdentity.parse("host")),
                ReceiveOptions.of(PlaceholderEncryption.INHERIT)),
            zfs,
            new ReceiveLocks());
    Replication replication =
        new Replication(
            ReplicationSettings.DEFAULT,
            sender,
            receiver,
            InstantSource.system(),
            new Random(1),
            ReplicationObserver.NONE,
            RunLimits.DEFAULT,
            NOPLogger.NOP_LOGGER);
    long start = System.nanoTime();
    replication.run();
    long end = System.nanoTime();
    AttemptReport attempt = replication.report().attempts().getLast();
    Stream.concat(
            attempt.planError().stream(),
            attempt.filesystems().stream()
                .flatMap(fs -> Stream.concat(fs.planError().stream(), fs.stepError().stream())))
        .limit(1)
        .forEach(error -> System.out.println(error.describe()));
    try {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      System.out.printf(
          "%s: %d filesystems, %d failed; %d ms, %d MiB of %d MiB in use afterwards%n",
          attempt.state().text(),
          attempt.filesystems().size(),
          attempt.failedFilesystems(),
          Duration.ofNanos(end - start).toMillis(),
          (runtime.totalMemory() - runtime.freeMemory()) >> 20,
          runtime.maxMemory() >> 20);
    } finally {
      // They hold what both sides have until here.
      Reference.reachabilityFence(sender);
      Reference.reachabilityFence(receiver);
    }
  }
}

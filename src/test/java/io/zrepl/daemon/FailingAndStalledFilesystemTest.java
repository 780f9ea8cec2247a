package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TaskGroup;
import io.zrepl.control.DaemonStatus;
import io.zrepl.control.JobStatus;
import io.zrepl.control.PruningStatus;
import io.zrepl.control.ReplicationStatus;
import io.zrepl.control.StatusText;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.local.ReceiveLocks;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.job.Job;
import io.zrepl.job.JobObservers;
import io.zrepl.job.JobSettings;
import io.zrepl.job.LocalConnections;
import io.zrepl.job.PushJob;
import io.zrepl.job.RetryDelay;
import io.zrepl.job.ServingObserver;
import io.zrepl.job.SinkJob;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PruneObserver;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.run.ReplicationObserver;
import io.zrepl.replicate.run.RetryPolicy;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.snapshot.SnapshotObserver;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.RunningCommand;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import io.zrepl.zfs.lock.DatasetLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Ten filesystems on real ZFS, four steps at once; the step of one always fails, that of another
 * one never moves. A push job and its sink run in this JVM, with the status that the daemon shows.
 */
@LabTest
class FailingAndStalledFilesystemTest {
  private static final Duration SHORT = Duration.ofSeconds(10);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final List<String> GOOD = List.of("1", "2", "3", "4", "5", "6", "7", "8");
  private static final String REPLICAS = "dst/vault/host/src/data/";

  private final Guest guest;
  private final List<String> stalls = new CopyOnWriteArrayList<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.zrepl.replicate");
  @TempDir private Path folder;

  FailingAndStalledFilesystemTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeFilesystems() {
    guest.shell(
        """
        set -e
        zfs create -o mountpoint=none dst/vault
        zfs create src/data
        for name in %s failing stalled; do
          zfs create src/data/$name
          head -c 300k /dev/urandom >/src/data/$name/file
        done
        zfs snapshot -r src/data@one
        zfs snapshot -r src/data@two
        """
            .formatted(String.join(" ", GOOD)));
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
  }

  @AfterEach
  void detachLog() {
    logger.detachAppender(log);
    logger.setLevel(null);
  }

  /**
   * A {@code zfs} that fails or hangs for two filesystems, and is the guest's otherwise. What hangs
   * has a child of its own, as a wrapper script of an administrator would.
   */
  private Path wrapper() throws IOException {
    Path script = folder.resolve("zfs");
    Files.writeString(
        script,
        """
        #!/bin/sh
        case "$*" in
          "send -n"*|"send "*" -n"*) ;;
          "send "*src/data/failing@*)
            echo "cannot send 'src/data/failing': this test makes it fail" >&2
            exit 1 ;;
          "recv "*/src/data/stalled*)
            sleep 86400 &
            echo $! >>%1$s
            echo $$ >>%1$s
            wait ;;
        esac
        exec %2$s "$@"
        """
            .formatted(hungProcesses(), guest.commands().resolve("zfs")));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }

  private Path hungProcesses() {
    return folder.resolve("hung");
  }

  private ProcessCommandRunner runner(Duration stallLimit) throws IOException {
    CommandObserver observer =
        new CommandObserver() {
          @Override
          public void stalled(RunningCommand command, Duration quiet) {
            stalls.add(
                "command " + command.arguments().get(1) + " " + command.arguments().getLast());
          }
        };
    return new ProcessCommandRunner(
        RunnerSettings.DEFAULT
            .withStallLimit(stallLimit)
            .withPrograms(Map.of("zfs", wrapper(), "zpool", guest.commands().resolve("zpool"))),
        observer,
        InstantSource.system());
  }

  private PushJob pushJob(Zfs zfs, LocalConnections<Receiver> connections, Duration stallLimit)
      throws InvalidValueException {
    KeepRule keepOne = new KeepRule.LastN(1, Optional.empty());
    ReplicationObserver observer =
        new ReplicationObserver() {
          @Override
          public void bytesReplicated(DatasetPath filesystem, long bytes) {}

          @Override
          public void stalled(Optional<DatasetPath> filesystem, String phase, Duration quiet) {
            stalls.add(phase + " " + filesystem.orElseThrow());
          }
        };
    return new PushJob(
        new JobSettings.Push(
            JobId.parse("push"),
            DatasetFilter.of(Map.of("src/data<", true, "src/data", false)),
            new ConnectSettings.Local("vault", ClientIdentity.parse("host"), SHORT),
            new SnapshottingSettings.Manual(),
            SendOptions.DEFAULT,
            new ReplicationSettings(
                ReplicationProtection.DEFAULT, 4, 4, InitialReplication.MOST_RECENT),
            new PruningSettings(List.of(keepOne), List.of(keepOne))),
        zfs,
        DatasetLocks.withinProcess(),
        connections,
        Clock.systemUTC(),
        new RetryDelay(NEVER, NEVER),
        new RunLimits(
            new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)), NEVER, stallLimit),
        new JobObservers(
            observer, PruneObserver.NONE, SnapshotObserver.NONE, _ -> {}, ServingObserver.NONE));
  }

  private static SinkJob sinkJob(Zfs zfs, LocalConnections<Receiver> connections)
      throws InvalidValueException {
    return new SinkJob(
        new JobSettings.Sink(
            JobId.parse("sink"),
            DatasetPath.of("dst/vault"),
            new ServeSettings.Local("vault"),
            ReceiveOptions.of(PlaceholderEncryption.INHERIT)),
        zfs,
        new ReceiveLocks(),
        connections,
        Path.of("/nonexistent"),
        ServingObserver.NONE);
  }

  /** Runs one invocation; gives the status after it. */
  private DaemonStatus statusAfterOneInvocation(Duration engineLimit, Duration commandLimit)
      throws Exception {
    try (ProcessCommandRunner runner = runner(commandLimit);
        TaskGroup running = new TaskGroup("test")) {
      LocalConnections<Receiver> connections = new LocalConnections<>();
      Zfs zfs = new ZfsCommands(runner);
      PushJob push = pushJob(zfs, connections, engineLimit);
      List<Job> jobs = List.of(push, sinkJob(zfs, connections));
      jobs.forEach(job -> running.fork(job.id().toString(), job::run));
      push.wakeup();
      DaemonStatus status =
          Awaitility.await("the invocation is over")
              .atMost(Duration.ofMinutes(4))
              .pollInterval(Duration.ofMillis(200))
              .until(
                  () -> StatusAssembler.status(jobs, Map.of(), runner.running(), runner.stuck()),
                  now -> now.jobs().get("push") instanceof JobStatus.Active job && isOver(job));
      assertThat(runner.running()).as("commands left").isEmpty();
      assertThat(runner.stuck()).as("commands that do not die").isEmpty();
      return status;
    }
  }

  private static boolean isOver(JobStatus.Active job) {
    return job.pruningReceiver()
        .map(pruning ->
            pruning.state() != PruningStatus.State.PLAN
                && pruning.state() != PruningStatus.State.EXECUTE)
        .orElse(false);
  }

  private static JobStatus.Active push(DaemonStatus status) {
    return (JobStatus.Active) Objects.requireNonNull(status.jobs().get("push"));
  }

  private static ReplicationStatus.Filesystem filesystem(DaemonStatus status, String name) {
    return push(status).replication().orElseThrow().attempts().getLast().filesystems().stream()
        .filter(filesystem -> filesystem.name().equals("src/data/" + name))
        .findFirst()
        .orElseThrow();
  }

  private static String stepError(DaemonStatus status, String name) {
    return filesystem(status, name).stepError().orElseThrow().text();
  }

  private void requireThatTheOthersWereReplicatedAndPruned(DaemonStatus status) {
    for (String name : GOOD) {
      assertThat(filesystem(status, name).state())
          .as(name)
          .isEqualTo(ReplicationStatus.FilesystemState.DONE);
      assertThat(snapshots(REPLICAS + name)).containsExactly("@two");
      assertThat(snapshots("src/data/" + name)).as("pruned").containsExactly("@two");
    }
    for (String name : List.of("failing", "stalled")) {
      // What cannot be replicated must not fill the pool either: no rule asks what is replicated.
      assertThat(snapshots("src/data/" + name)).as(name).containsExactly("@two");
    }
    assertThat(push(status).pruningReceiver().orElseThrow().state())
        .isEqualTo(PruningStatus.State.DONE);
  }

  private List<String> snapshots(String filesystem) {
    return guest
        .zfsLines(
            "list", "-H", "-o", "name", "-d", "1", "-t", "snapshot", "-s", "createtxg", filesystem)
        .stream()
        .map(name -> name.substring(filesystem.length()))
        .toList();
  }

  private void requireThatNothingHangsAnyMore() throws IOException {
    List<Long> hung = Files.readAllLines(hungProcesses()).stream().map(Long::valueOf).toList();
    assertThat(hung).as("the wrapper and its child, once for each try").hasSize(4);
    // The child of the wrapper has lost its parent: it is there until init has looked after it.
    Awaitility.await("all have ended")
        .atMost(SHORT)
        .until(() ->
            hung.stream()
                .noneMatch(pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)));
  }

  private String textOf(DaemonStatus status) {
    return new StatusText(Instant.now(), ZoneOffset.UTC, OptionalInt.empty()).allJobs(status);
  }

  private List<String> logged() {
    return log.list.stream()
        .map(event -> event.getFormattedMessage() + " " + event.getKeyValuePairs())
        .toList();
  }

  @Test
  void eightOfTenAreReplicatedAndPrunedAndTheStatusTellsWhatIsWrongWithTheTwo() throws Exception {
    DaemonStatus status = statusAfterOneInvocation(SHORT, NEVER);
    requireThatTheOthersWereReplicatedAndPruned(status);
    assertThat(stepError(status, "failing")).contains("this test makes it fail");
    assertThat(stepError(status, "stalled"))
        .matches(
            "replication step of src/data/stalled made no progress for 1\\ds and was cancelled");
    assertThat(textOf(status))
        .contains("this test makes it fail")
        .contains("replication step of src/data/stalled made no progress for 1");
    assertThat(stalls)
        .containsExactly("replication step src/data/stalled", "replication step src/data/stalled");
    assertThat(logged())
        .anyMatch(line ->
            line.contains("made no progress for too long")
                && line.contains("src/data/stalled")
                && line.contains("replication step")
                && line.contains("quiet=\"PT1"));
    requireThatNothingHangsAnyMore();
  }

  @Test
  void passiveSideKillsItsOwnReceiveThatStalls() throws Exception {
    DaemonStatus status = statusAfterOneInvocation(NEVER, SHORT);
    requireThatTheOthersWereReplicatedAndPruned(status);
    assertThat(stepError(status, "failing")).contains("this test makes it fail");
    assertThat(stepError(status, "stalled"))
        .contains(REPLICAS + "stalled")
        .containsPattern("made no progress for 1\\ds and was killed");
    assertThat(stalls)
        .containsExactly(
            "command recv " + REPLICAS + "stalled@two", "command recv " + REPLICAS + "stalled@two");
    requireThatNothingHangsAnyMore();
  }
}

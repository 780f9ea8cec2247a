package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Runs the real programs, found through PATH. One instance serves the whole daemon, so that one
 * limit on processes holds for all jobs.
 *
 * <p>Thread-safe. Streams of children are read by platform threads, since a read of a pipe would
 * hold the carrier of a virtual one.
 */
public final class ProcessCommandRunner implements CommandRunner, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessCommandRunner.class);
  private static final Duration FOREVER = Duration.ofDays(36_500);
  private static final int DEFAULT_PIPE = 0;
  // A listing of many datasets, all missing, says so for each.
  private static final int ERRORS_OF_SHORT_COMMAND = 1 << 20;
  private static final int ERRORS_OF_STREAM = 1 << 14;

  private final RunnerSettings settings;
  private final CommandObserver observer;
  private final InstantSource clock;
  private final CommandSlots slots;
  private final Reaper reaper;
  private final ProgramPath programPath;
  private final ExecutorService platformThreads;
  private final Child.Surroundings surroundings;
  private final Launcher launcher;
  private final Duration slotTime;
  private final Set<Child> running = ConcurrentHashMap.newKeySet();
  private final Map<Child, CommandSlots.Slot> slotsOfStreams = new ConcurrentHashMap<>();
  private final ChildWatch watch;
  private volatile boolean closed;

  /** Makes a runner; nothing is started yet. */
  public ProcessCommandRunner(
      RunnerSettings settings, CommandObserver observer, InstantSource clock) {
    this(settings, observer, clock, ProcessBuilder::start, CommandSlots.SHORT);
  }

  /** Starts a process, as {@link ProcessBuilder#start()} does. */
  interface Launcher {
    Process start(ProcessBuilder builder) throws IOException;
  }

  /**
   * A runner for tests.
   *
   * @param launcher starts the processes
   * @param slotTime how long a command may occupy a slot
   */
  ProcessCommandRunner(
      RunnerSettings settings,
      CommandObserver observer,
      InstantSource clock,
      Launcher launcher,
      Duration slotTime) {
    this.settings = settings;
    this.launcher = launcher;
    this.slotTime = slotTime;
    this.observer = observer;
    this.clock = clock;
    this.slots = new CommandSlots(settings.concurrentCommands(), settings.concurrentStreams());
    this.reaper = new Reaper(clock);
    this.watch = new ChildWatch(settings.stallLimit(), observer);
    this.programPath = new ProgramPath(Optional.ofNullable(System.getenv("PATH")).orElse(""));
    this.platformThreads =
        Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("zfs-pipe-", 0).factory());
    this.surroundings =
        new Child.Surroundings(
            settings.killGrace(), settings.exitPatience(), platformThreads, reaper, this::finished);
  }

  /** The same runner, on behalf of a job: only what observers and status say differs. */
  public CommandRunner forJob(String job) {
    Optional<String> name = Optional.of(job);
    return new CommandRunner() {
      @Override
      public Logger logger(Class<?> part) {
        return LoggerFactory.getLogger(part.getName() + "#" + job);
      }

      @Override
      public CommandResult run(Command command) throws ZfsException, InterruptedException {
        return collect(command, name, Capture.everything(), MemoryLimit.OF_TEXT);
      }

      @Override
      public CommandResult run(Command command, LineConsumer lines)
          throws ZfsException, InterruptedException {
        return collect(command, name, new LineFeed(lines), Long.MAX_VALUE);
      }

      @Override
      public ChildProcess startReading(Command command) throws ZfsException, InterruptedException {
        return startStream(command, name, new Streams.Output());
      }

      @Override
      public ChildProcess startWriting(Command command) throws ZfsException, InterruptedException {
        return startStream(command, name, new Streams.Input());
      }
    };
  }

  @Override
  public CommandResult run(Command command) throws ZfsException, InterruptedException {
    return collect(command, Optional.empty(), Capture.everything(), MemoryLimit.OF_TEXT);
  }

  @Override
  public CommandResult run(Command command, LineConsumer lines)
      throws ZfsException, InterruptedException {
    return collect(command, Optional.empty(), new LineFeed(lines), Long.MAX_VALUE);
  }

  @Override
  public ChildProcess startReading(Command command) throws ZfsException, InterruptedException {
    return startStream(command, Optional.empty(), new Streams.Output());
  }

  @Override
  public ChildProcess startWriting(Command command) throws ZfsException, InterruptedException {
    return startStream(command, Optional.empty(), new Streams.Input());
  }

  /** The children that run now, oldest first; without those that were killed and do not die. */
  public List<RunningCommand> running() {
    return running.stream()
        .map(Child::description)
        .sorted(Comparator.comparing(RunningCommand::startedAt))
        .toList();
  }

  /** The children that were killed and do not die, oldest first. */
  public List<StuckProcess> stuck() {
    return reaper.stuck();
  }

  /**
   * Kills everything that still runs, and lets nothing start any more. Returns when all is dead or
   * has been handed to the reaper.
   */
  @Override
  public void close() {
    closed = true;
    List<Child> left = List.copyOf(running);
    left.forEach(Child::kill);
    left.forEach(Child::close);
  }

  private CommandResult collect(
      Command command, Optional<String> job, OutputSink sink, long mostBytes)
      throws ZfsException, InterruptedException {
    try (CommandSlots.Slot slot = slots.forCommand();
        Child child = start(command, job, new Streams.Collected(sink, mostBytes))) {
      awaitExit(command, child, slot);
      int status = child.status();
      return new CommandResult(
          command, status, child.collectedOutput(command.parsed()), child.errors());
    } catch (IOException e) {
      throw new ZfsException(
          FailureScope.JOB,
          true,
          "cannot read the output of %s: %s".formatted(command, e.getMessage()),
          null,
          e);
    }
  }

  private void awaitExit(Command command, Child child, CommandSlots.Slot slot)
      throws ZfsException, InterruptedException {
    Duration deadline = command.deadline().orElse(FOREVER);
    if (deadline.compareTo(slotTime) > 0) {
      if (child.waitFor(slotTime)) {
        return;
      }
      deadline = deadline.minus(slotTime);
      try (CommandSlots.Slot _ = slots.forLongCommand(slot).orElse(slot)) {
        requireExit(command, child, deadline);
      }
    } else {
      requireExit(command, child, deadline);
    }
  }

  private static void requireExit(Command command, Child child, Duration patience)
      throws ZfsException, InterruptedException {
    if (!child.waitFor(patience)) {
      throw new ZfsException(
          FailureScope.POOL,
          true,
          "%s did not end within %d s and was killed".formatted(command, child.age().toSeconds()),
          "the pool may be suspended or very busy; see zpool status and the kernel log",
          null);
    }
  }

  /** What becomes of the standard streams of a child. */
  private sealed interface Streams {
    /** Output is read by a thread of ours. */
    record Collected(OutputSink sink, long mostBytes) implements Streams {}

    /** The caller reads the output. */
    record Output() implements Streams {}

    /** The caller writes the input. */
    record Input() implements Streams {}
  }

  private Child startStream(Command command, Optional<String> job, Streams streams)
      throws ZfsException, InterruptedException {
    CommandSlots.Slot slot =
        streams instanceof Streams.Input ? slots.forReceive() : slots.forSend();
    boolean started = false;
    try {
      Child child = start(command, job, streams);
      started = true;
      slotsOfStreams.put(child, slot);
      if (!running.contains(child)) {
        giveBackSlot(child); // it has ended already
      }
      return child;
    } finally {
      if (!started) {
        slot.close();
      }
    }
  }

  private void giveBackSlot(Child child) {
    CommandSlots.Slot slot = slotsOfStreams.remove(child);
    if (slot != null) {
      slot.close();
    }
  }

  private Child start(Command command, Optional<String> job, Streams streams)
      throws ZfsException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (closed) {
      throw new ZfsException(
          FailureScope.JOB, true, "the program is ending: not started: " + command, null, null);
    }
    requireEncodable(command);
    requirePoolsThatAnswer(command);
    boolean collects = streams instanceof Streams.Collected;
    int capacity = collects ? DEFAULT_PIPE : settings.pipeCapacity();
    try (ChildPipe errors = ChildPipe.forOutput(settings.nativePipes(), DEFAULT_PIPE)) {
      if (streams instanceof Streams.Input) {
        try (ChildPipe input = ChildPipe.forInput(settings.nativePipes(), capacity)) {
          // Not closed: very old versions of zfs receive want a standard output.
          Process process = launch(command, input.redirect(), Redirect.DISCARD, errors.redirect());
          return orKill(
              process,
              () -> {
                Drain errorDrain = drainErrors(errors, process, ERRORS_OF_STREAM);
                var writer = input.writer(process.getOutputStream());
                return register(
                    new Child(
                        process,
                        describe(command, job, process),
                        errorDrain,
                        null,
                        null,
                        writer,
                        surroundings));
              });
        }
      }
      try (ChildPipe output = ChildPipe.forOutput(settings.nativePipes(), capacity)) {
        Process process =
            launch(
                command,
                Redirect.from(new File("/dev/null")),
                output.redirect(),
                errors.redirect());
        return orKill(
            process,
            () -> {
              Drain errorDrain =
                  drainErrors(
                      errors, process, collects ? ERRORS_OF_SHORT_COMMAND : ERRORS_OF_STREAM);
              var reader = output.reader(process.getInputStream());
              return register(
                  new Child(
                      process,
                      describe(command, job, process),
                      errorDrain,
                      streams instanceof Streams.Collected(OutputSink sink, long mostBytes)
                          ? Drain.start(platformThreads, reader, sink, mostBytes)
                          : null,
                      collects ? null : reader,
                      null,
                      surroundings));
            });
      }
    } catch (IOException e) {
      throw StartFailure.explain(command, e);
    }
  }

  private interface Registration {
    Child register() throws IOException;
  }

  /** Kills a child that cannot be looked after: one that nobody knows of could do anything. */
  private static Child orKill(Process process, Registration registration) throws IOException {
    try {
      return registration.register();
    } catch (IOException | RuntimeException | Error e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /**
   * Leaves a pool alone on which a killed command still hangs: another one would hang as well, and
   * so on without end. A command that names no pool may be started beside commands that hang on one
   * pool, since ZFS leaves suspended pools out of such a listing; but not if one like it hangs.
   * That one says nothing about any pool by name, so what names a pool goes on: the sick pool shows
   * itself by the first command that hangs on it.
   */
  private void requirePoolsThatAnswer(Command command) throws ZfsException {
    for (StuckProcess stuck : reaper.stuck()) {
      Set<String> hanging = stuck.command().pools();
      boolean everything = hanging.isEmpty() && command.pools().isEmpty();
      if (everything || !Collections.disjoint(hanging, command.pools())) {
        throw new ZfsException(
            ZfsProblem.POOL_SUSPENDED,
            "not started: %s: process %d, killed at %s, still hangs on %s (%s)"
                .formatted(
                    command,
                    stuck.command().pid(),
                    stuck.killedAt(),
                    everything ? "a command over all pools like this one" : "that pool",
                    String.join(" ", stuck.command().arguments())),
            null);
      }
    }
  }

  private Drain drainErrors(ChildPipe errors, Process process, int limit) {
    return Drain.start(
        platformThreads, errors.reader(process.getErrorStream()), Capture.headAndTail(limit / 2));
  }

  private Process launch(Command command, Redirect input, Redirect output, Redirect errors)
      throws IOException {
    List<String> arguments = new ArrayList<>(command.arguments());
    Path place = settings.programs().get(arguments.getFirst());
    if (place != null) {
      arguments.set(0, place.toString());
    }
    ProcessBuilder builder =
        new ProcessBuilder(arguments)
            .redirectInput(input)
            .redirectOutput(output)
            .redirectError(errors);
    builder.environment().put("LC_ALL", "C");
    builder.environment().remove("LANGUAGE");
    return launcher.start(builder);
  }

  /** The JVM would silently replace by "?" what the locale of the daemon cannot express. */
  private static void requireEncodable(Command command) throws ZfsException {
    for (String argument : command.arguments()) {
      if (argument.chars().anyMatch(c -> c >= 0x80 || c == 0) && !isEncodable(argument)) {
        throw new ZfsException(
            FailureScope.FILESYSTEM,
            false,
            "an argument of \"%s\" cannot be passed on in the locale of this process"
                .formatted(command),
            "start the daemon in a UTF-8 locale, for example with LC_ALL=C.UTF-8",
            null);
      }
    }
  }

  private static boolean isEncodable(String argument) {
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    return argument.indexOf(0) < 0 && charset.newEncoder().canEncode(argument);
  }

  private RunningCommand describe(Command command, Optional<String> job, Process process) {
    return new RunningCommand(
        process.pid(),
        programPath.locate(command.arguments().getFirst()),
        command.maskedArguments(),
        command.pools(),
        clock.instant(),
        job);
  }

  private Child register(Child child) {
    running.add(child);
    watch.add(child);
    try {
      observer.started(child.description());
    } catch (RuntimeException | Error e) {
      child.close();
      throw e;
    }
    if (!child.collectsOutput()) {
      child.reportExit();
    }
    if (closed) {
      child.close();
    }
    return child;
  }

  private void finished(Child child, OptionalInt status) {
    running.remove(child);
    watch.remove(child);
    giveBackSlot(child);
    Optional<String> job = child.description().job();
    LoggingEventBuilder line = LOG.atDebug();
    (job.isPresent() ? line.addKeyValue("job", job.get()) : line)
        .addKeyValue("cmd", String.join(" ", child.description().arguments()))
        .addKeyValue("status", status.isPresent() ? status.getAsInt() : "does not die")
        .log("command ended");
    observer.finished(child.description(), child.age(), status);
  }
}

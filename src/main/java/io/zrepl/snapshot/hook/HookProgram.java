package io.zrepl.snapshot.hook;

import io.zrepl.zfs.ChildPipe;
import io.zrepl.zfs.ProcessActivity;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One run of a program with a timeout. At its end, and when the caller is interrupted, it is killed
 * with everything that it started and that did not move to a process group of its own.
 *
 * <p>The end of the program ends the run, not that of its output: something that it left in the
 * background may hold that open for ever.
 */
final class HookProgram {
  /** How long the rest of the output may take after the program has ended. */
  private static final Duration REST_OF_OUTPUT = Duration.ofSeconds(1);

  /** How long a killed program may take to die before it is left to itself. */
  private static final Duration KILL_GRACE = Duration.ofSeconds(5);

  /** How often to look whether a program works, within the time that it may do nothing. */
  private static final int LOOKS = 10;

  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(10);

  private static final int CHUNK = 16 * 1024;
  private static final String SETSID = "setsid";

  private final String program;
  private final Map<String, String> environment;
  private final Duration timeout;
  private final Duration stallLimit;
  private final HookOutput output;
  private volatile boolean started;

  /**
   * Prepares a run.
   *
   * @param program a path, or a name that is looked up in {@code PATH}
   * @param environment added to that of this process
   * @param timeout how long it may take
   * @param stallLimit how long it may do nothing
   * @param output gets what the program writes
   */
  HookProgram(
      String program,
      Map<String, String> environment,
      Duration timeout,
      Duration stallLimit,
      HookOutput output) {
    this.program = program;
    this.environment = environment;
    this.timeout = timeout;
    this.stallLimit = stallLimit;
    this.output = output;
  }

  /**
   * Runs it to its end.
   *
   * @throws HookException if it could not be started, took too long, or had another status than 0
   */
  void run() throws HookException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    requireExecutable();
    try (ChildPipe stdout = ChildPipe.forOutput(true, 0);
        ChildPipe stderr = ChildPipe.forOutput(true, 0)) {
      started = true;
      Process process = start(stdout.redirect(), stderr.redirect());
      List<Reading> readings =
          List.of(
              read(HookOutput.Stream.STDOUT, stdout.reader(process.getInputStream())),
              read(HookOutput.Stream.STDERR, stderr.reader(process.getErrorStream())));
      boolean ended = false;
      try {
        ended = awaitEnd(process);
      } finally {
        if (!ended) {
          kill(process);
        }
        finish(readings);
      }
      if (!ended) {
        throw new HookException(
            "command hook failed: timed out after %s: %s%s"
                .formatted(
                    Deadline.text(timeout),
                    program,
                    process.isAlive() ? "; it was killed and does not die" : ""));
      }
      int status = process.exitValue();
      if (status != 0) {
        throw new HookException(
            "command hook failed: %s: exit status %d".formatted(program, status));
      }
    }
  }

  /**
   * Waits for its end, and looks meanwhile whether it works.
   *
   * @return false if the timeout is over first
   * @throws HookStalledException if it does nothing for too long
   */
  private boolean awaitEnd(Process process) throws HookException, InterruptedException {
    long begun = System.nanoTime();
    long lastWork = begun;
    Duration look = stallLimit.dividedBy(LOOKS);
    long interval = Math.min(look.toNanos(), LONGEST_INTERVAL.toNanos());
    ProcessActivity activity = new ProcessActivity(process.toHandle());
    while (true) {
      long left = timeout.toNanos() - (System.nanoTime() - begun);
      if (process.waitFor(Math.min(left, interval), TimeUnit.NANOSECONDS)) {
        return true;
      }
      if (left <= interval) {
        return false;
      }
      long now = System.nanoTime();
      if (activity.hasWorked()) {
        lastWork = now;
      } else if (now - lastWork >= stallLimit.toNanos()) {
        throw new HookStalledException(program, Duration.ofNanos(now - lastWork));
      }
    }
  }

  /** Whether the program may have begun its work. */
  boolean started() {
    return started;
  }

  private Process start(Redirect stdout, Redirect stderr) throws HookException {
    List<String> arguments = new ArrayList<>();
    // A group of its own, so that it can be killed with its children.
    find(SETSID).ifPresent(path -> arguments.addAll(List.of(path.toString(), "--")));
    arguments.add(program);
    ProcessBuilder builder =
        new ProcessBuilder(arguments)
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectOutput(stdout)
            .redirectError(stderr);
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new HookException(
          "command hook failed: cannot start %s: %s".formatted(program, e.getMessage()), e);
    }
  }

  private void requireExecutable() throws HookException {
    Optional<Path> found = find(program);
    if (found.isEmpty()) {
      String place = program.contains("/") ? "does not exist" : "is not in PATH";
      throw new HookException(
          "command hook failed: %s %s; correct the path of the hook".formatted(program, place));
    }
    if (!Files.isExecutable(found.get()) || Files.isDirectory(found.get())) {
      throw new HookException(
          "command hook failed: %s is not executable by the user of the daemon; chmod may help"
              .formatted(program));
    }
  }

  /** As the operating system looks for it. */
  private static Optional<Path> find(String program) {
    try {
      if (program.contains("/")) {
        return Optional.of(Path.of(program)).filter(Files::exists);
      }
      for (String folder :
          System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(File.pathSeparator, -1)) {
        Path candidate = Path.of(folder, program);
        if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
          return Optional.of(candidate);
        }
      }
      return Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The thread that reads a stream of the program, and what it reads from. */
  private record Reading(Thread thread, ReadableByteChannel channel) {}

  /** On a platform thread: a read of a pipe would hold the carrier of a virtual one. */
  private Reading read(HookOutput.Stream stream, ReadableByteChannel channel) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("hook " + stream.word())
            .start(() -> {
              ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
              try (channel) {
                int count;
                while ((count = channel.read(buffer.clear())) >= 0) {
                  output.add(stream, buffer.array(), count);
                }
              } catch (IOException e) {
                // closed by finish(), or unreadable: then there is no more output
              }
            });
    return new Reading(thread, channel);
  }

  /** Ends both threads, after the rest of the output; bounded even if output goes on for ever. */
  private static void finish(List<Reading> readings) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + REST_OF_OUTPUT.toNanos();
    for (Reading reading : readings) {
      try {
        long left = Math.max(0, deadline - System.nanoTime());
        if (!reading.thread().join(Duration.ofNanos(left))) {
          reading.channel().close();
          boolean _ = reading.thread().join(REST_OF_OUTPUT);
        }
      } catch (InterruptedException e) {
        interrupted = true;
        Thread.ofPlatform().daemon().start(() -> closeQuietly(reading.channel()));
      } catch (IOException e) {
        // nothing more is expected of it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(ReadableByteChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // nothing more is expected of it
    }
  }

  /** Kills it and waits until it is gone; an interrupt does not shorten that. */
  private static void kill(Process process) {
    List<ProcessHandle> descendants = process.descendants().toList();
    killGroup(process.pid());
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    boolean interrupted = false;
    long deadline = System.nanoTime() + KILL_GRACE.toNanos();
    while (true) {
      try {
        boolean _ = process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The group has the number of the program if {@code setsid} started it. Otherwise there is no
   * such group: a number of a living process cannot be that of another group.
   */
  private static void killGroup(long group) {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", "kill -s KILL -- \"-$0\"", Long.toString(group))
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    try {
      Process killer = builder.start();
      boolean interrupted = Thread.interrupted();
      try {
        if (!killer.waitFor(KILL_GRACE.toSeconds(), TimeUnit.SECONDS)) {
          killer.destroyForcibly();
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    } catch (IOException e) {
      // its known descendants are killed one by one
    }
  }
}

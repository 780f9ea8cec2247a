package io.zrepl.zfs;

import io.zrepl.base.ProgressMark;
import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A child process of {@link ProcessCommandRunner} with its pipes. */
final class Child implements ChildProcess {
  // A truncated error message does no harm, a truncated listing would.
  private static final int ERRORS_ARE_LESS_WORTH = 5;

  private final Process process;
  private final RunningCommand description;
  private final Drain errors;
  private final @Nullable Drain collectedOutput;
  private final WatchedPipe.@Nullable Output output;
  private final WatchedPipe.@Nullable Input input;
  private final Surroundings surroundings;
  // of the thread that watches
  private @Nullable ProcessActivity activity;
  // of the work for which it was started
  private final ProgressMark mark = ProgressMark.current();
  // of the thread that watches
  private long moves;
  private volatile @Nullable Duration stalledFor;
  private final CompletableFuture<Boolean> killedForStall = new CompletableFuture<>();
  private final long startNanos = System.nanoTime();
  private final AtomicBoolean reported = new AtomicBoolean();

  /**
   * What a child needs of its runner.
   *
   * @param killGrace how long a killed child may take to die
   * @param exitPatience see {@link RunnerSettings}
   * @param platformThreads for work that blocks in a pipe
   * @param reaper gets the child if it does not die
   * @param finished hears once that the child is gone, or with an empty status that it is stuck
   */
  record Surroundings(
      Duration killGrace,
      Duration exitPatience,
      Executor platformThreads,
      Reaper reaper,
      BiConsumer<Child, OptionalInt> finished) {}

  Child(
      Process process,
      RunningCommand description,
      Drain errors,
      @Nullable Drain collectedOutput,
      @Nullable ReadableByteChannel output,
      @Nullable WritableByteChannel input,
      Surroundings surroundings) {
    this.process = process;
    this.description = description;
    this.errors = errors;
    this.collectedOutput = collectedOutput;
    this.output = output == null ? null : new WatchedPipe.Output(output);
    this.input = input == null ? null : new WatchedPipe.Input(input);
    this.surroundings = surroundings;
  }

  /** Tells about the exit as soon as it happens; for children that nobody need wait for. */
  void reportExit() {
    CompletableFuture<Void> _ = exit().thenAccept(status -> report(OptionalInt.of(status)));
  }

  RunningCommand description() {
    return description;
  }

  /** Whether its output is collected, so that the runner itself waits for it. */
  boolean collectsOutput() {
    return collectedOutput != null;
  }

  /** Looks whether it has worked since the last call; only by the thread that watches. */
  void measure() {
    ProcessActivity known = activity;
    if (known == null) {
      known = new ProcessActivity(process.toHandle());
      activity = known;
    }
    if (known.hasWorked()) {
      moves++;
      mark.advance();
    } else if (!isChildsTurn()) {
      moves++;
    }
  }

  private boolean isChildsTurn() {
    return (output == null || output.isChildsTurn()) && (input == null || input.isChildsTurn());
  }

  /** How often it was seen to work, or to wait for us; only by the thread that watches. */
  long moves() {
    return moves;
  }

  /** Kills it for having done nothing for so long. */
  void killStalled(Duration quiet) {
    stalledFor = quiet;
    kill();
    boolean _ = killedForStall.complete(true);
  }

  @Override
  public Optional<Duration> stalledFor() {
    return Optional.ofNullable(stalledFor);
  }

  /** How long it has been running. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /**
   * Waits for the exit; false if the time is over first, or if it was killed for having done
   * nothing and does not die.
   */
  boolean waitFor(Duration limit) throws InterruptedException {
    try {
      Object _ =
          CompletableFuture.anyOf(process.onExit(), killedForStall)
              .get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return !process.isAlive();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return process.waitFor(surroundings.killGrace().toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The exit status of a child that has exited. */
  int status() {
    int status = process.exitValue();
    report(OptionalInt.of(status));
    return status;
  }

  /**
   * The whole standard output of a child that was started to have it collected, after its exit.
   *
   * @param complete whether it must be complete: a part of a listing looks like a listing
   * @throws IOException if it could not be read, or somebody else holds the pipe open
   * @throws ZfsException if whoever takes it did not want more of it
   */
  String collectedOutput(boolean complete) throws IOException, ZfsException, InterruptedException {
    if (collectedOutput == null) {
      throw new IllegalStateException("output is not collected");
    }
    boolean ended = collectedOutput.await(surroundings.exitPatience());
    if (complete && !ended) {
      throw new IOException(
          "it has ended, but another process holds its output open, so that some of it may be"
              + " missing");
    }
    return collectedOutput.text();
  }

  @Override
  public ReadableByteChannel output() {
    if (output == null) {
      throw new IllegalStateException("not started for reading");
    }
    return output;
  }

  @Override
  public WritableByteChannel input() {
    if (input == null) {
      throw new IllegalStateException("not started for writing");
    }
    return input;
  }

  @Override
  public CompletableFuture<Integer> exit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  @Override
  public String errors() throws InterruptedException {
    if (!process.isAlive()) {
      try {
        boolean _ = errors.await(surroundings.exitPatience().dividedBy(ERRORS_ARE_LESS_WORTH));
      } catch (IOException | ZfsException e) {
        return errors.text() + "\n(reading the error messages failed: " + e.getMessage() + ")";
      }
    }
    return errors.text();
  }

  @Override
  public void kill() {
    if (process.isAlive()) {
      // A wrapper script in place of zfs would die alone.
      var descendants = process.descendants().toList();
      process.destroyForcibly();
      descendants.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /**
   * Order matters: kill, close the pipes, wait. Some kernels write a stream from a thread of their
   * own, for which the killed process waits uninterruptibly; only the closed pipe ends that wait.
   */
  @Override
  public void close() {
    kill();
    closePipes();
    if (awaitDeath()) {
      status();
    } else {
      // What it may still say is worth neither a thread nor a descriptor until it ends.
      surroundings.platformThreads().execute(errors::abandon);
      surroundings.reaper().add(this);
      report(OptionalInt.empty());
    }
  }

  private void closePipes() {
    closeSoon(output);
    closeSoon(input);
    if (!process.isAlive()) {
      return;
    }
    if (collectedOutput != null) {
      surroundings.platformThreads().execute(collectedOutput::abandon);
    }
  }

  /** Closing may have to wait for a thread inside a read or write; do not wait with it for long. */
  private void closeSoon(@Nullable Channel channel) {
    if (channel == null || !channel.isOpen()) {
      return;
    }
    CountDownLatch closed = new CountDownLatch(1);
    surroundings
        .platformThreads()
        .execute(() -> {
          Closing.quietly(channel);
          closed.countDown();
        });
    Uninterruptibly.run(
        () -> closed.await(surroundings.killGrace().toNanos(), TimeUnit.NANOSECONDS));
  }

  private boolean awaitDeath() {
    return Uninterruptibly.run(
        () -> process.waitFor(surroundings.killGrace().toNanos(), TimeUnit.NANOSECONDS));
  }

  private void report(OptionalInt status) {
    if (reported.compareAndSet(false, true)) {
      surroundings.finished().accept(this, status);
    }
  }

  @Override
  public String toString() {
    return "process " + description.pid() + (process.isAlive() ? "" : " (ended)");
  }
}

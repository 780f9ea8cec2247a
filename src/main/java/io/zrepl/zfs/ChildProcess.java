package io.zrepl.zfs;

import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A running command with a stream; whoever got it closes it.
 *
 * <p>All methods may be called by any thread, but {@link #output} and {@link #input} must be read
 * and written by platform threads only: a virtual thread that is blocked in a pipe cannot be woken
 * by closing its channel, and whoever interrupts it would wait for it.
 */
public interface ChildProcess extends AutoCloseable {

  /**
   * Its standard output.
   *
   * @throws IllegalStateException if it was started for writing
   */
  ReadableByteChannel output();

  /**
   * Its standard input. Closing it tells the child that the stream has ended.
   *
   * @throws IllegalStateException if it was started for reading
   */
  WritableByteChannel input();

  /** Completes with the exit status, 128 + N if signal N ended it. A copy: may be cancelled. */
  CompletableFuture<Integer> exit();

  /**
   * What it wrote to its standard error; of very much only beginning and end. After its exit this
   * waits a moment for the rest.
   */
  String errors() throws InterruptedException;

  /** For how long it made no progress when it was killed for that; empty otherwise. */
  default Optional<Duration> stalledFor() {
    return Optional.empty();
  }

  /** Kills it, without waiting. */
  void kill();

  /**
   * Kills it if it still runs, closes its pipes, and waits a limited time until it is gone; a child
   * that does not die is handed to the reaper. May be called repeatedly.
   */
  @Override
  void close();
}

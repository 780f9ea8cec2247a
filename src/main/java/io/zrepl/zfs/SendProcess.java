package io.zrepl.zfs;

/**
 * A running {@code zfs send}. Its {@link #read} returns -1 only after the process ended with status
 * 0; any other end makes it fail with what the process wrote to its standard error.
 *
 * <p>{@link #close} kills the process if it still runs and returns when it is gone or has been
 * handed to the reaper; it may be called repeatedly, by any thread.
 */
public interface SendProcess extends StreamSource, AutoCloseable {
  @Override
  void close();
}

package io.zrepl.logging;

import java.io.IOException;

/** Where an outlet brings its lines. Used by one thread; {@link #close} may come from another. */
interface LineSink extends AutoCloseable {
  /**
   * Connects; blocks for a bounded time.
   *
   * @throws IOException if that is not possible now
   */
  void open() throws IOException;

  /**
   * Writes a line; blocks for a bounded time, except for the standard output.
   *
   * @param line in a format, without line break at its end
   * @throws IOException if the connection is broken; the line may or may not have arrived
   */
  void write(LogLevel level, String line) throws IOException;

  /** Ends the connection, if there is one; ends a call that blocks. */
  @Override
  void close();
}

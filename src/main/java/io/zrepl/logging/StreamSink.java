package io.zrepl.logging;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The standard output. */
final class StreamSink implements LineSink {
  private final OutputStream target;

  StreamSink(OutputStream target) {
    this.target = target;
  }

  @Override
  public void open() {}

  @Override
  public void write(LogLevel level, String line) throws IOException {
    target.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    target.flush();
    if (target instanceof PrintStream stream && stream.checkError()) {
      throw new IOException("the standard output cannot be written to");
    }
  }

  /** Leaves the stream open: it belongs to the process. */
  @Override
  public void close() {}
}

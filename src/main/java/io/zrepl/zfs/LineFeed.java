package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Cuts output into lines and hands them on, so that it need not be held as a whole. */
final class LineFeed implements OutputSink {
  /** Names of ZFS are shorter than 256 bytes, and whoever reads lines asks for few columns. */
  static final int LONGEST_LINE = 1 << 16;

  private final LineConsumer consumer;
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

  LineFeed(LineConsumer consumer) {
    this.consumer = consumer;
  }

  @Override
  public void add(byte[] bytes, int count) throws ZfsException {
    int start = 0;
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        begun.write(bytes, start, i - start);
        handOn();
        start = i + 1;
      }
    }
    begun.write(bytes, start, count - start);
    if (begun.size() > LONGEST_LINE) {
      throw new ZfsException(
          FailureScope.JOB,
          false,
          "a line of the output of a command is longer than %d bytes".formatted(LONGEST_LINE),
          null,
          null);
    }
  }

  @Override
  public void end() throws ZfsException {
    handOn();
  }

  private void handOn() throws ZfsException {
    if (begun.size() > 0) {
      String line = begun.toString(StandardCharsets.UTF_8);
      begun.reset();
      consumer.accept(line);
    }
  }

  @Override
  public String text() {
    return "";
  }
}

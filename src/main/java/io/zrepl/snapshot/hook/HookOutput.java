package io.zrepl.snapshot.hook;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** What a program writes: passed on line by line, and kept, both of limited size. Thread-safe. */
final class HookOutput {
  /** How much is kept of both streams together. */
  static final int KEPT = 1 << 20;

  /** Longer lines are cut into pieces. */
  static final int LONGEST_LINE = 4096;

  /** How much of what was kept is shown with a failure. */
  private static final int SHOWN = 2048;

  /** Which stream. */
  enum Stream {
    /** Standard output. */
    STDOUT("stdout"),
    /** Standard error. */
    STDERR("stderr");

    private final String word;

    Stream(String word) {
      this.word = word;
    }

    /** For the log. */
    String word() {
      return word;
    }
  }

  private final OutputRing ring = new OutputRing(KEPT);
  private final Map<Stream, ByteArrayOutputStream> lines = new EnumMap<>(Stream.class);
  private final BiConsumer<Stream, String> onLine;

  /**
   * Makes an empty one.
   *
   * @param onLine gets each line, without its end
   */
  HookOutput(BiConsumer<Stream, String> onLine) {
    this.onLine = onLine;
    for (Stream stream : Stream.values()) {
      lines.put(stream, new ByteArrayOutputStream());
    }
  }

  /** Adds the first {@code count} bytes of the array. */
  synchronized void add(Stream stream, byte[] bytes, int count) {
    ring.add(bytes, count);
    ByteArrayOutputStream line = line(stream);
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        emit(stream, line);
      } else {
        line.write(bytes[i]);
        if (line.size() == LONGEST_LINE) {
          emit(stream, line);
        }
      }
    }
  }

  /** Passes on lines without end. */
  synchronized void end() {
    for (Stream stream : Stream.values()) {
      ByteArrayOutputStream line = line(stream);
      if (line.size() > 0) {
        emit(stream, line);
      }
    }
  }

  private ByteArrayOutputStream line(Stream stream) {
    ByteArrayOutputStream line = lines.get(stream);
    if (line == null) {
      throw new IllegalStateException(stream.word());
    }
    return line;
  }

  private void emit(Stream stream, ByteArrayOutputStream line) {
    onLine.accept(stream, line.toString(StandardCharsets.UTF_8));
    line.reset();
  }

  /** What was kept. */
  byte[] kept() {
    return ring.bytes();
  }

  /** The last lines of what was kept, to be shown with a failure; empty if nothing was written. */
  String lastLines() {
    byte[] kept = ring.bytes();
    if (kept.length <= SHOWN) {
      return new String(kept, StandardCharsets.UTF_8).strip();
    }
    String end = new String(kept, kept.length - SHOWN, SHOWN, StandardCharsets.UTF_8);
    int firstLine = end.indexOf('\n');
    return "(...)\n" + end.substring(firstLine < 0 ? 0 : firstLine + 1).strip();
  }
}

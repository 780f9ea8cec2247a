package io.zrepl.zfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * Whether a process works: its processor time and what it reads and writes, with its descendants,
 * from {@code /proc/PID} (see {@code proc(5)}). Where there is no such directory, the processor
 * time that the JVM knows must do. Used by one thread.
 */
public final class ProcessActivity {
  private static final Path PROC = Path.of("/proc");
  // In /proc/PID/stat, counted from the state that follows the name in parentheses.
  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;
  // In /proc/PID/io. Without the numbers of calls: who asks again and again and gets nothing waits.
  private static final Set<String> BYTES = Set.of("rchar", "wchar", "read_bytes", "write_bytes");

  private final ProcessHandle process;
  private final Path proc;
  private long last = -1;

  /** Of a process of this machine. */
  public ProcessActivity(ProcessHandle process) {
    this(process, PROC);
  }

  ProcessActivity(ProcessHandle process, Path proc) {
    this.process = process;
    this.proc = proc;
  }

  /** Whether it has done anything since the last call; true for the first one. */
  public boolean hasWorked() {
    // A wrapper script in place of zfs does nothing itself.
    long now = measure(process) + process.descendants().mapToLong(this::measure).sum();
    boolean worked = now != last;
    last = now;
    return worked;
  }

  private long measure(ProcessHandle each) {
    Path directory = proc.resolve(Long.toString(each.pid()));
    return processorTime(each, directory) + transferred(directory);
  }

  private static long processorTime(ProcessHandle each, Path directory) {
    try {
      String stat = Files.readString(directory.resolve("stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
      return Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      return each.info().totalCpuDuration().map(Duration::toMillis).orElse(0L);
    }
  }

  private static long transferred(Path directory) {
    long sum = 0;
    try {
      for (String line : Files.readAllLines(directory.resolve("io"), StandardCharsets.ISO_8859_1)) {
        int colon = line.indexOf(':');
        if (colon > 0 && BYTES.contains(line.substring(0, colon))) {
          sum += Long.parseLong(line.substring(colon + 1).strip());
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Not there, or not ours to read: the processor time must do.
    }
    return sum;
  }
}

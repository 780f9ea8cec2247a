package io.zrepl.zfs.lock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the process that has locked a byte of a file, from {@code /proc/locks} ({@code
 * proc_locks(5)}), which only Linux has.
 */
final class LockHolder {
  private static final int LONGEST = 200;

  private LockHolder() {}

  /**
   * Finds it.
   *
   * @return for a message: number and command line; empty if the system does not tell
   */
  static Optional<String> find(Path file, long position) {
    try {
      String inode = Files.getAttribute(file, "unix:ino").toString();
      for (String line : Files.readAllLines(Path.of("/proc/locks"), StandardCharsets.UTF_8)) {
        Optional<String> process = process(line, inode, position);
        if (process.isPresent()) {
          return process.map(LockHolder::describe);
        }
      }
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // no Linux, or a line of an unknown form: only the message suffers
    }
    return Optional.empty();
  }

  /** The process number in a line {@code 1: POSIX ADVISORY WRITE 4711 fe:01:815 0 EOF}. */
  static Optional<String> process(String line, String inode, long position) {
    String[] fields = line.trim().split("\\s+", -1);
    if (fields.length != 8
        || !fields[1].equals("POSIX")
        || !fields[5].endsWith(":" + inode)
        || Long.parseLong(fields[6]) > position
        || (!fields[7].equals("EOF") && Long.parseLong(fields[7]) < position)) {
      return Optional.empty();
    }
    return Optional.of(fields[4]);
  }

  private static String describe(String process) {
    try {
      String[] words =
          Files.readString(Path.of("/proc", process, "cmdline"), StandardCharsets.UTF_8)
              .split("\0", -1);
      return "process %s (%s)".formatted(process, command(List.of(words)));
    } catch (IOException | RuntimeException e) {
      return "process " + process;
    }
  }

  /** The command line, without what is only for the JVM if it is ours. */
  static String command(List<String> words) {
    List<String> shown = new ArrayList<>(words);
    for (int i = 0; i < words.size(); i++) {
      if (words.get(i).startsWith("io.zrepl.") && words.get(i).endsWith("Main")) {
        shown = new ArrayList<>(List.of("zrepl"));
        shown.addAll(words.subList(i + 1, words.size()));
        break;
      }
    }
    String text = String.join(" ", shown).strip().replaceAll("\\p{Cntrl}", "?");
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}

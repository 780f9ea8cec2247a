package io.zrepl.zfs;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where the programs are that the operating system finds through PATH, to show it to people. */
final class ProgramPath {
  private final String searchPath;
  private final Map<String, String> found = new ConcurrentHashMap<>();

  ProgramPath(String searchPath) {
    this.searchPath = searchPath;
  }

  /** The program with its folder; the bare name if it is not found. */
  String locate(String program) {
    String known = found.get(program);
    if (known != null) {
      return known;
    }
    for (String folder : searchPath.split(File.pathSeparator, -1)) {
      try {
        Path candidate = Path.of(folder, program);
        if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
          found.put(program, candidate.toString());
          return candidate.toString();
        }
      } catch (InvalidPathException e) {
        // not a folder that the operating system could use either
      }
    }
    return program;
  }
}

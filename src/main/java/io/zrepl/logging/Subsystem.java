package io.zrepl.logging;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The documented names of the parts of the program, by the package that logs. */
final class Subsystem {
  private static final List<Map.Entry<String, String>> BY_PACKAGE =
      List.of(
          Map.entry("io.zrepl.replicate", "repl"),
          Map.entry("io.zrepl.endpoint", "endpoint"),
          Map.entry("io.zrepl.prune", "pruning"),
          Map.entry("io.zrepl.snapshot", "snapshot"),
          Map.entry("io.zrepl.zfs", "zfs.cmd"),
          Map.entry("io.zrepl.transport", "transport"),
          Map.entry("io.zrepl.job", "job"),
          Map.entry("io.zrepl.daemon", "job"));

  private Subsystem() {}

  static Optional<String> of(String loggerName) {
    return BY_PACKAGE.stream()
        .filter(entry ->
            loggerName.equals(entry.getKey()) || loggerName.startsWith(entry.getKey() + "."))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}

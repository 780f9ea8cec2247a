package io.zrepl.logging;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the name of a logger tells: the documented name of the part of the program, and, behind "#",
 * the job for which it works.
 *
 * @param subsystem by the package that logs; empty for libraries
 * @param job empty for what belongs to no job
 */
record LoggerName(Optional<String> subsystem, Optional<String> job) {
  private static final List<Map.Entry<String, String>> SUBSYSTEMS =
      List.of(
          Map.entry("io.zrepl.replicate", "repl"),
          Map.entry("io.zrepl.endpoint", "endpoint"),
          Map.entry("io.zrepl.prune", "pruning"),
          Map.entry("io.zrepl.snapshot.hook", "hook"),
          Map.entry("io.zrepl.snapshot", "snapshot"),
          Map.entry("io.zrepl.rpc.control", "rpc.ctrl"),
          Map.entry("io.zrepl.rpc.data", "rpc.data"),
          Map.entry("io.zrepl.rpc", "rpc"),
          Map.entry("io.zrepl.zfs", "zfs.cmd"),
          Map.entry("io.zrepl.transport", "transport"),
          Map.entry("io.zrepl.job", "job"),
          Map.entry("io.zrepl.daemon", "job"));

  static LoggerName parse(String name) {
    int hash = name.indexOf('#');
    String type = hash < 0 ? name : name.substring(0, hash);
    Optional<String> job = hash < 0 ? Optional.empty() : Optional.of(name.substring(hash + 1));
    return new LoggerName(
        SUBSYSTEMS.stream()
            .filter(entry -> type.equals(entry.getKey()) || type.startsWith(entry.getKey() + "."))
            .map(Map.Entry::getValue)
            .findFirst(),
        job);
  }
}

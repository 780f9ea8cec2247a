package io.zrepl.zfs;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A child process as status and metrics see it.
 *
 * @param pid its process id
 * @param path the program, with its folder if that could be found
 * @param arguments the whole command line, resume tokens masked
 * @param pools those of the datasets that it works on; empty if it may touch all
 * @param startedAt when it was started
 * @param job on whose behalf, if known
 */
public record RunningCommand(
    long pid,
    String path,
    List<String> arguments,
    Set<String> pools,
    Instant startedAt,
    Optional<String> job) {
  /** Copies the collections. */
  public RunningCommand {
    arguments = List.copyOf(arguments);
    pools = Set.copyOf(pools);
  }
}

package io.zrepl.zfs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * How {@link ProcessCommandRunner} runs programs.
 *
 * @param concurrentCommands how many short commands run at once
 * @param concurrentStreams how many sends run at once, and how many receives
 * @param pipeCapacity wanted capacity of the pipes of send and receive, in bytes
 * @param killGrace how long a killed child may take to die before the reaper gets it
 * @param exitPatience how long after the exit of a child to wait for the end of its output while
 *     nothing comes, before taking it that somebody else holds the pipe open
 * @param stallLimit how long a send or receive may do nothing, while it is its turn, before it is
 *     killed
 * @param nativePipes whether to make pipes by foreign functions, where that is possible
 * @param programs where to find a program, for those not to be looked for in PATH
 */
public record RunnerSettings(
    int concurrentCommands,
    int concurrentStreams,
    int pipeCapacity,
    Duration killGrace,
    Duration exitPatience,
    Duration stallLimit,
    boolean nativePipes,
    Map<String, Path> programs) {
  /** What the daemon uses. */
  public static final RunnerSettings DEFAULT =
      new RunnerSettings(
          10,
          64,
          1 << 20,
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofMinutes(10),
          true,
          Map.of());

  /** Copies the map. */
  public RunnerSettings {
    programs = Map.copyOf(programs);
    if (concurrentCommands < 1 || concurrentStreams < 1) {
      throw new IllegalArgumentException(
          "at least one must be able to run: %d commands, %d streams"
              .formatted(concurrentCommands, concurrentStreams));
    }
  }

  /** The same with another limit on short commands. */
  public RunnerSettings withConcurrentCommands(int count) {
    return new RunnerSettings(
        count,
        concurrentStreams,
        pipeCapacity,
        killGrace,
        exitPatience,
        stallLimit,
        nativePipes,
        programs);
  }

  /** The same with another limit on sends, and on receives. */
  public RunnerSettings withConcurrentStreams(int count) {
    return new RunnerSettings(
        concurrentCommands,
        count,
        pipeCapacity,
        killGrace,
        exitPatience,
        stallLimit,
        nativePipes,
        programs);
  }

  /** The same with other time limits. */
  public RunnerSettings withTimes(Duration newKillGrace, Duration newExitPatience) {
    return new RunnerSettings(
        concurrentCommands,
        concurrentStreams,
        pipeCapacity,
        newKillGrace,
        newExitPatience,
        stallLimit,
        nativePipes,
        programs);
  }

  /** The same with another limit for streams that do nothing. */
  public RunnerSettings withStallLimit(Duration limit) {
    return new RunnerSettings(
        concurrentCommands,
        concurrentStreams,
        pipeCapacity,
        killGrace,
        exitPatience,
        limit,
        nativePipes,
        programs);
  }

  /** The same with programs at given places. */
  public RunnerSettings withPrograms(Map<String, Path> places) {
    return new RunnerSettings(
        concurrentCommands,
        concurrentStreams,
        pipeCapacity,
        killGrace,
        exitPatience,
        stallLimit,
        nativePipes,
        places);
  }

  /** The same with or without native pipes. */
  public RunnerSettings withNativePipes(boolean wanted) {
    return new RunnerSettings(
        concurrentCommands,
        concurrentStreams,
        pipeCapacity,
        killGrace,
        exitPatience,
        stallLimit,
        wanted,
        programs);
  }
}

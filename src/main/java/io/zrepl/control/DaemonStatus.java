package io.zrepl.control;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that the daemon tells about itself: the answer of {@link ControlProtocol#STATUS_PATH}.
 *
 * @param jobs by name, internal ones included, whose names begin with {@code _}
 * @param global what belongs to no job
 */
public record DaemonStatus(SortedMap<String, JobStatus> jobs, Global global) {
  /** Copies the map. */
  public DaemonStatus {
    jobs = Collections.unmodifiableSortedMap(new TreeMap<>(jobs));
  }

  /**
   * What belongs to no job. The environment of the daemon is not in it, since it may hold secrets;
   * its place in the JSON is an empty list.
   *
   * @param commands the {@code zfs} and {@code zpool} processes that run now
   * @param settings the environment settings that the daemon has consulted
   */
  public record Global(List<Command> commands, List<Setting> settings) {
    /** Nothing runs, nothing was consulted. */
    public static final Global EMPTY = new Global(List.of(), List.of());

    /** Copies the lists. */
    public Global {
      commands = List.copyOf(commands);
      settings = List.copyOf(settings);
    }
  }

  /**
   * A process that runs.
   *
   * @param path the program
   * @param arguments without the program itself
   * @param startedAt when it was started
   * @param pid its process id; empty if a daemon that does not tell was asked
   * @param killedAt when it was killed, if it hangs in the kernel and does not end
   */
  public record Command(
      String path,
      List<String> arguments,
      Instant startedAt,
      OptionalLong pid,
      Optional<Instant> killedAt) {
    /** Copies the list. */
    public Command {
      arguments = List.copyOf(arguments);
    }
  }

  /**
   * An environment setting.
   *
   * @param variable name of the environment variable
   * @param value the value in effect
   * @param type its type, as Go calls it
   */
  public record Setting(String variable, String value, String type) {}
}

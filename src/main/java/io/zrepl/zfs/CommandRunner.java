package io.zrepl.zfs;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts {@code zfs} and {@code zpool}. Injected wherever a command is needed, so that tests run
 * fakes.
 *
 * <p>All methods may be called by any thread, virtual ones included. Every child runs with {@code
 * LC_ALL=C}, since failures are recognised by their English wording.
 */
public interface CommandRunner {

  /**
   * The logger for what is done with commands of this runner. If it runs them on behalf of a job,
   * the lines carry the job's name.
   *
   * @param part the class that logs
   */
  default Logger logger(Class<?> part) {
    return LoggerFactory.getLogger(part);
  }

  /**
   * Runs a short command to its end. Its standard input is empty. Waits first while too many short
   * commands run already. An interrupt of the caller kills the child.
   *
   * @return how it ended, whatever its status
   * @throws ZfsException if it could not be started, or did not end within its deadline
   */
  CommandResult run(Command command) throws ZfsException, InterruptedException;

  /**
   * Runs a short command to its end, like {@link #run(Command)}, but hands its output on line by
   * line while it arrives: for output that is too large to be held.
   *
   * @return how it ended; its output is empty
   * @throws ZfsException also if the consumer throws it
   */
  default CommandResult run(Command command, LineConsumer lines)
      throws ZfsException, InterruptedException {
    CommandResult result = run(command);
    for (String line : result.output().split("\n", -1)) {
      if (!line.isEmpty()) {
        lines.accept(line);
      }
    }
    return new CommandResult(command, result.status(), "", result.errors());
  }

  /**
   * Starts a command whose standard output the caller reads. Not limited in number.
   *
   * @throws ZfsException if it could not be started
   */
  ChildProcess startReading(Command command) throws ZfsException, InterruptedException;

  /**
   * Starts a command whose standard input the caller writes; its standard output is thrown away.
   * Not limited in number.
   *
   * @throws ZfsException if it could not be started
   */
  ChildProcess startWriting(Command command) throws ZfsException, InterruptedException;
}

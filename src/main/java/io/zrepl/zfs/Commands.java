package io.zrepl.zfs;

import io.zrepl.base.UnitDuration;
import io.zrepl.model.FailureScope;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs commands and explains their failures; what all groups of commands have in common. */
final class Commands {
  // Sentences that ZFS uses both for what was destroyed and for what lies in a missing pool.
  private static final Pattern MISSING =
      Pattern.compile(
          "(cannot open|destination|bookmark) '(?<pool>[^'/@#]+)[/@#][^']*':?"
              + " (dataset does not exist|no such pool or dataset|does not exist)");

  private final CommandRunner runner;

  Commands(CommandRunner runner) {
    this.runner = runner;
  }

  CommandRunner runner() {
    return runner;
  }

  /** Runs a command, whatever its status. */
  CommandResult run(Command command) throws ZfsException, InterruptedException {
    return runner.run(command);
  }

  /**
   * Runs a command that must succeed.
   *
   * @param what the action for the message, for example "cannot roll back tank/home"
   */
  CommandResult require(String what, Command command) throws ZfsException, InterruptedException {
    CommandResult result = runner.run(command);
    if (!result.succeeded()) {
      throw failure(what, result);
    }
    return result;
  }

  /** Explains why a command failed. */
  ZfsException failure(String what, CommandResult result) throws InterruptedException {
    return new ZfsException(
        problem(result.errors()), message(what, result.status(), result.errors()), null);
  }

  /**
   * What is wrong. ZFS says the same of a dataset that was destroyed and of one whose pool is not
   * imported; only the latter can come back by itself, so that the pool is asked for: one more
   * process, and only after this failure.
   */
  ZfsProblem problem(String errors) throws InterruptedException {
    ZfsProblem problem = ZfsProblem.recognise(errors);
    Matcher missing = MISSING.matcher(errors);
    if (problem == ZfsProblem.DATASET_MISSING
        && missing.find()
        && !isImported(missing.group("pool"))) {
      return ZfsProblem.POOL_MISSING;
    }
    return problem;
  }

  /**
   * Requires the pools of missing names to be imported: if one is not, nothing is known about what
   * lies in it. One process per pool, and only if something is missing.
   *
   * @param what the action for the message
   */
  void requireImported(String what, Collection<String> missing)
      throws ZfsException, InterruptedException {
    Set<String> pools = new TreeSet<>();
    for (String name : missing) {
      pools.add(name.split("[/@#]", 2)[0]);
    }
    for (String pool : pools) {
      if (!isImported(pool)) {
        throw new ZfsException(
            ZfsProblem.POOL_MISSING, "%s: pool '%s' is not imported".formatted(what, pool), null);
      }
    }
  }

  private boolean isImported(String pool) throws InterruptedException {
    try {
      Command command = Command.query("zfs", "list", "-H", "-o", "name").addName(pool).build();
      CommandResult result = runner.run(command);
      return result.succeeded() || ZfsProblem.recognise(result.errors()) != ZfsProblem.POOL_MISSING;
    } catch (ZfsException e) {
      return true; // nothing learnt: stay with what ZFS said first
    }
  }

  /** A stream that was killed because it did nothing. */
  static ZfsException stalled(String what, String program, Duration quiet) {
    return new ZfsException(
        FailureScope.FILESYSTEM,
        true,
        "%s: %s made no progress for %s and was killed"
            .formatted(what, program, UnitDuration.format(quiet)),
        "look for a suspended or very busy pool (zpool status)",
        null);
  }

  /** The complete sentence: the action, and why it failed in the words of ZFS. */
  static String message(String what, int status, String errors) {
    String words = MessageText.ofErrors(errors);
    if (!words.isEmpty()) {
      return what + ": " + words;
    }
    return status > 128
        ? "%s: the zfs command was killed by signal %d".formatted(what, status - 128)
        : "%s: the zfs command ended with status %d and no message".formatted(what, status);
  }

  /** ZFS printed what it should not; nothing may be concluded from the rest. */
  static ZfsException unexpectedOutput(Command command, String detail) {
    return new ZfsException(
        ZfsProblem.OTHER,
        "unexpected output of \"%s\": %s"
            .formatted(command, MessageText.shorten(MessageText.ofErrors(detail), 300)),
        null);
  }
}

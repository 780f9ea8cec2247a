package io.zrepl.zfs;

import io.zrepl.base.UnitDuration;
import io.zrepl.model.FailureScope;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs commands and explains their failures; what all groups of commands have in common. */
final class Commands {
  // Sentences that ZFS uses for what was destroyed, for what lies in a missing pool, and (of
  // bookmarks) for what lies in a suspended one.
  private static final Pattern MISSING =
      Pattern.compile(
          "(cannot open|destination|bookmark) '(?<pool>[^'/@#]+)[/@#][^']*':?"
              + " (dataset does not exist|no such pool or dataset|does not exist)");

  private static final Pattern OVER_QUOTA =
      Pattern.compile("destination (?<pool>[^ '/@#]+)\\S* space quota exceeded");

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

  /** Runs a command, whatever its status, and hands on its output while it arrives. */
  CommandResult run(Command command, LineConsumer lines) throws ZfsException, InterruptedException {
    return runner.run(command, lines);
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
   * imported or does not answer; only the latter can come back by itself, so that the pool is asked
   * for: one more process, and only after this failure. Many take it for done if what they destroy
   * is missing, so that it is not called missing unless the pool has really answered.
   */
  ZfsProblem problem(String errors) throws InterruptedException {
    ZfsProblem problem = ZfsProblem.recognise(errors);
    Matcher missing = MISSING.matcher(errors);
    if (problem == ZfsProblem.DATASET_MISSING && missing.find()) {
      return switch (ask(missing.group("pool"))) {
        case PoolAnswer.Fine _ -> problem;
        case PoolAnswer.Troubled(ZfsProblem trouble) -> trouble;
        case PoolAnswer.NotKnown _ -> ZfsProblem.UNRECOGNISED;
      };
    }
    Matcher quota = OVER_QUOTA.matcher(errors);
    if (problem == ZfsProblem.QUOTA_EXCEEDED && quota.find() && isUsedUp(quota.group("pool"))) {
      return ZfsProblem.POOL_QUOTA_EXCEEDED;
    }
    return problem;
  }

  /** Whether the root dataset of a pool has a quota of which less than a twentieth is left. */
  private boolean isUsedUp(String pool) throws InterruptedException {
    try {
      Command command =
          Command.query("zfs", "get", "-Hp", "-o", "value", "quota,available")
              .addName(pool)
              .build();
      CommandResult result = runner.run(command);
      List<String> values = result.output().lines().toList();
      if (!result.succeeded() || values.size() != 2) {
        return false;
      }
      long quota = Long.parseLong(values.getFirst());
      long available = Long.parseLong(values.getLast());
      return quota > 0 && available < quota / 20;
    } catch (ZfsException | NumberFormatException e) {
      return false; // nothing learnt: stay with what ZFS said first
    }
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
      switch (ask(pool)) {
        case PoolAnswer.Fine _ -> {}
        case PoolAnswer.Troubled(ZfsProblem problem) -> {
          String state = problem == ZfsProblem.POOL_MISSING ? "is not imported" : "does not answer";
          throw new ZfsException(problem, "%s: pool '%s' %s".formatted(what, pool, state), null);
        }
        case PoolAnswer.NotKnown(ZfsException failure) ->
            throw new ZfsException(
                failure.scope(),
                true,
                "%s: something is missing in pool '%s', and it cannot be found out whether the pool is imported: %s"
                    .formatted(what, pool, failure.message()),
                failure.advice().orElse(null),
                failure);
      }
    }
  }

  /** What came of asking for a pool. */
  private sealed interface PoolAnswer {
    /** It is imported. */
    record Fine() implements PoolAnswer {}

    /** It is not, or nothing in it can be used. */
    record Troubled(ZfsProblem problem) implements PoolAnswer {}

    /** It could not be asked for, or the answer is not understood. */
    record NotKnown(ZfsException failure) implements PoolAnswer {}
  }

  private PoolAnswer ask(String pool) throws InterruptedException {
    ZfsException failure;
    try {
      Command command = Command.query("zfs", "list", "-H", "-o", "name").addName(pool).build();
      CommandResult result = runner.run(command);
      if (result.succeeded()) {
        return new PoolAnswer.Fine();
      }
      failure =
          new ZfsException(
              ZfsProblem.recognise(result.errors()),
              message("cannot list pool " + pool, result.status(), result.errors()),
              null);
    } catch (ZfsException e) {
      failure = e;
    }
    return switch (failure.problem()) {
      case POOL_MISSING, POOL_SUSPENDED, POOL_UNAVAILABLE ->
          new PoolAnswer.Troubled(failure.problem());
      // An imported pool has its root dataset.
      case DATASET_MISSING -> new PoolAnswer.Troubled(ZfsProblem.POOL_MISSING);
      default -> new PoolAnswer.NotKnown(failure);
    };
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

  /**
   * The complete sentence: the action, and why it failed in the words of ZFS; in all of them if
   * they are not {@linkplain ZfsProblem#UNRECOGNISED recognised}.
   */
  static String message(String what, int status, String errors) {
    String words =
        ZfsProblem.recognise(errors) == ZfsProblem.UNRECOGNISED
            ? MessageText.allOfErrors(errors)
            : MessageText.ofErrors(errors);
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
        ZfsProblem.UNRECOGNISED,
        "unexpected output of \"%s\": %s"
            .formatted(command, MessageText.shorten(MessageText.ofErrors(detail), 300)),
        null);
  }
}

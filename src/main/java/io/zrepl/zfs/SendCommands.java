package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code zfs-send(8)}. */
final class SendCommands {
  private final Commands commands;

  SendCommands(Commands commands) {
    this.commands = commands;
  }

  OptionalLong estimate(SendArguments arguments) throws ZfsException, InterruptedException {
    Command.Builder command = Command.query("zfs", "send", "-n", "-v", "-P");
    addArguments(command, arguments);
    Command complete = command.build();
    CommandResult result =
        commands.require("cannot estimate the size of " + describe(arguments), complete);
    // Old versions print this to the standard error.
    Optional<OptionalLong> size = EstimateParser.parse(result.output() + "\n" + result.errors());
    return size.orElseThrow(() -> Commands.unexpectedOutput(complete, result.output()));
  }

  List<OptionalLong> estimateSteps(
      DatasetPath filesystem, Snapshot from, List<Snapshot> targets, SendFlags flags)
      throws ZfsException, InterruptedException {
    Command.Builder command = Command.query("zfs", "send", "-n", "-v", "-P");
    addFlags(command, flags);
    command.add("-I").addName(filesystem + from.relativeName());
    command.addName(filesystem + targets.getLast().relativeName());
    Command complete = command.build();
    CommandResult result =
        commands.require(
            "cannot estimate the size of %s%s and what follows it up to %s"
                .formatted(
                    filesystem,
                    targets.getFirst().relativeName(),
                    targets.getLast().relativeName()),
            complete);
    return EstimateParser.parseSteps(
            result.output() + "\n" + result.errors(),
            filesystem,
            from.name(),
            targets.stream().map(Snapshot::name).toList())
        .orElseThrow(() -> Commands.unexpectedOutput(complete, result.output()));
  }

  ResumeTokenContents decode(ResumeToken token) throws ZfsException, InterruptedException {
    String what = "cannot decode a resume token";
    requireNoOption(token);
    CommandResult result =
        commands.run(Command.query("zfs", "send", "-n", "-v").add("-t", token.text()).build());
    try {
      Optional<ResumeTokenContents> contents =
          ResumeTokenParser.parse(result.output() + "\n" + result.errors());
      if (contents.isPresent()) {
        return contents.get();
      }
    } catch (InvalidValueException e) {
      throw new ZfsException(ZfsProblem.TOKEN_CORRUPT, what + ": " + e.getMessage(), e);
    }
    ZfsProblem problem = commands.problem(result.errors());
    boolean aboutTheToken = result.status() < 128 && problem == ZfsProblem.UNRECOGNISED;
    throw new ZfsException(
        aboutTheToken ? ZfsProblem.TOKEN_CORRUPT : problem,
        Commands.message(what, result.status(), result.errors()),
        null);
  }

  private static void requireNoOption(ResumeToken token) throws ZfsException {
    if (token.text().startsWith("-")) {
      throw new ZfsException(
          ZfsProblem.TOKEN_CORRUPT,
          "cannot resume: a resume token does not begin with \"-\"",
          null);
    }
  }

  SendProcess send(SendArguments arguments) throws ZfsException, InterruptedException {
    Command.Builder command = Command.stream("zfs", "send");
    addArguments(command, arguments);
    return new SendChild(
        commands.runner().startReading(command.build()),
        "cannot send " + describe(arguments),
        commands);
  }

  /** The options, in the order of the Go program. */
  static void addArguments(Command.Builder command, SendArguments arguments) throws ZfsException {
    if (arguments.resumeToken().isPresent()) {
      // The token says all else.
      ResumeToken token = arguments.resumeToken().get();
      requireNoOption(token);
      command.add("-t", token.text()).worksOn(arguments.filesystem());
      return;
    }
    addFlags(command, arguments.flags());
    if (arguments.from().isPresent()) {
      command.add("-i").addName(arguments.filesystem() + arguments.from().get().relativeName());
    }
    command.addName(arguments.filesystem() + arguments.to().relativeName());
  }

  private static void addFlags(Command.Builder command, SendFlags flags) {
    addIf(command, flags.encrypted() || flags.raw(), "-w");
    addIf(command, flags.sendProperties(), "-p");
    addIf(command, flags.backupProperties(), "-b");
    addIf(command, flags.largeBlocks(), "-L");
    addIf(command, flags.compressed(), "-c");
    addIf(command, flags.embeddedData(), "-e");
    addIf(command, flags.saved(), "-S");
  }

  private static void addIf(Command.Builder command, boolean wanted, String flag) {
    if (wanted) {
      command.add(flag);
    }
  }

  private static String describe(SendArguments arguments) {
    String to = arguments.filesystem() + arguments.to().relativeName();
    String from = arguments.from().map(version -> " from " + version.relativeName()).orElse("");
    return to + from + (arguments.resumeToken().isPresent() ? " (resumed)" : "");
  }
}

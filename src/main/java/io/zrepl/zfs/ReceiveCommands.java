package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code zfs-receive(8)}. */
final class ReceiveCommands {
  private static final Pattern SAVED =
      Pattern.compile(
          "A resuming stream can be generated on the sending system by running:\\s+zfs send -t (\\S+)");
  private static final String NOTHING_TO_ABORT =
      "does not have any resumable receive state to abort";

  private final Commands commands;

  ReceiveCommands(Commands commands) {
    this.commands = commands;
  }

  void receive(ReceiveArguments arguments, StreamSource source)
      throws OperationException, InterruptedException {
    Command command = command(arguments);
    try (ChildProcess child = commands.runner().startWriting(command)) {
      new Receiving(child, source, arguments.target(), commands).run();
    }
  }

  /** The command line, in the order of the Go program. */
  static Command command(ReceiveArguments arguments) throws ZfsException {
    Command.Builder command = Command.stream("zfs", "recv");
    if (arguments.force()) {
      command.add("-F");
    }
    if (arguments.savePartialState()) {
      command.add("-s");
    }
    arguments.inherit().forEach(property -> command.add("-x", property.toString()));
    arguments.override().forEach((property, value) -> command.add("-o", property + "=" + value));
    return command.addName(arguments.target()).build();
  }

  /** Whether it only complains that it could not mount what it has received. */
  static boolean onlyMountFailed(String errors) {
    return !errors.isBlank()
        && errors.lines().allMatch(line -> line.isBlank() || line.startsWith("cannot mount '"));
  }

  /** The failure of a process that ended with another status than 0. */
  static ZfsException failure(Commands commands, String what, int status, String errors)
      throws InterruptedException {
    ZfsProblem problem = commands.problem(errors);
    String message = Commands.message(what, status, errors);
    Optional<ResumeToken> token = savedToken(errors);
    if (token.isPresent()) {
      return new PartialStateSavedException(problem, message, token.get());
    }
    if (problem == ZfsProblem.ENCRYPTED_OVERWRITE) {
      return new EncryptedOverwriteException(message);
    }
    return status > 128 && problem == ZfsProblem.UNRECOGNISED
        ? new ZfsException(problem.scope(), true, message, null, null)
        : new ZfsException(problem, message, null);
  }

  private static Optional<ResumeToken> savedToken(String errors) {
    Matcher matcher = SAVED.matcher(errors);
    return matcher.find() ? Optional.of(new ResumeToken(matcher.group(1))) : Optional.empty();
  }

  boolean keepsPartialState(DatasetPath pool) throws ZfsException, InterruptedException {
    Command command =
        Command.query("zpool", "get", "-H", "-p", "-o", "value", "feature@extensible_dataset")
            .addName(pool)
            .build();
    CommandResult result =
        commands.require("cannot read the features of pool '%s'".formatted(pool), command);
    // What is unknown is tried.
    return !result.output().strip().equals("disabled");
  }

  void abort(DatasetPath dataset) throws ZfsException, InterruptedException {
    CommandResult result =
        commands.run(Command.change("zfs", "recv", "-A").addName(dataset).build());
    if (result.succeeded() || result.errors().contains(NOTHING_TO_ABORT)) {
      return;
    }
    ZfsException failure =
        commands.failure("cannot drop the partial receive state of " + dataset, result);
    if (failure.problem() != ZfsProblem.DATASET_MISSING) {
      throw failure;
    }
  }
}

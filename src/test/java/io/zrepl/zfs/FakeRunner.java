package io.zrepl.zfs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Answers commands from a script or a function, and remembers them. */
class FakeRunner implements CommandRunner {
  /** Computes an answer. */
  interface Answer {
    CommandResult to(Command command) throws ZfsException;
  }

  final List<Command> commands = new ArrayList<>();
  private final Deque<Answer> script = new ArrayDeque<>();

  /** The next command succeeds with that output. */
  FakeRunner succeed(String output) {
    return answer(command -> new CommandResult(command, 0, output, ""));
  }

  /** The next command fails. */
  FakeRunner fail(int status, String errors) {
    return answer(command -> new CommandResult(command, status, "", errors));
  }

  /** The next command answers as recorded. */
  FakeRunner replay(Recordings.Recording recording) {
    return answer(recording::result);
  }

  FakeRunner answer(Answer answer) {
    script.add(answer);
    return this;
  }

  /** Every command is answered by that function. */
  static FakeRunner always(Answer answer) {
    return new FakeRunner() {
      @Override
      public CommandResult run(Command command) throws ZfsException {
        commands.add(command);
        return answer.to(command);
      }
    };
  }

  /** The command lines so far, arguments joined with "|". */
  List<String> lines() {
    return commands.stream().map(command -> String.join("|", command.arguments())).toList();
  }

  @Override
  public CommandResult run(Command command) throws ZfsException {
    commands.add(command);
    if (script.isEmpty()) {
      throw new AssertionError("unexpected command: " + command);
    }
    return script.remove().to(command);
  }

  @Override
  public ChildProcess startReading(Command command) {
    throw new AssertionError("unexpected command: " + command);
  }

  @Override
  public ChildProcess startWriting(Command command) {
    throw new AssertionError("unexpected command: " + command);
  }
}

package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PathText;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What the user wrote behind a verb, and the options of the whole program. */
final class Arguments {
  private final ParseResult verb;
  private final String config;

  /**
   * Takes what picocli understood.
   *
   * @param program the outermost level: that of the program
   */
  Arguments(ParseResult program) {
    ParseResult level = program;
    String named = "";
    while (true) {
      // Valid before and after each verb; the last one counts.
      named = level.matchedOptionValue(Model.CONFIG, named);
      if (!level.hasSubcommand()) {
        break;
      }
      level = level.subcommand();
    }
    verb = level;
    config = named;
  }

  /** The verb; the program itself if there is none. */
  Verb verb() {
    return (Verb) verb.commandSpec().userObject();
  }

  /**
   * The configuration file that the user names, if any.
   *
   * @throws CommandException if there can be no such file
   */
  Optional<Path> configurationFile() throws CommandException {
    return config.isEmpty() ? Optional.empty() : Optional.of(path("--config", config));
  }

  /**
   * A path that the user names.
   *
   * @param option by what
   * @throws CommandException if there can be no such file
   */
  static Path path(String option, String text) throws CommandException {
    try {
      return PathText.parse(text);
    } catch (InvalidValueException e) {
      throw new CommandException("%s: %s".formatted(option, e.getMessage()), e);
    }
  }

  /** The value of an option. */
  String text(String option, String otherwise) {
    return verb.matchedOptionValue(option, otherwise);
  }

  /** Whether an option without value is set. */
  boolean flag(String option) {
    return verb.matchedOptionValue(option, false);
  }

  /** The word at a position, empty text if there is none. */
  String word(int index) {
    return verb.matchedPositionalValue(index, "");
  }

  /** All words. */
  List<String> words() {
    return verb.matchedPositionalValue(0, List.of());
  }

  /** What the user wrote cannot be meant so; to be thrown, and told with the usage of the verb. */
  ParameterException misuse(String message) {
    return new ParameterException(verb.commandSpec().commandLine(), message);
  }

  /** Prints the help of the verb on standard output and gives the exit status. */
  int explain() {
    CommandLine commandLine = verb.commandSpec().commandLine();
    commandLine.usage(commandLine.getOut());
    return 0;
  }
}

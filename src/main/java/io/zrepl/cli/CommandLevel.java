package io.zrepl.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command as manual pages and completion scripts see it: without what is hidden.
 *
 * @param path the words that lead to it, for example {@code zrepl test filesystems}
 * @param summary the first sentence of its description
 * @param description all of it, one paragraph each
 * @param options its own and inherited ones
 * @param positionals its words
 * @param children commands below it, in the order of the help
 */
record CommandLevel(
    String path,
    String summary,
    List<String> description,
    List<OptionSpec> options,
    List<PositionalParamSpec> positionals,
    List<CommandLevel> children) {

  /** The program and all that is below it. */
  static CommandLevel of(CommandLine program) {
    return of(program, "");
  }

  private static CommandLevel of(CommandLine command, String parent) {
    CommandSpec spec = command.getCommandSpec();
    String path = parent.isEmpty() ? spec.name() : parent + " " + spec.name();
    List<String> description = new ArrayList<>();
    for (String paragraph : spec.usageMessage().description()) {
      description.add(paragraph.strip().replaceAll("%n", " ").replace("%%", "%"));
    }
    List<CommandLevel> children =
        command.getSubcommands().values().stream()
            .filter(child -> !child.getCommandSpec().usageMessage().hidden())
            .map(child -> of(child, path))
            .toList();
    return new CommandLevel(
        path,
        summary(description),
        List.copyOf(description),
        spec.options().stream().filter(option -> !option.hidden()).toList(),
        spec.positionalParameters().stream().filter(word -> !word.hidden()).toList(),
        children);
  }

  private static String summary(List<String> description) {
    String first = description.isEmpty() ? "" : description.getFirst();
    int end = first.indexOf(". ");
    String sentence = end < 0 ? first : first.substring(0, end);
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  /** The last word of the path. */
  String name() {
    return path.substring(path.lastIndexOf(' ') + 1);
  }

  /** This one and all below it, each before those that it contains. */
  Stream<CommandLevel> all() {
    return Stream.concat(Stream.of(this), children.stream().flatMap(CommandLevel::all));
  }

  /** What an option means, in one paragraph. */
  static String meaning(OptionSpec option) {
    return String.join(" ", option.description()).strip().replace("%%", "%");
  }

  /** Whether something must follow an option. */
  static boolean takesValue(OptionSpec option) {
    return option.type() != boolean.class && option.type() != Boolean.class;
  }
}

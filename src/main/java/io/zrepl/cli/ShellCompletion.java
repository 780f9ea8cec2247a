package io.zrepl.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Completion scripts for zsh and fish: verbs and options with what they mean. (For bash picocli has
 * its own.) Both scripts find out in which command the cursor is by the words before it.
 */
final class ShellCompletion {
  private final CommandLevel program;

  ShellCompletion(CommandLevel program) {
    this.program = program;
  }

  /** For {@code source} and for a file {@code _zrepl} in the search path of functions. */
  String zsh() {
    StringBuilder cases = new StringBuilder();
    program.all().forEach(level -> cases.append(zshCase(level)));
    return """
    #compdef zrepl
    # Completes the commands and options of zrepl.
    _zrepl() {
      local level=zrepl word
      local -a commands options
      for word in ${words[2,CURRENT-1]}; do
        case "$level $word" in
          %s) level="$level $word" ;;
        esac
      done
      case ${words[CURRENT-1]} in
        %s) _files; return ;;
        %s) _message value; return ;;
      esac
      case $level in
    %s  esac
      if [[ $PREFIX = -* ]]; then
        _describe -o -t options option options
      elif (( $#commands )); then
        _describe -t commands command commands
      else
        _files
      fi
    }
    if [ "${funcstack[1]}" = _zrepl ]; then _zrepl "$@"; else compdef _zrepl zrepl; fi
    """
        .formatted(levels("|"), names(true, "|"), names(false, "|"), cases);
  }

  private static String zshCase(CommandLevel level) {
    String commands =
        level.children().stream()
            .map(child -> quoted(child.name() + ":" + child.summary()))
            .collect(Collectors.joining(" "));
    List<String> options = new ArrayList<>();
    for (OptionSpec option : level.options()) {
      for (String name : option.names()) {
        options.add(quoted(name + ":" + CommandLevel.meaning(option)));
      }
    }
    return "    %s)\n      commands=(%s)\n      options=(%s) ;;\n"
        .formatted(quoted(level.path()), commands, String.join(" ", options));
  }

  /** For {@code source} and for a file {@code zrepl.fish} in the folder of completions. */
  String fish() {
    StringBuilder script =
        new StringBuilder(
            """
            # Completes the commands and options of zrepl.
            function __zrepl_at
                set -l level zrepl
                for word in (commandline -opc)[2..-1]
                    if contains -- "$level $word" %s
                        set level "$level $word"
                    end
                end
                test "$level" = "$argv[1]"
            end
            complete -c zrepl -f
            """
                .formatted(levels(" ")));
    program.all().forEach(level -> appendFish(script, level));
    return script.toString();
  }

  private static void appendFish(StringBuilder script, CommandLevel level) {
    String start = "complete -c zrepl -n \"__zrepl_at '%s'\"".formatted(level.path());
    for (CommandLevel child : level.children()) {
      script
          .append(start)
          .append(" -a %s -d %s\n".formatted(child.name(), fishQuoted(child.summary())));
    }
    for (OptionSpec option : level.options()) {
      script.append(start);
      for (String name : option.names()) {
        script.append(
            name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
      }
      if (isFile(option)) {
        script.append(" -r -F");
      } else if (CommandLevel.takesValue(option)) {
        script.append(" -x");
      }
      script.append(" -d ").append(fishQuoted(CommandLevel.meaning(option))).append('\n');
    }
  }

  private String levels(String separator) {
    return program
        .all()
        .skip(1)
        .map(level -> quoted(level.path()))
        .collect(Collectors.joining(separator));
  }

  /** Names of all options with a value: of those that name files, or of the others. */
  private String names(boolean files, String separator) {
    return program
        .all()
        .flatMap(level -> level.options().stream())
        .filter(option -> CommandLevel.takesValue(option) && isFile(option) == files)
        .flatMap(option -> List.of(option.names()).stream())
        .distinct()
        .sorted()
        .collect(Collectors.joining(separator));
  }

  private static boolean isFile(OptionSpec option) {
    return List.of("PATH", "FILE", "FOLDER", "DIRECTORY").contains(option.paramLabel());
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private static String fishQuoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}

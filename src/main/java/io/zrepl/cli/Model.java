package io.zrepl.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ScopeType;

/** The parts of which the verbs build their looks. */
final class Model {
  /** The option that names the configuration file. */
  static final String CONFIG = "--config";

  private Model() {}

  /** A command without options. */
  static CommandSpec command(Verb verb, String name, String... description) {
    CommandSpec spec = CommandSpec.wrapWithoutInspection(verb).name(name);
    spec.usageMessage().description(description);
    return spec;
  }

  /** The program itself: its options are valid for all verbs. */
  static CommandSpec program(Verb verb) {
    CommandSpec spec =
        command(
                verb,
                "zrepl",
                "One configuration file describes what is done; `zrepl daemon` does it.")
            .addOption(
                OptionSpec.builder(CONFIG)
                    .type(String.class)
                    .paramLabel("PATH")
                    .scopeType(ScopeType.INHERIT)
                    .description(
                        "The configuration file. Without it: /etc/zrepl/zrepl.yml, then"
                            + " /usr/local/etc/zrepl/zrepl.yml.")
                    .build())
            .addOption(
                OptionSpec.builder("-h", "--help")
                    .type(boolean.class)
                    .usageHelp(true)
                    .scopeType(ScopeType.INHERIT)
                    .description("Explains the command.")
                    .build());
    spec.usageMessage()
        .header("Takes, replicates and prunes ZFS snapshots.", "")
        .synopsisSubcommandLabel("COMMAND");
    return spec;
  }

  /** An option with a value. */
  static OptionSpec.Builder text(String label, String description, String... names) {
    return OptionSpec.builder(names).type(String.class).paramLabel(label).description(description);
  }

  /** An option without value; {@code =true} and {@code =false} are allowed. */
  static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  /** A word at a position. */
  static PositionalParamSpec word(int index, boolean required, String label, String description) {
    return PositionalParamSpec.builder()
        .index(String.valueOf(index))
        .arity(required ? "1" : "0..1")
        .required(required)
        .type(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** Any number of words. */
  static PositionalParamSpec.Builder words(String label, String description) {
    return PositionalParamSpec.builder()
        .index("0..*")
        .arity("0..*")
        .type(List.class)
        .auxiliaryTypes(String.class)
        .paramLabel(label)
        .description(description);
  }

  /** Words that are ignored, as scripts written for Go zrepl may have them. */
  static PositionalParamSpec surplus() {
    return words("SURPLUS", "Ignored.").hidden(true).build();
  }
}

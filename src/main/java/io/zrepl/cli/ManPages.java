package io.zrepl.cli;

import io.zrepl.config.ConfigurationSchema;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual pages that are made of what the program knows about itself: one for the program, one
 * for each command, one for the configuration file.
 */
final class ManPages {
  private final CommandLevel program;
  private final String version;
  private final String date;

  /**
   * Makes pages.
   *
   * @param program all commands
   * @param version for the foot
   * @param date for the foot, like {@code 2026-01-01}
   */
  ManPages(CommandLevel program, String version, String date) {
    this.program = program;
    this.version = version;
    this.date = date;
  }

  /** Names of files, such as {@code zrepl.1}, and what they contain. */
  Map<String, String> files() {
    Map<String, String> result = new LinkedHashMap<>();
    result.put("zrepl.1", programPage());
    for (CommandLevel verb : program.children()) {
      result.put("zrepl-" + verb.name() + ".1", verbPage(verb));
    }
    result.put("zrepl.yml.5", configurationPage());
    return result;
  }

  private RoffText page(String name, int section, String summary) {
    return new RoffText(name, section, date, version, summary);
  }

  private String programPage() {
    RoffText page = page("zrepl", 1, "takes, replicates and prunes ZFS snapshots");
    page.chapter("SYNOPSIS");
    page.command("zrepl", " [--config PATH] COMMAND [ARGUMENT...]");
    page.chapter("DESCRIPTION");
    program.description().forEach(page::paragraph);
    page.paragraph(
        "All other commands look at that daemon and steer it, or work on ZFS themselves. Nothing but"
            + " the configuration file describes what is done: see zrepl.yml(5).");
    page.chapter("COMMANDS");
    for (CommandLevel verb : program.children()) {
      page.item("zrepl " + verb.name(), "", verb.summary() + ".");
    }
    page.chapter("OPTIONS");
    options(page, program);
    page.chapter("EXIT STATUS");
    page.item("0", "", "What was asked for is done.");
    page.item("1", "", "It is not; standard error says why. Commands may have more, see there.");
    page.chapter("FILES");
    page.item("/etc/zrepl/zrepl.yml", "", "The configuration.");
    page.item("/var/run/zrepl/control", "", "The socket by which commands talk to the daemon.");
    page.chapter("ENVIRONMENT");
    page.item("NO_COLOR", "", "If not empty, nothing is coloured.");
    page.item(
        "ZREPL_JAVA_OPTS", "", "More options for the Java virtual machine, such as -Xmx256m.");
    page.item("ZREPL_DEBUG", "", "If not empty, an internal error is shown with its place.");
    List<String> others = new ArrayList<>(List.of("zrepl.yml(5)", "zrepl(8)"));
    program.children().forEach(verb -> others.add("zrepl-" + verb.name() + "(1)"));
    return page.seeAlso(others).page();
  }

  private String verbPage(CommandLevel verb) {
    RoffText page = page("zrepl-" + verb.name(), 1, lowerFirst(verb.summary()));
    page.chapter("SYNOPSIS");
    verb.all()
        .filter(level -> level.children().isEmpty())
        .forEach(level -> page.command(level.path(), synopsis(level)));
    page.chapter("DESCRIPTION");
    verb.description().forEach(page::paragraph);
    arguments(page, verb);
    verb.all()
        .skip(1)
        .forEach(level -> {
          page.chapter(level.path());
          level.description().forEach(page::paragraph);
          arguments(page, level);
        });
    return page.seeAlso(List.of("zrepl(1)", "zrepl.yml(5)", "zrepl(8)")).page();
  }

  private static String synopsis(CommandLevel level) {
    StringBuilder text = new StringBuilder();
    for (OptionSpec option : level.options()) {
      String name = option.longestName();
      String label = CommandLevel.takesValue(option) ? " " + option.paramLabel() : "";
      text.append(option.required() ? " " + name + label : " [" + name + label + "]");
    }
    for (PositionalParamSpec word : level.positionals()) {
      String label = word.paramLabel() + (word.index().isUnspecified() || many(word) ? "..." : "");
      text.append(word.required() ? " " + label : " [" + label + "]");
    }
    return text.toString();
  }

  private static boolean many(PositionalParamSpec word) {
    return word.index().max() != word.index().min();
  }

  private static void arguments(RoffText page, CommandLevel level) {
    for (PositionalParamSpec word : level.positionals()) {
      page.item(word.paramLabel(), "", String.join(" ", word.description()).replace("%%", "%"));
    }
    options(page, level);
  }

  private static void options(RoffText page, CommandLevel level) {
    for (OptionSpec option : level.options()) {
      page.item(
          String.join(", ", option.names()),
          CommandLevel.takesValue(option) ? " " + option.paramLabel() : "",
          CommandLevel.meaning(option));
    }
  }

  private String configurationPage() {
    RoffText page = page("zrepl.yml", 5, "configuration of zrepl");
    page.chapter("DESCRIPTION");
    page.paragraph(
        "One YAML file describes the jobs of a machine. It is /etc/zrepl/zrepl.yml, otherwise"
            + " /usr/local/etc/zrepl/zrepl.yml, or what --config names. The daemon reads it when it"
            + " starts; zrepl configcheck checks it and shows each problem with its place.");
    page.paragraph(
        "In the following, every key stands with the kind of its value and its default. A key"
            + " without default is required, unless it says none.");
    for (Section<?> section : ConfigurationSchema.sections()) {
      page.chapter(section.title().toUpperCase(Locale.ROOT));
      page.paragraph(plain(section.meaning()));
      for (Field<?> field : section.fields()) {
        field(page, field);
      }
    }
    page.chapter("EXAMPLES");
    page.paragraph("See /usr/share/doc/zrepl/examples.");
    return page.seeAlso(List.of("zrepl(1)", "zrepl-configcheck(1)", "zrepl(8)")).page();
  }

  private static void field(RoffText page, Field<?> field) {
    String absent =
        field
            .defaultYaml()
            .map(yaml -> yaml.equals("~") ? "default: none" : "default: " + yaml)
            .orElse("required");
    String types =
        field.kind() instanceof Union<?> union
            ? " Types: " + String.join(", ", union.variants().keySet()) + "."
            : "";
    page.item(
        field.key(),
        " (%s; %s)".formatted(field.kind().name(), absent),
        plain(field.meaning()) + types + " Example: " + field.example());
  }

  /** Markdown without its signs. */
  private static String plain(String markdown) {
    return markdown.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1").replace("`", "");
  }

  private static String lowerFirst(String sentence) {
    return sentence.isEmpty()
        ? "a command of zrepl"
        : sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }
}

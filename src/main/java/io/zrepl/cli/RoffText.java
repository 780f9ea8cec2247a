package io.zrepl.cli;

import java.util.List;

/**
 * A manual page under construction, in the macros of {@code man(7)}. What is added is plain text:
 * it is escaped here.
 */
final class RoffText {
  private final StringBuilder text = new StringBuilder();

  /**
   * Begins a page.
   *
   * @param name for example {@code zrepl-status}
   * @param section of the manual, for example 1
   * @param date in the foot, or empty
   * @param version of the program, in the foot
   * @param summary what it does, without a dot at the end
   */
  RoffText(String name, int section, String date, String version, String summary) {
    text.append(".\\\" Made by the build of zrepl.\n");
    text.append(
        ".TH %s %d \"%s\" \"zrepl %s\" \"zrepl\"\n"
            .formatted(escaped(name).replace("\\-", "-"), section, date, version));
    // no hyphens within words that are to be typed, no stretched lines
    text.append(".nh\n.ad l\n");
    chapter("NAME");
    text.append(escaped(name)).append(" \\- ").append(escaped(summary)).append('\n');
  }

  /** A heading. */
  RoffText chapter(String heading) {
    text.append(".SH ").append(argument(heading)).append('\n');
    return this;
  }

  /** A paragraph. */
  RoffText paragraph(String plain) {
    text.append(".PP\n").append(escaped(plain)).append('\n');
    return this;
  }

  /** A line as it is to be typed. */
  RoffText command(String bold, String rest) {
    text.append(".PP\n\\fB").append(escaped(bold)).append("\\fR").append(escaped(rest));
    text.append('\n');
    return this;
  }

  /** A word and its meaning, indented below it. */
  RoffText item(String bold, String rest, String meaning) {
    text.append(".TP\n\\fB").append(escaped(bold)).append("\\fR");
    text.append(escaped(rest)).append('\n');
    text.append(meaning.isBlank() ? "\\&" : escaped(meaning)).append('\n');
    return this;
  }

  /** References to other pages, each like {@code zrepl(1)}. */
  RoffText seeAlso(List<String> pages) {
    chapter("SEE ALSO");
    text.append(".PP\n");
    for (int i = 0; i < pages.size(); i++) {
      String page = pages.get(i);
      int bracket = page.indexOf('(');
      text.append(".BR ")
          .append(escaped(page.substring(0, bracket)))
          .append(' ')
          .append(page.substring(bracket))
          .append(i < pages.size() - 1 ? ",\n" : "\n");
    }
    return this;
  }

  /** All of it. */
  String page() {
    return text.toString();
  }

  private static String argument(String plain) {
    String safe = escaped(plain).replace("\"", "\\(dq");
    return safe.contains(" ") ? "\"" + safe + "\"" : safe;
  }

  /** Text that means nothing to roff. */
  static String escaped(String plain) {
    String safe =
        plain
            .replace("\\", "\\e")
            .replace("-", "\\-")
            .replace("^", "\\(ha")
            .replace("~", "\\(ti")
            .replace("`", "\\(ga")
            .replace("'", "\\(aq")
            .replace("\n", " ");
    return safe.startsWith(".") ? "\\&" + safe : safe;
  }
}

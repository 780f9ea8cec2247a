package io.zrepl.config.schema;

import io.zrepl.config.yaml.Position;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.YamlNode;
import java.util.regex.Pattern;

/** One pass over the nodes of a file: takes problems, bounds the work. Confined to one thread. */
public final class Reading {
  /** Aliases can make a small file stand for any number of values. */
  private static final int MOST_VALUES = 500_000;

  private static final Pattern SIMPLE_KEY = Pattern.compile("[A-Za-z0-9_-]{1,60}");

  private final Problems problems;
  private int values;

  /** Starts a pass. */
  public Reading(Problems problems) {
    this.problems = problems;
  }

  /**
   * Counts a value that is about to be read.
   *
   * @return false if there were too many already; that was reported, and reading must end
   */
  boolean enter(YamlNode node, String path) {
    if (isExhausted()) {
      return false;
    }
    // The keys of a mapping are looked at together, also those that are not declared.
    values += node instanceof YamlNode.Mapping mapping ? 1 + mapping.entries().size() : 1;
    if (isExhausted()) {
      error(node, path, "too many values: aliases (*) multiply the content of this file");
      return false;
    }
    return true;
  }

  /** Whether there were so many values that reading ended before all were seen. */
  public boolean isExhausted() {
    return values >= MOST_VALUES;
  }

  /** Whether more errors would not be shown. */
  boolean isFull() {
    return problems.isFull();
  }

  /** The value is wrong. */
  public void error(YamlNode node, String path, String message) {
    problems.error(node.position(), path, message);
  }

  /** The same with a message that shows nothing of the value. */
  void errorWithoutQuote(YamlNode node, String path, String message) {
    problems.errorWithoutQuote(node.position(), path, message);
  }

  /** The value may be a secret, although it does not stand where one belongs. */
  void hide(YamlNode node) {
    problems.hideFrom(node.position());
  }

  /** Something at a place is wrong. */
  public void error(Position position, String path, String message) {
    problems.error(position, path, message);
  }

  /** The value is doubtful. */
  public void warning(YamlNode node, String path, String message) {
    problems.warning(node.position(), path, message);
  }

  /** Go zrepl would refuse the value or do something else. */
  void notPortable(YamlNode node, String path, String message) {
    problems.notPortable(node.position(), path, message);
  }

  /** The path of a key's value. */
  public static String child(String path, String key) {
    if (!SIMPLE_KEY.matcher(key).matches()) {
      return path + "[" + Printable.quote(key) + "]";
    }
    return path.isEmpty() ? key : path + "." + key;
  }

  /** The path of a list's element. */
  public static String child(String path, int index) {
    return path + "[" + index + "]";
  }
}

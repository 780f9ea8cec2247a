package io.zrepl.config;

import io.zrepl.config.yaml.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration file cannot be read or is not valid. Carries all its problems. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final transient List<Problem> warnings;

  /**
   * Creates the exception.
   *
   * @param problems in the order of the file, at least one
   */
  public ConfigurationException(List<Problem> problems) {
    this(problems, List.of());
  }

  /**
   * Creates the exception.
   *
   * @param problems in the order of the file, at least one
   * @param warnings what else is doubtful, as far as it was looked at
   */
  public ConfigurationException(List<Problem> problems, List<Problem> warnings) {
    super(render(problems));
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
  }

  /** What else is doubtful, as far as it was looked at; not part of the message. */
  public List<Problem> warnings() {
    return warnings;
  }

  /** In the order of the file, at least one. */
  public List<Problem> problems() {
    return problems;
  }

  /** All problems for people, see {@link Problem#render()}; the same as the message. */
  public String render() {
    return render(problems);
  }

  private static String render(List<Problem> problems) {
    return problems.stream().map(Problem::render).collect(Collectors.joining("\n"));
  }
}

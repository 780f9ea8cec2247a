package io.zrepl.config.yaml;

/**
 * Something wrong or doubtful in a configuration file.
 *
 * @param file name of the file as the user gave it
 * @param line from 1; 0 if the problem concerns the whole file
 * @param column from 1, in code points; 0 if the problem concerns the whole file
 * @param path the place in terms of keys, for example {@code jobs[0].snapshotting.interval}; empty
 *     for the whole document
 * @param message what is wrong and what is allowed; one line
 * @param snippet the source line and below it a caret, without a newline at the end; empty if there
 *     is none to show
 */
public record Problem(
    String file, int line, int column, String path, String message, String snippet) {

  /**
   * The problem for people: {@code file:line:column: path: message}, and the snippet if there is
   * one. No newline at the end.
   */
  public String render() {
    StringBuilder result = new StringBuilder(file);
    if (line > 0) {
      result.append(':').append(line).append(':').append(column);
    }
    result.append(": ");
    if (!path.isEmpty()) {
      result.append(path).append(": ");
    }
    result.append(message);
    if (!snippet.isEmpty()) {
      result.append('\n').append(snippet);
    }
    return result.toString();
  }
}

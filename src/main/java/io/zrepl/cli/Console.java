package io.zrepl.cli;

import java.io.PrintStream;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What surrounds the program.
 *
 * @param out standard output
 * @param err standard error
 * @param variables the environment variables
 * @param clock the current time
 * @param zone in which times are shown
 * @param columns width of the terminal; empty if standard output is none, or its width is unknown
 */
public record Console(
    PrintStream out,
    PrintStream err,
    Map<String, String> variables,
    InstantSource clock,
    ZoneId zone,
    OptionalInt columns) {
  /** Copies the map. */
  public Console {
    variables = Map.copyOf(variables);
  }

  /** Whether the user wants to see where in the program a failure arose. */
  boolean debug() {
    return "1".equals(variables.get("ZREPL_DEBUG"));
  }
}

package io.zrepl.cli;

import java.io.PrintStream;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * What surrounds the program.
 *
 * @param out standard output
 * @param err standard error
 * @param variables the environment variables
 * @param clock the current time
 * @param localZone gives the zone in which times are shown; asked only where times are shown, since
 *     reading the zones takes 5 ms
 * @param columns width of the terminal; empty if standard output is none, or its width is unknown
 */
public record Console(
    PrintStream out,
    PrintStream err,
    Map<String, String> variables,
    InstantSource clock,
    Supplier<ZoneId> localZone,
    OptionalInt columns) {
  /** Copies the map. */
  public Console {
    variables = Map.copyOf(variables);
  }

  /** The zone in which times are shown. */
  ZoneId zone() {
    return localZone.get();
  }

  /** Whether the user wants to see where in the program a failure arose. */
  boolean debug() {
    return "1".equals(variables.get("ZREPL_DEBUG"));
  }
}

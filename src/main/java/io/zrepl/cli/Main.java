package io.zrepl.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.OptionalInt;

/** Entry point of the program: puts the parts together. */
public final class Main {
  /**
   * System property with the columns of the terminal that standard output is. The launcher knows it
   * for less than what asking from Java would cost.
   */
  private static final String COLUMNS_PROPERTY = "zrepl.terminal.columns";

  private Main() {}

  /**
   * Runs one command.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    Console console =
        new Console(
            stream(FileDescriptor.out),
            stream(FileDescriptor.err),
            System.getenv(),
            InstantSource.system(),
            ZoneId::systemDefault,
            columns());
    Services services =
        new Services(
            new ConfigurationFiles(),
            new RealDaemon(),
            new LocalDatasets(),
            new LocalZfs(),
            console);
    System.exit(new Application(services).run(arguments));
  }

  // UTF-8 whatever the locale; not flushed with each line, but before the program ends.
  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)), false, StandardCharsets.UTF_8);
  }

  private static OptionalInt columns() {
    int columns = Integer.getInteger(COLUMNS_PROPERTY, 0);
    return columns > 0 ? OptionalInt.of(columns) : OptionalInt.empty();
  }
}

package io.zrepl.cli;

/** Entry point of the program. */
public final class Main {
  private Main() {}

  /**
   * Runs one command.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    System.out.println("zrepl");
  }
}

package io.zrepl.snapshot.hook;

/**
 * A hook of a job.
 *
 * @param number its position in the configuration, from 1 on
 * @param settings what it does
 */
record NumberedHook(int number, HookSettings settings) {

  /** For people, for example {@code hook #2 (command /usr/local/libexec/quiesce)}. */
  @Override
  public String toString() {
    String what =
        settings instanceof HookSettings.Command command
            ? settings.type() + " " + command.program()
            : settings.type();
    return "hook #%d (%s)".formatted(number, what);
  }
}

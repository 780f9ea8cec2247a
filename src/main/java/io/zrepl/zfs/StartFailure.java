package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Explains why a program could not be started. */
final class StartFailure {
  // ProcessBuilder tells errno only in its message, in two forms: "error=2," and "error: 2 (".
  private static final Pattern ERRNO = Pattern.compile("error[=:] ?(\\d+)");
  private static final int ENOENT = 2;
  private static final int E2BIG = 7;
  private static final int EACCES = 13;

  private StartFailure() {}

  static ZfsException explain(Command command, IOException failure) {
    String program = command.arguments().getFirst();
    return switch (errno(failure)) {
      case ENOENT ->
          new ZfsException(
              FailureScope.JOB,
              true,
              program + " not found in PATH",
              "install the ZFS user space tools (Debian: zfsutils-linux), or set PATH for the daemon so"
                  + " that it includes their folder (often /usr/sbin)",
              failure);
      case EACCES ->
          new ZfsException(
              FailureScope.JOB,
              true,
              program + " may not be executed by this user",
              "make the program executable for the user of the daemon",
              failure);
      case E2BIG ->
          new CommandTooLongException(
              "the command line is too long for the operating system: " + command, failure);
      default ->
          new ZfsException(
              FailureScope.JOB,
              true,
              "cannot start %s: %s".formatted(program, failure.getMessage()),
              "the machine may be short of memory, processes or file descriptors",
              failure);
    };
  }

  private static int errno(IOException failure) {
    Matcher matcher = ERRNO.matcher(String.valueOf(failure.getMessage()));
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}

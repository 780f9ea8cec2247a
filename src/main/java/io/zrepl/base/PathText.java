package io.zrepl.base;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;

/** Paths as people write them. Stateless; any thread may call. */
public final class PathText {
  private PathText() {}

  /**
   * Makes a path out of a text that is not empty.
   *
   * @throws InvalidValueException if there can be no such path, or this process was started in a
   *     locale that has not all its characters; the message says which
   */
  public static Path parse(String text) throws InvalidValueException {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      String encoding = System.getProperty("sun.jnu.encoding", "");
      boolean locale =
          text.indexOf('\0') < 0 && !encoding.toUpperCase(Locale.ROOT).startsWith("UTF");
      throw new InvalidValueException(
          locale
              ? "the locale of this process (%s) has not all characters of this path; start the program with LC_ALL=C.UTF-8"
                  .formatted(encoding)
              : "this is not a path: " + e.getReason());
    }
  }
}

package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Guid;
import io.zrepl.model.ResumeTokenContents;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code zfs send -nvt} prints of a resume token. */
final class ResumeTokenParser {
  private static final Pattern BEGINNING =
      Pattern.compile("resume token contents:\\s*\\nnvlist version: 0\\s*\\n");
  private static final Pattern ATTRIBUTE = Pattern.compile("(?m)^\\t(\\S+) = (.*)$");
  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "FALSE", "false", "False");

  private ResumeTokenParser() {}

  /**
   * Reads it.
   *
   * @param output both outputs of the command, whatever its status: it fails where the token is
   *     from another machine, or the snapshot is gone
   * @return empty if ZFS did not say what is in the token
   * @throws InvalidValueException if it did, but not as far or not in the form that is needed
   */
  static Optional<ResumeTokenContents> parse(String output) throws InvalidValueException {
    Matcher beginning = BEGINNING.matcher(output);
    if (!beginning.find()) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    Matcher attribute = ATTRIBUTE.matcher(output).region(beginning.end(), output.length());
    while (attribute.find()) {
      if (values.put(attribute.group(1), attribute.group(2)) != null) {
        throw new InvalidValueException(
            "resume token: %s occurs twice".formatted(attribute.group(1)));
      }
    }
    return Optional.of(
        new ResumeTokenContents(
            new Guid(
                number(values, "toguid")
                    .orElseThrow(() -> new InvalidValueException("resume token has no toguid"))),
            number(values, "fromguid").map(Guid::new),
            Optional.ofNullable(values.get("toname"))
                .orElseThrow(() -> new InvalidValueException("resume token has no toname")),
            flag(values, "rawok"),
            flag(values, "compressok"),
            flag(values, "embedok"),
            flag(values, "largeblockok"),
            flag(values, "savedok"),
            number(values, "bytes").orElse(0L)));
  }

  private static Optional<Long> number(Map<String, String> values, String name)
      throws InvalidValueException {
    String text = values.get(name);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          text.startsWith("0x")
              ? Long.parseUnsignedLong(text.substring(2), 16)
              : Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw new InvalidValueException("resume token: " + name + " is no number");
    }
  }

  private static boolean flag(Map<String, String> values, String name)
      throws InvalidValueException {
    String text = values.getOrDefault(name, "0");
    if (!TRUE.contains(text) && !FALSE.contains(text)) {
      throw new InvalidValueException("resume token: " + name + " is no flag");
    }
    return TRUE.contains(text);
  }
}

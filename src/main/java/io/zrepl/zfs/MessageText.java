package io.zrepl.zfs;

import java.util.regex.Pattern;

/** Makes what a command wrote fit for a message. */
final class MessageText {
  private static final int LONGEST_TEXT = 2000;
  private static final int LONGEST_UNRECOGNISED = 16 * 1024;
  private static final Pattern TOKEN = Pattern.compile("\\b1-[0-9a-f]+-[0-9a-f]+-[0-9a-f]{16,}");
  // After its own words zfs often prints its whole manual.
  private static final Pattern USAGE = Pattern.compile("(?m)^usage:( zfs command args .*)?$");

  /** Stands for a resume token. */
  static final String HIDDEN_TOKEN = "(resume token)";

  private MessageText() {}

  /** The words of a command: trimmed, without usage text and tokens, bounded. */
  static String ofErrors(String errors) {
    return shorten(printable(maskTokens(withoutUsage(errors)).strip()), LONGEST_TEXT);
  }

  /**
   * Everything that a command said, without tokens; of more than {@value #LONGEST_UNRECOGNISED}
   * characters only beginning and end.
   */
  static String allOfErrors(String errors) {
    return shorten(printable(maskTokens(errors).strip()), LONGEST_UNRECOGNISED);
  }

  /** Cuts off the usage text, if something stands before it. */
  static String withoutUsage(String errors) {
    var usage = USAGE.matcher(errors);
    return usage.find() && usage.start() > 0 ? errors.substring(0, usage.start()) : errors;
  }

  /** Replaces resume tokens. */
  static String maskTokens(String text) {
    return TOKEN.matcher(text).replaceAll(HIDDEN_TOKEN);
  }

  /** Cuts out the middle of a long text. */
  static String shorten(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    int head = longest * 2 / 3;
    int tail = longest - head;
    return text.substring(0, head) + " (...) " + text.substring(text.length() - tail);
  }

  /** Without control characters, which could garble a terminal; line ends and tabs stay. */
  private static String printable(String text) {
    StringBuilder result = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean garbles = (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
      result.append(garbles ? '?' : c);
    }
    return result.toString();
  }
}

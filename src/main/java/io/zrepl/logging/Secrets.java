package io.zrepl.logging;

import java.util.regex.Pattern;

/**
 * Takes out of texts what a log must not tell: resume tokens of ZFS, with which data can be asked
 * for, passwords in addresses of databases, private keys. A last line of defence; those who log
 * leave such things out themselves.
 */
final class Secrets {
  private static final String HIDDEN = "(hidden)";

  private static final Pattern TOKEN = Pattern.compile("\\b1-[0-9a-f]{6,}-[0-9a-f]+-[0-9a-f]{16,}");
  private static final Pattern PASSWORD =
      Pattern.compile(
          "(?i)\\b((?:[a-z]*password|passwd|pwd)\\s*[=:]\\s*)('(?:[^'\\\\]|\\\\.)*'|\"[^\"]*\"|[^\\s;&\"']+)");
  private static final Pattern URL_PASSWORD =
      Pattern.compile("(://[^\\s:/@]*:)(?:[^\\s@]|@(?=\\S*@))+(?=@)");
  private static final Pattern DSN_PASSWORD =
      Pattern.compile("([^\\s:/@\"']+:)[^\\s@][^\\s]*(?=@(?:tcp6?|unix)\\()");
  private static final Pattern PRIVATE_KEY =
      Pattern.compile(
          "-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(-----END \\1-----|$)", Pattern.DOTALL);

  private Secrets() {}

  /** The text with "{@value #HIDDEN}" in place of each secret. */
  static String hidden(String text) {
    String result = text;
    if (result.contains("1-")) {
      result = TOKEN.matcher(result).replaceAll(HIDDEN);
    }
    if (result.indexOf('@') >= 0) {
      result = URL_PASSWORD.matcher(result).replaceAll("$1" + HIDDEN);
      result = DSN_PASSWORD.matcher(result).replaceAll("$1" + HIDDEN);
    }
    if (result.indexOf('=') >= 0 || result.indexOf(':') >= 0) {
      result = PASSWORD.matcher(result).replaceAll("$1" + HIDDEN);
    }
    if (result.contains("PRIVATE KEY")) {
      result = PRIVATE_KEY.matcher(result).replaceAll(HIDDEN);
    }
    return result;
  }
}

package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Secret;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks how a MySQL server is to be reached: {@code
 * [user[:password]@][net[(address)]]/[database]}, optionally with {@code ?parameters}. No message
 * contains any part of it.
 */
final class MysqlDataSource {
  /** Networks that have a usual address. */
  private static final Set<String> NETWORKS = Set.of("", "tcp", "unix");

  private static final Pattern SERVER = Pattern.compile("([^(]*)(\\(.*\\))?", Pattern.DOTALL);

  private MysqlDataSource() {}

  static Secret parse(String text) throws InvalidValueException {
    int slash = text.lastIndexOf('/');
    if (slash < 0) {
      throw invalid("the \"/\" before the name of the database is missing");
    }
    String server = text.substring(text.lastIndexOf('@', slash) + 1, slash);
    Matcher matcher = SERVER.matcher(server);
    if (!matcher.matches()) {
      throw invalid("the address must stand in parentheses, directly before the \"/\"");
    }
    if (matcher.group(2) == null && !NETWORKS.contains(matcher.group(1))) {
      throw invalid("a network other than tcp and unix needs an address in parentheses");
    }
    return new Secret(text);
  }

  private static InvalidValueException invalid(String why) {
    return new InvalidValueException(
        why
            + "; write USER:PASSWORD@tcp(HOST:PORT)/DATABASE, where all but the \"/\" may be missing");
  }
}

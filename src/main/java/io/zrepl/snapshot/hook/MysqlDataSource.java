package io.zrepl.snapshot.hook;

import io.zrepl.base.InvalidValueException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How to reach a MySQL or MariaDB server: {@code
 * [user[:password]@][net[(address)]]/[database][?parameters]}. No message contains any part of it.
 *
 * @param address where the server waits
 * @param user empty for the user of this process
 * @param password empty for none
 * @param database empty for none
 * @param parameters as written
 */
record MysqlDataSource(
    ServerAddress address,
    Optional<String> user,
    Optional<String> password,
    String database,
    Map<String, String> parameters) {
  private static final int DEFAULT_PORT = 3306;
  private static final Path DEFAULT_SOCKET = Path.of("/tmp/mysql.sock");

  /** What the Go driver itself takes; all others are variables of the session. */
  private static final Set<String> OF_THE_DRIVER =
      Set.of(
          "allowAllFiles",
          "allowCleartextPasswords",
          "allowFallbackToPlaintext",
          "allowNativePasswords",
          "allowOldPasswords",
          "charset",
          "checkConnLiveness",
          "clientFoundRows",
          "collation",
          "columnsWithAlias",
          "compress",
          "connectionAttributes",
          "interpolateParams",
          "loc",
          "maxAllowedPacket",
          "multiStatements",
          "parseTime",
          "readTimeout",
          "rejectReadOnly",
          "serverPubKey",
          "timeTruncate",
          "timeout",
          "tls",
          "writeTimeout");

  private static final Pattern SERVER = Pattern.compile("([^(]*)(?:\\((.*)\\))?", Pattern.DOTALL);
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(\\[[^]]*]|[^:]*)(?::([0-9]{1,5}))?");

  MysqlDataSource {
    parameters = Map.copyOf(parameters);
  }

  static MysqlDataSource parse(String text) throws InvalidValueException {
    int slash = text.lastIndexOf('/');
    if (slash < 0) {
      throw new InvalidValueException(
          "the \"/\" before the name of the database is missing in the data source");
    }
    String left = text.substring(0, slash);
    int at = left.lastIndexOf('@');
    Optional<String> login = at < 0 ? Optional.empty() : Optional.of(left.substring(0, at));
    String right = text.substring(slash + 1);
    int question = right.indexOf('?');
    return new MysqlDataSource(
        address(left.substring(at + 1)),
        login.map(both -> both.split(":", 2)[0]).filter(user -> !user.isEmpty()),
        login.filter(both -> both.contains(":")).map(both -> both.split(":", 2)[1]),
        decoded(question < 0 ? right : right.substring(0, question)),
        question < 0 ? Map.of() : parameters(right.substring(question + 1)));
  }

  private static ServerAddress address(String server) throws InvalidValueException {
    Matcher matcher = SERVER.matcher(server);
    if (!matcher.matches()) {
      throw new InvalidValueException(
          "the address in the data source must stand in parentheses, directly before the \"/\"");
    }
    String net = matcher.group(1);
    Optional<String> address =
        Optional.ofNullable(matcher.group(2)).filter(text -> !text.isEmpty());
    return switch (net) {
      case "unix" -> new ServerAddress.Unix(address.map(Path::of).orElse(DEFAULT_SOCKET));
      case "", "tcp", "tcp4", "tcp6" -> tcp(address.orElse("127.0.0.1"));
      default ->
          throw new InvalidValueException(
              "the network of the data source is neither tcp nor unix, which are all that is supported");
    };
  }

  private static ServerAddress tcp(String address) throws InvalidValueException {
    Matcher matcher = HOST_AND_PORT.matcher(address);
    int port =
        matcher.matches() && matcher.group(2) != null
            ? Integer.parseInt(matcher.group(2))
            : DEFAULT_PORT;
    if (!matcher.matches() || port < 1 || port > 65_535) {
      throw new InvalidValueException("the address in the data source is not HOST:PORT");
    }
    String host = matcher.group(1).replaceAll("^\\[|]$", "");
    return new ServerAddress.Tcp(host.isEmpty() ? "127.0.0.1" : host, port);
  }

  private static Map<String, String> parameters(String text) throws InvalidValueException {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String pair : text.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      if (parts.length == 2) {
        parameters.put(parts[0], decoded(parts[1]));
      }
    }
    return parameters;
  }

  private static String decoded(String text) throws InvalidValueException {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new InvalidValueException("the data source has a \"%\" that encodes nothing");
    }
  }

  /** For the driver. */
  String url() {
    String server =
        switch (address) {
          case ServerAddress.Tcp tcp -> tcp.toString();
          case ServerAddress.Unix _ -> "localhost:" + DEFAULT_PORT;
        };
    return "jdbc:mariadb://" + server + "/" + URLEncoder.encode(database, StandardCharsets.UTF_8);
  }

  /** Whether it is not to be encrypted if the server cannot do so. */
  boolean encryptionIsOptional() {
    return parameters.getOrDefault("tls", "").equals("preferred");
  }

  /**
   * For the driver.
   *
   * @throws InvalidValueException if a parameter has a value that cannot be
   */
  Properties properties() throws InvalidValueException {
    Properties properties = new Properties();
    properties.setProperty("user", user.orElse(System.getProperty("user.name", "")));
    password.ifPresent(text -> properties.setProperty("password", text));
    // As the Go driver does; without it no password of MySQL 8 works unless TLS is used.
    properties.setProperty("allowPublicKeyRetrieval", "true");
    properties.setProperty("sslMode", sslMode());
    List<String> variables = new ArrayList<>();
    parameters.forEach((key, value) -> {
      if (!OF_THE_DRIVER.contains(key)) {
        variables.add(key + "=" + value);
      }
    });
    if (!variables.isEmpty()) {
      properties.setProperty("sessionVariables", String.join(",", variables));
    }
    if (address instanceof ServerAddress.Unix) {
      properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
    }
    return properties;
  }

  private String sslMode() throws InvalidValueException {
    return switch (parameters.getOrDefault("tls", "false")) {
      case "false", "0" -> "disable";
      case "true", "1" -> "verify-full";
      case "skip-verify", "preferred" -> "trust";
      default ->
          throw new InvalidValueException(
              "the parameter tls of the data source must be true, false, skip-verify or preferred");
    };
  }
}

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a PostgreSQL server, written as PostgreSQL's own programs take it: {@code
 * host=/run/postgresql user=backup} or {@code
 * postgres://backup:secret@host:5432/db?sslmode=disable}. What is not said is taken from {@code
 * PGHOST} and the like. No message contains any part of it.
 *
 * @param address where the server waits
 * @param user empty for the user of this process
 * @param password empty for none, or one from the user's {@code .pgpass}
 * @param database empty for the one of the user's name
 * @param others all other settings, by the server's names
 */
record PostgresDataSource(
    ServerAddress address,
    Optional<String> user,
    Optional<String> password,
    Optional<String> database,
    Map<String, String> others) {
  private static final String DEFAULT_PORT = "5432";

  private static final Pattern URL =
      Pattern.compile(
          "postgres(?:ql)?://(?:(?<login>[^@/?]*)@)?(?<host>\\[[^]]*]|[^:/?\\[\\]]*)(?::(?<port>[0-9]*))?"
              + "(?:/(?<database>[^?]*))?(?:\\?(?<query>.*))?",
          Pattern.DOTALL);

  /** Where a setting that is missing may stand in the environment. */
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "host", "PGHOST",
          "port", "PGPORT",
          "user", "PGUSER",
          "password", "PGPASSWORD",
          "dbname", "PGDATABASE",
          "sslmode", "PGSSLMODE",
          "sslcert", "PGSSLCERT",
          "sslkey", "PGSSLKEY",
          "sslrootcert", "PGSSLROOTCERT");

  PostgresDataSource {
    others = Map.copyOf(others);
  }

  static PostgresDataSource parse(String text, Map<String, String> environment)
      throws InvalidValueException {
    Map<String, String> settings =
        text.startsWith("postgres://") || text.startsWith("postgresql://")
            ? fromUrl(text)
            : fromPairs(text);
    ENVIRONMENT.forEach((key, variable) -> {
      String value = environment.get(variable);
      if (value != null && !value.isEmpty()) {
        settings.putIfAbsent(key, value);
      }
    });
    Map<String, String> others = new LinkedHashMap<>(settings);
    List.of("host", "port", "user", "password", "dbname", "connect_timeout")
        .forEach(others::remove);
    return new PostgresDataSource(
        address(settings),
        Optional.ofNullable(settings.get("user")),
        Optional.ofNullable(settings.get("password")),
        Optional.ofNullable(settings.get("dbname")),
        others);
  }

  private static ServerAddress address(Map<String, String> settings) throws InvalidValueException {
    String host = settings.getOrDefault("host", "localhost");
    String portText = settings.getOrDefault("port", DEFAULT_PORT);
    int port = portText.matches("[0-9]{1,5}") ? Integer.parseInt(portText) : 0;
    if (port < 1 || port > 65_535) {
      throw new InvalidValueException(
          "the data source has a port that is no number from 1 to 65535");
    }
    return host.startsWith("/")
        ? new ServerAddress.Unix(Path.of(host, ".s.PGSQL." + port))
        : new ServerAddress.Tcp(host.replaceAll("^\\[|]$", ""), port);
  }

  private static Map<String, String> fromUrl(String text) throws InvalidValueException {
    Matcher matcher = URL.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidValueException(
          "the data source is not a URL such as postgres://USER:PASSWORD@HOST:PORT/DATABASE");
    }
    Map<String, String> settings = new LinkedHashMap<>();
    String login = matcher.group("login");
    if (login != null) {
      String[] parts = login.split(":", 2);
      putIfGiven(settings, "user", parts[0]);
      putIfGiven(settings, "password", parts.length > 1 ? parts[1] : null);
    }
    putIfGiven(settings, "host", matcher.group("host"));
    putIfGiven(settings, "port", matcher.group("port"));
    putIfGiven(settings, "dbname", matcher.group("database"));
    String query = matcher.group("query");
    for (String pair : query == null ? new String[0] : query.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      if (parts.length == 2) {
        settings.put(decoded(parts[0]), decoded(parts[1]));
      }
    }
    return settings;
  }

  private static void putIfGiven(Map<String, String> settings, String key, @Nullable String value)
      throws InvalidValueException {
    if (value != null && !value.isEmpty()) {
      settings.put(key, decoded(value));
    }
  }

  /** A plus stays one. */
  private static String decoded(String text) throws InvalidValueException {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new InvalidValueException(
          "the URL of the data source has a \"%\" that encodes nothing");
    }
  }

  /** {@code key=value key = 'value with \' and blanks'}. */
  private static Map<String, String> fromPairs(String text) throws InvalidValueException {
    Map<String, String> settings = new LinkedHashMap<>();
    int i = skipBlanks(text, 0);
    while (i < text.length()) {
      int equals = text.indexOf('=', i);
      if (equals < 0) {
        throw new InvalidValueException(
            "the data source must be a URL or pairs of key=value; a \"=\" is missing");
      }
      String key = text.substring(i, equals).strip();
      StringBuilder value = new StringBuilder();
      i = readValue(text, skipBlanks(text, equals + 1), value);
      settings.put(key, value.toString());
      i = skipBlanks(text, i);
    }
    return settings;
  }

  private static int skipBlanks(String text, int from) {
    int i = from;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private static int readValue(String text, int from, StringBuilder value)
      throws InvalidValueException {
    boolean quoted = from < text.length() && text.charAt(from) == '\'';
    int i = quoted ? from + 1 : from;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (quoted ? c == '\'' : Character.isWhitespace(c)) {
        return quoted ? i + 1 : i;
      }
      if (c == '\\' && i + 1 < text.length()) {
        i++;
        c = text.charAt(i);
      }
      value.append(c);
      i++;
    }
    if (quoted) {
      throw new InvalidValueException("the data source has a quoted value without its end");
    }
    return i;
  }

  /** For the driver. */
  String url() {
    String server =
        switch (address) {
          case ServerAddress.Tcp tcp -> tcp.toString();
          case ServerAddress.Unix _ -> "localhost";
        };
    return "jdbc:postgresql://"
        + server
        + "/"
        + database.map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8)).orElse("");
  }

  /** For the driver. Like others, it encrypts over TCP unless it is told not to. */
  Properties properties() {
    Properties properties = new Properties();
    user.ifPresent(name -> properties.setProperty("user", name));
    password.ifPresent(text -> properties.setProperty("password", text));
    properties.setProperty("ApplicationName", "zrepl");
    properties.setProperty("sslmode", "require");
    List<String> options = new ArrayList<>();
    others.forEach((key, value) -> {
      switch (key) {
        case "application_name" -> properties.setProperty("ApplicationName", value);
        case "fallback_application_name" -> {}
        case "sslmode", "sslcert", "sslkey", "sslrootcert", "sslpassword" ->
            properties.setProperty(key, value);
        case "options" -> options.add(value);
        default -> options.add("-c " + key + "=" + value.replace("\\", "\\\\").replace(" ", "\\ "));
      }
    });
    if (!options.isEmpty()) {
      properties.setProperty("options", String.join(" ", options));
    }
    if (address instanceof ServerAddress.Unix) {
      properties.setProperty("sslmode", "disable");
      properties.setProperty("gssEncMode", "disable");
      properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
    }
    return properties;
  }
}

package io.zrepl.snapshot.hook;

import io.zrepl.base.InvalidValueException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Properties;

/** One connection to a database server, used by one thread at a time. */
final class DatabaseSession implements AutoCloseable {
  private final Connection connection;

  private DatabaseSession(Connection connection) {
    this.connection = connection;
  }

  /** Connects; ends when the thread is interrupted. */
  static DatabaseSession open(
      Driver driver, String url, Properties properties, ServerAddress address) throws SQLException {
    Connection connection =
        address instanceof ServerAddress.Unix unix
            ? ScopedValue.where(UnixSocketFactory.PATH, unix.path())
                .call(() -> driver.connect(url, properties))
            : driver.connect(url, properties);
    if (connection == null) {
      throw new SQLException("the driver does not take this data source");
    }
    return new DatabaseSession(connection);
  }

  /** Runs one statement; ends when the thread is interrupted. */
  void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean _ = statement.execute(sql);
    }
  }

  /** Ends the session; the server releases whatever it held. A failure is of no consequence. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      // The connection is gone, and with it everything that it held.
    }
  }

  /** Puts a failure into words that do not contain the password. */
  static HookException failure(String what, Throwable cause, Optional<String> password) {
    String message =
        cause instanceof SQLException || cause instanceof InvalidValueException
            ? String.valueOf(cause.getMessage())
            : String.valueOf(cause);
    Throwable root = cause.getCause();
    if (cause instanceof SQLException && root != null && root.getMessage() != null) {
      String reason = root.getMessage();
      message = message.contains(reason) ? message : message + " (" + reason + ")";
    }
    String secret = password.orElse("");
    // Not as the cause: a trace of it could show the password.
    return new HookException(
        what + ": " + (secret.isEmpty() ? message : message.replace(secret, "(not shown)")));
  }
}

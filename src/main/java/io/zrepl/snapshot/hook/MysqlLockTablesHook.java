package io.zrepl.snapshot.hook;

import io.zrepl.base.InvalidValueException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.Driver;

/**
 * Holds a MySQL or MariaDB server still while a snapshot is taken. The lock belongs to one
 * connection, which is kept from the first edge to the second; when it ends, however that happens,
 * the server releases the lock.
 */
final class MysqlLockTablesHook implements HookRun {
  private static final String LOCKING = "FLUSH TABLES WITH READ LOCK of the MySQL server failed";
  private static final int DEEPEST_CAUSE = 10;
  private static final String WAIT_TIMEOUT = "wait_timeout";
  private static final String NO_ENCRYPTION = "ssl not enabled in the server";
  private static final String UNLOCKING = "UNLOCK TABLES of the MySQL server failed";

  private final HookSettings.MysqlLockTables settings;
  private final Duration longestHold;
  private @Nullable DatabaseSession session;
  private Optional<String> password = Optional.empty();

  /**
   * Prepares it.
   *
   * @param longestHold how long the lock may be held, at most
   */
  MysqlLockTablesHook(HookSettings.MysqlLockTables settings, Duration longestHold) {
    this.settings = settings;
    this.longestHold = longestHold;
  }

  @Override
  public String before() throws HookException, InterruptedException {
    MysqlDataSource source;
    Properties properties;
    try {
      source = MysqlDataSource.parse(settings.dataSource().reveal());
      properties = source.properties();
    } catch (InvalidValueException e) {
      throw DatabaseSession.failure(LOCKING, e, Optional.empty());
    }
    password = source.password();
    session =
        Deadline.within(
            settings.common().timeout(),
            () -> lock(source, properties),
            DatabaseSession::close,
            cause -> DatabaseSession.failure(LOCKING, cause, password));
    return "";
  }

  private DatabaseSession lock(MysqlDataSource source, Properties properties) throws Exception {
    DatabaseSession opened = open(source, properties);
    boolean locked = false;
    try {
      // A server does not notice that a client is gone while the client waits for a lock, and lets
      // nobody write before it has given up; so it must, a little later than we.
      opened.run("SET SESSION lock_wait_timeout = " + serverTimeout(settings.common().timeout()));
      if (!source.parameters().containsKey(WAIT_TIMEOUT)) {
        // If our host dies, nobody tells the server.
        opened.run("SET SESSION " + WAIT_TIMEOUT + " = " + serverTimeout(longestHold));
      }
      opened.run("FLUSH TABLES WITH READ LOCK");
      locked = true;
      return opened;
    } finally {
      if (!locked) {
        opened.close();
      }
    }
  }

  private static DatabaseSession open(MysqlDataSource source, Properties properties)
      throws SQLException {
    try {
      return DatabaseSession.open(new Driver(), source.url(), properties, source.address());
    } catch (SQLException e) {
      if (!source.encryptionIsOptional()
          || !serverCannotEncrypt(e)
          || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      properties.setProperty("sslMode", "disable");
      return DatabaseSession.open(new Driver(), source.url(), properties, source.address());
    }
  }

  /** Any other failure, a wrong password for one, is none to send the password in the clear for. */
  static boolean serverCannotEncrypt(SQLException failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
      if (String.valueOf(cause.getMessage()).contains(NO_ENCRYPTION)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** In whole seconds, rounded up. */
  private static long serverTimeout(Duration timeout) {
    return Math.clamp(timeout.plusMillis(1999).toSeconds(), 1, 31_536_000);
  }

  /** If this fails, the end of the connection still releases the lock. */
  @Override
  public String after() throws HookException, InterruptedException {
    DatabaseSession held = session;
    if (held == null) {
      return ""; // cancelled before there was a lock
    }
    session = null;
    return Deadline.within(
        settings.common().timeout(),
        () -> {
          try (held) {
            held.run("UNLOCK TABLES");
          }
          return "";
        },
        late -> {},
        cause -> DatabaseSession.failure(UNLOCKING, cause, password));
  }
}

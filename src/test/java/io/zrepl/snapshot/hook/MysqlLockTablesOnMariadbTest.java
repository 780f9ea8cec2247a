package io.zrepl.snapshot.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zrepl.base.Secret;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.helpers.NOPLogger;

/** The hook and a real MariaDB. */
@Tag("foreign")
@Timeout(120)
class MysqlLockTablesOnMariadbTest {
  private static final String LOCKED = "locked";
  private static final String FREE = "free";

  private static Server server;

  private static final class Server extends DatabaseServer {
    Server() {
      super("mysql");
      Path daemon = require("mariadb-server", "/usr/sbin/mariadbd", "/usr/sbin/mysqld");
      Path install = require("mariadb-server", "/usr/bin/mariadb-install-db");
      String data = folder().resolve("data").toString();
      runAsUser(
          install.toString(),
          "--no-defaults",
          "--datadir=" + data,
          "--auth-root-authentication-method=normal",
          "--skip-test-db");
      start(
          daemon.toString(),
          "--no-defaults",
          "--datadir=" + data,
          "--socket=" + socket(),
          "--port=" + port(),
          "--bind-address=127.0.0.1",
          "--pid-file=" + folder().resolve("pid"),
          "--skip-log-bin",
          "--innodb-buffer-pool-size=8M");
    }

    Path socket() {
      return folder().resolve("socket");
    }

    /** The administrator, who needs no password here. */
    private String administrator = "root";

    Connection connect() throws SQLException {
      return DriverManager.getConnection(
          "jdbc:mariadb://127.0.0.1:%d/?user=%s".formatted(port(), administrator));
    }
  }

  @BeforeAll
  static void start() throws SQLException {
    server = new Server();
    Awaitility.await("the server answers")
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> {
          try (Connection connection = server.connect()) {
            return connection.isValid(1);
          }
        });
    // root as on Debian: whoever is root on the machine needs no password
    execute("CREATE USER admin@localhost");
    execute("GRANT ALL ON *.* TO admin@localhost WITH GRANT OPTION");
    server.administrator = "admin";
    execute(
        "ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING 'invalid' OR unix_socket");
    execute("CREATE DATABASE data");
    execute("CREATE TABLE data.t (i INT) ENGINE=InnoDB");
    for (String host : List.of("localhost", "127.0.0.1")) {
      execute(
          "CREATE USER backup@'%s' IDENTIFIED BY '%s'".formatted(host, DatabaseServer.PASSWORD));
      execute("GRANT RELOAD ON *.* TO backup@'%s'".formatted(host));
      execute("GRANT SELECT ON data.* TO backup@'%s'".formatted(host));
      execute("CREATE USER weak@'%s' IDENTIFIED BY '%s'".formatted(host, DatabaseServer.PASSWORD));
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void nobodyElseIsThere() {
    Awaitility.await().until(() -> sessions().equals("0"));
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(String sql) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "";
    }
  }

  /** How many sessions the hook's users have. */
  private static String sessions() throws SQLException {
    return query(
        "SELECT count(*) FROM information_schema.processlist WHERE user IN ('backup', 'weak', 'root')");
  }

  /** Whether somebody can write, found out by writing. */
  private static String lock() {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION lock_wait_timeout = 1");
      statement.execute("INSERT INTO data.t VALUES (1)");
      return FREE;
    } catch (SQLException e) {
      assertThat(e.getMessage()).contains("Lock wait timeout exceeded");
      return LOCKED;
    }
  }

  private static HookSettings hook(String dataSource, Duration timeout) {
    return new HookSettings.MysqlLockTables(
        HookScripts.common(timeout, true), new Secret(dataSource));
  }

  private static HookSettings hook(Duration timeout) {
    return hook("backup:TopSecret@tcp(127.0.0.1:%d)/".formatted(server.port()), timeout);
  }

  private static Hooks hooks(HookSettings... settings) {
    return new Hooks(
        List.of(settings),
        Duration.ofMinutes(10),
        InstantSource.system(),
        HookObserver.NONE,
        NOPLogger.NOP_LOGGER);
  }

  /** The statuses of a bracket, with what the failures say. */
  private static String told(Bracket bracket) {
    return bracket.steps().stream().map(step -> step.status().word()).toList()
        + bracket.failures().map(text -> " " + text).orElse("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backup:TopSecret@tcp(127.0.0.1:PORT)/",
        "backup:TopSecret@tcp(localhost:PORT)/data",
        "backup:TopSecret@unix(SOCKET)/data",
        "USER@unix(SOCKET)/"
      })
  void lockIsHeldDuringTheSnapshotAndGoneAfterIt(String dataSource) throws Exception {
    assumeTrue(!dataSource.startsWith("USER") || DatabaseServer.isRoot());
    String known =
        dataSource
            .replace("USER", "root")
            .replace("PORT", Integer.toString(server.port()))
            .replace("SOCKET", server.socket().toString());
    assertThat(lock()).isEqualTo(FREE);
    Bracket end =
        hooks(hook(known, Duration.ofSeconds(30)))
            .around(
                HookScripts.SUBJECT,
                () -> {
                  assertThat(lock()).isEqualTo(LOCKED);
                  return "";
                },
                state -> {});
    assertThat(told(end)).isEqualTo("[Ok, Ok, Ok]");
    assertThat(lock()).isEqualTo(FREE);
    assertThat(sessions()).isEqualTo("0");
  }

  @Test
  void lockIsGoneAfterAFatalFailureOfALaterHook() throws Exception {
    HookSettings failing =
        new HookSettings.Command(HookScripts.common(Duration.ofSeconds(30), true), "/bin/false");
    Bracket end =
        hooks(hook(Duration.ofSeconds(30)), failing)
            .around(HookScripts.SUBJECT, () -> "", state -> {});
    assertThat(told(end)).startsWith("[Ok, Err, SkippedDueToFatalErr, SkippedDueToFatalErr, Ok]");
    assertThat(lock()).isEqualTo(FREE);
  }

  @Test
  void lockIsGoneAfterAShutdownDuringTheSnapshot() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    Hooks hooks = hooks(hook(Duration.ofSeconds(30)));
    Thread round =
        Thread.ofVirtual()
            .start(() -> {
              try {
                var _ =
                    hooks.around(
                        HookScripts.SUBJECT,
                        () -> {
                          begun.countDown();
                          new CountDownLatch(1).await();
                          return "";
                        },
                        state -> {});
              } catch (InterruptedException e) {
                // what was asked for
              }
            });
    begun.await();
    assertThat(lock()).isEqualTo(LOCKED);
    round.interrupt();
    round.join();
    assertThat(lock()).isEqualTo(FREE);
  }

  @Test
  void timeoutGivesUpAndLeavesNothingWaiting() throws Exception {
    try (Connection other = server.connect();
        Statement statement = other.createStatement()) {
      statement.execute("LOCK TABLES data.t WRITE");
      Bracket end =
          hooks(hook(Duration.ofSeconds(1)))
              .around(
                  HookScripts.SUBJECT,
                  () -> {
                    throw new IllegalStateException("no snapshot without the lock");
                  },
                  state -> {});
      assertThat(told(end))
          .isEqualTo(
              "[Err, SkippedDueToFatalErr, SkippedDueToFatalErr] hook #1 (mysql-lock-tables),"
                  + " pre_snapshot: timed out after 1s");
      // or nobody could write, however long the other session still has its lock
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> sessions().equals("0"));
    }
    assertThat(lock()).isEqualTo(FREE);
  }

  @Test
  void lockThatWasLostDuringTheSnapshotIsAFailure() throws Exception {
    Bracket end =
        hooks(hook(Duration.ofSeconds(30)))
            .around(
                HookScripts.SUBJECT,
                () -> {
                  try {
                    execute(
                        "KILL "
                            + query(
                                "SELECT id FROM information_schema.processlist WHERE user = 'backup'"));
                  } catch (SQLException e) {
                    throw new IllegalStateException(e);
                  }
                  return "";
                },
                state -> {});
    assertThat(told(end))
        .startsWith("[Ok, Ok, Err] hook #1 (mysql-lock-tables), post_snapshot: UNLOCK TABLES");
    assertThat(lock()).isEqualTo(FREE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backup:TopSecretX@tcp(127.0.0.1:PORT)/",
        "weak:TopSecret@tcp(127.0.0.1:PORT)/",
        "backup:TopSecret@tcp(127.0.0.1:1)/",
        "backup:TopSecret@unix(/nowhere/TopSecret)/",
        "backup:TopSecret@tcp(127.0.0.1:PORT)/nosuch",
        "backup:TopSecret@tcp(127.0.0.1:PORT)/?tls=true",
        "backup:TopSecretX@tcp(127.0.0.1:PORT)/?tls=preferred",
        "backup:TopSecret@tcp(127.0.0.1:PORT)/?no_such_variable=1",
      })
  void failureIsToldWithoutThePassword(String dataSource) throws Exception {
    HookRun run =
        new MysqlLockTablesHook(
            (HookSettings.MysqlLockTables)
                hook(
                    dataSource.replace("PORT", Integer.toString(server.port())),
                    Duration.ofSeconds(30)),
            Duration.ofMinutes(5));
    assertThatThrownBy(run::before)
        .isInstanceOf(HookException.class)
        .hasMessageStartingWith("FLUSH TABLES WITH READ LOCK of the MySQL server failed: ")
        .hasMessageNotContaining("TopSecret")
        .hasNoCause();
    assertThat(run.after()).isEmpty();
  }

  @Test
  void encryptionIsUsedIfWantedAndPossibleOnly() throws Exception {
    Bracket end =
        hooks(
                hook(
                    "backup:TopSecret@tcp(127.0.0.1:%d)/?tls=preferred".formatted(server.port()),
                    Duration.ofSeconds(30)))
            .around(HookScripts.SUBJECT, () -> "", state -> {});
    assertThat(told(end)).isEqualTo("[Ok, Ok, Ok]");
  }
}

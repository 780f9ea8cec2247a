package io.zrepl.snapshot.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.helpers.NOPLogger;

/** The hook and a real PostgreSQL. */
@Tag("foreign")
@Timeout(120)
class PostgresCheckpointOnPostgresqlTest {
  private static Server server;

  private static final class Server extends DatabaseServer {
    Server() throws IOException {
      super("postgres");
      Path programs = programs();
      Path data = folder().resolve("data");
      Path password = folder().resolve("password");
      Files.writeString(password, PASSWORD + "\n");
      runAsUser(
          programs.resolve("initdb").toString(),
          "--pgdata=" + data,
          "--username=admin",
          "--pwfile=" + password,
          "--auth=scram-sha-256",
          "--no-sync");
      start(
          programs.resolve("postgres").toString(),
          "-D",
          data.toString(),
          "-p",
          Integer.toString(port()),
          "-c",
          "listen_addresses=127.0.0.1",
          "-c",
          "unix_socket_directories=" + folder(),
          "-c",
          "fsync=off");
    }

    /** The folder of the programs of the newest version that is installed. */
    private static Path programs() throws IOException {
      Path versions = Path.of("/usr/lib/postgresql");
      if (!Files.isDirectory(versions)) {
        return require("postgresql", versions.resolve("bin/initdb").toString());
      }
      try (Stream<Path> all = Files.list(versions)) {
        Path newest = all.max(Comparator.comparing(Path::toString)).orElseThrow();
        Path _ = require("postgresql", newest.resolve("bin/initdb").toString());
        return newest.resolve("bin");
      }
    }

    Connection connect() throws SQLException {
      return DriverManager.getConnection(
          "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(port()), "admin", PASSWORD);
    }
  }

  @BeforeAll
  static void start() throws Exception {
    server = new Server();
    Awaitility.await("the server answers")
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> {
          try (Connection connection = server.connect()) {
            return connection.isValid(1);
          }
        });
    execute("CREATE TABLE t (i INT)");
    execute("CREATE USER weak PASSWORD 'TopSecret'");
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
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

  private static String lastCheckpoint() {
    try {
      return query("SELECT checkpoint_lsn FROM pg_control_checkpoint()");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HookSettings.PostgresCheckpoint hook(String dataSource, Duration timeout) {
    return new HookSettings.PostgresCheckpoint(
        HookScripts.common(timeout, false),
        new Secret(
            dataSource
                .replace("PORT", Integer.toString(server.port()))
                .replace("FOLDER", server.folder().toString())));
  }

  private static Bracket around(HookSettings settings, Hooks.Snapshotting snapshotting)
      throws InterruptedException {
    return new Hooks(
            List.of(settings),
            Duration.ofMinutes(10),
            InstantSource.system(),
            HookObserver.NONE,
            NOPLogger.NOP_LOGGER)
        .around(HookScripts.SUBJECT, snapshotting, state -> {});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host=127.0.0.1 port=PORT user=admin password=TopSecret dbname=postgres sslmode=disable",
        "postgres://admin:TopSecret@127.0.0.1:PORT/postgres?sslmode=disable",
        "host=FOLDER port=PORT user=admin password=TopSecret dbname=postgres",
      })
  void checkpointIsWrittenBeforeTheSnapshot(String dataSource) throws Exception {
    execute("INSERT INTO t VALUES (1)");
    String before = lastCheckpoint();
    Bracket end =
        around(
            hook(dataSource, Duration.ofSeconds(30)),
            () -> {
              assertThat(lastCheckpoint()).isNotEqualTo(before);
              return "";
            });
    assertThat(end.text()).contains(" 1  Ok ", " 2  Ok ", " 3  Ok ");
    assertThat(query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zrepl'"))
        .isEqualTo("0");
  }

  @Test
  void timeoutGivesUp() throws Exception {
    String checkpointer =
        query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
    signal("STOP", checkpointer);
    try {
      Bracket end =
          around(
              hook(
                  "host=FOLDER port=PORT user=admin password=TopSecret dbname=postgres",
                  Duration.ofSeconds(1)),
              () -> "");
      assertThat(end.failures().orElseThrow()).endsWith("pre_snapshot: timed out after 1s");
      assertThat(end.steps())
          .extracting(step -> step.status().word())
          .containsExactly("Err", "Ok", "SkippedDueToPreErr");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zrepl'")
                  .equals("0"));
    } finally {
      signal("CONT", checkpointer);
    }
  }

  private static void signal(String name, String pid) throws Exception {
    assertThat(new ProcessBuilder("sh", "-c", "kill -s " + name + " " + pid).start().waitFor())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host=127.0.0.1 port=PORT user=admin password=TopSecretX sslmode=disable",
        "host=127.0.0.1 port=PORT user=weak password=TopSecret dbname=postgres sslmode=disable",
        "host=127.0.0.1 port=1 user=admin password=TopSecret sslmode=disable",
        "host=127.0.0.1 port=PORT user=admin password=TopSecret",
        "host=/nowhere/TopSecret user=admin password=TopSecret",
        "host=127.0.0.1 port=PORT user=admin password=TopSecret dbname=nosuch sslmode=disable",
        "TopSecret",
      })
  void failureIsToldWithoutThePassword(String dataSource) {
    assertThatThrownBy(
            () -> new PostgresCheckpointHook(hook(dataSource, Duration.ofSeconds(30))).before())
        .isInstanceOf(HookException.class)
        .hasMessageStartingWith("CHECKPOINT of the PostgreSQL server failed: ")
        .hasMessageNotContaining("TopSecret")
        .hasNoCause();
  }
}

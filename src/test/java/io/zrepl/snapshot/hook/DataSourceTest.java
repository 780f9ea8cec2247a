package io.zrepl.snapshot.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How database servers are named. */
class DataSourceTest {
  private static PostgresDataSource postgres(String text) throws InvalidValueException {
    return PostgresDataSource.parse(text, Map.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "host=h port=1 user=u password=p dbname=d|jdbc:postgresql://h:1/d|u|p",
        "host = h  user='u x' password='it\\'s \\\\'|jdbc:postgresql://h:5432/|u x|it's \\",
        "postgres://u:p%40x@h:1/d?sslmode=disable|jdbc:postgresql://h:1/d|u|p@x",
        "postgresql://u@[::1]/a%20b|jdbc:postgresql://[::1]:5432/a+b|u|",
        "host=::1|jdbc:postgresql://[::1]:5432/||",
        "host=/run/postgresql user=postgres|jdbc:postgresql://localhost/|postgres|",
        "user=u|jdbc:postgresql://localhost:5432/|u|",
      })
  void postgresUrlAndLogin(String text, String url, String user, String password)
      throws InvalidValueException {
    PostgresDataSource source = postgres(text);
    assertThat(source.url()).isEqualTo(url);
    assertThat(source.user()).isEqualTo(Optional.ofNullable(user));
    assertThat(source.password()).isEqualTo(Optional.ofNullable(password));
  }

  @Test
  void onlyAServerThatCannotEncryptIsTalkedToInTheClear() {
    assertThat(
            MysqlLockTablesHook.serverCannotEncrypt(
                new SQLException(
                    "x",
                    new SQLException(
                        "Trying to connect with ssl, but ssl not enabled in the server"))))
        .isTrue();
    assertThat(MysqlLockTablesHook.serverCannotEncrypt(new SQLException("Access denied")))
        .isFalse();
  }

  @Test
  void postgresSocketIsInTheFolderThatStandsForTheHost() throws InvalidValueException {
    for (String text :
        new String[] {
          "host=/run/postgresql port=5433", "postgres://u@/d?host=/run/postgresql&port=5433"
        }) {
      PostgresDataSource source = postgres(text);
      assertThat(source.address())
          .isEqualTo(new ServerAddress.Unix(Path.of("/run/postgresql/.s.PGSQL.5433")));
      assertThat(source.properties())
          .containsEntry("sslmode", "disable")
          .containsEntry("socketFactory", UnixSocketFactory.class.getName());
    }
  }

  @Test
  void postgresSettingsGoToTheServer() throws InvalidValueException {
    assertThat(
            postgres(
                    "host=h sslmode=verify-full sslrootcert=/ca search_path='a b' connect_timeout=5")
                .properties())
        .containsEntry("sslmode", "verify-full")
        .containsEntry("sslrootcert", "/ca")
        .containsEntry("options", "-c search_path=a\\ b")
        .containsEntry("ApplicationName", "zrepl");
    assertThat(postgres("host=h").properties()).containsEntry("sslmode", "require");
  }

  @Test
  void postgresEnvironmentFillsTheGaps() throws InvalidValueException {
    PostgresDataSource source =
        PostgresDataSource.parse(
            "user=u", Map.of("PGHOST", "/s", "PGUSER", "other", "PGDATABASE", "d", "PGPORT", ""));
    assertThat(source.address()).isEqualTo(new ServerAddress.Unix(Path.of("/s/.s.PGSQL.5432")));
    assertThat(source.user()).contains("u");
    assertThat(source.database()).contains("d");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TopSecret",
        "host=h password='TopSecret",
        "host=TopSecret port=99999",
        "postgres://[TopSecret",
        "postgres://u:TopSecret%zz@h/",
      })
  void postgresMessagesDoNotShowIt(String text) {
    assertThatThrownBy(() -> postgres(text))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageNotContaining("TopSecret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "u:p@tcp(h:1)/d|jdbc:mariadb://h:1/d|u|p",
        "u:p:q@x@tcp(h)/|jdbc:mariadb://h:3306/|u|p:q@x",
        "u@tcp([::1]:1)/|jdbc:mariadb://[::1]:1/|u|",
        "tcp(h)/d?tls=true|jdbc:mariadb://h:3306/d||",
        "u:/@/|jdbc:mariadb://127.0.0.1:3306/|u|/",
        "/|jdbc:mariadb://127.0.0.1:3306/||",
      })
  void mysqlUrlAndLogin(String text, String url, String user, String password)
      throws InvalidValueException {
    MysqlDataSource source = MysqlDataSource.parse(text);
    assertThat(source.url()).isEqualTo(url);
    assertThat(source.user()).isEqualTo(Optional.ofNullable(user));
    assertThat(source.password()).isEqualTo(Optional.ofNullable(password));
  }

  @Test
  void mysqlSocket() throws InvalidValueException {
    assertThat(MysqlDataSource.parse("root@unix(/run/mysqld/mysqld.sock)/").address())
        .isEqualTo(new ServerAddress.Unix(Path.of("/run/mysqld/mysqld.sock")));
    assertThat(MysqlDataSource.parse("root@unix/").address())
        .isEqualTo(new ServerAddress.Unix(Path.of("/tmp/mysql.sock")));
  }

  @Test
  void mysqlParameters() throws InvalidValueException {
    MysqlDataSource source =
        MysqlDataSource.parse("u@tcp(h)/d?timeout=5s&wait_timeout=60&tls=skip-verify");
    assertThat(source.properties())
        .containsEntry("sslMode", "trust")
        .containsEntry("sessionVariables", "wait_timeout=60");
    assertThat(MysqlDataSource.parse("u@/").properties()).containsEntry("sslMode", "disable");
    assertThat(MysqlDataSource.parse("u@/?tls=preferred").encryptionIsOptional()).isTrue();
    assertThatThrownBy(() -> MysqlDataSource.parse("u@/?tls=mine").properties())
        .hasMessageContaining("tls");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TopSecret",
        "u:TopSecret@tcp(h",
        "u:TopSecret@tcp(h)x/",
        "u:TopSecret@pipe(h)/",
        "u:TopSecret@tcp(h:99999)/",
        "u:TopSecret@tcp(h)/%zz",
      })
  void mysqlMessagesDoNotShowIt(String text) {
    assertThatThrownBy(() -> MysqlDataSource.parse(text))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageNotContaining("TopSecret");
  }
}

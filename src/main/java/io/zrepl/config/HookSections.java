package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Secret;
import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.Scalars;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.schema.Values;
import io.zrepl.model.DatasetFilter;
import io.zrepl.snapshot.hook.HookSettings;
import java.time.Duration;
import java.util.List;

/** {@code snapshotting.hooks}. */
final class HookSections {
  private static final String HIDDEN = "not-shown@/";

  static final Kind<List<HookSettings>> HOOKS =
      ListKind.of(
          "hooks",
          Union.<HookSettings>named("hook")
              .variant("command", new Command())
              .variant("postgres-checkpoint", new PostgresCheckpoint())
              .variant("mysql-lock-tables", new MysqlLockTables()));

  private HookSections() {}

  /** What all hooks have. */
  private abstract static class Hook<T extends HookSettings> extends Section<T> {
    private final Field<Duration> timeout =
        optional(
            "timeout",
            ConfigurationKinds.POSITIVE_TIMEOUT,
            "30s",
            "How long it may take before the snapshot, and again after it.");
    private final Field<Boolean> errorIsFatal =
        optional(
            "err_is_fatal",
            ConfigurationKinds.BOOL,
            "false",
            "Whether no snapshot is taken if it fails before it.");

    Hook(String title, String meaning) {
      super(title, meaning);
    }

    HookSettings.Common common(Values values, Field<DatasetFilter> filesystems) {
      return new HookSettings.Common(
          values.get(filesystems), values.get(timeout), values.get(errorIsFatal));
    }

    Field<DatasetFilter> requiredFilesystems() {
      return required(
          "filesystems",
          ConfigurationKinds.FILESYSTEMS,
          "For which filesystems it runs.",
          "{tank/db: true}");
    }
  }

  private static final class Command extends Hook<HookSettings.Command> {
    private final Field<String> path =
        required(
            "path",
            ConfigurationKinds.TEXT,
            "The program, started without arguments and without a shell; better an absolute path.",
            "/usr/local/libexec/quiesce");
    private final Field<DatasetFilter> filesystems =
        optional(
            "filesystems",
            ConfigurationKinds.FILESYSTEMS,
            "{\"<\": true}",
            "For which filesystems it runs. Empty is for none.",
            "{tank/db: true}");

    Command() {
      super("command hook", "Starts a program before and after each snapshot.");
    }

    @Override
    protected HookSettings.Command build(Values values) {
      return new HookSettings.Command(common(values, filesystems), values.get(path));
    }
  }

  private static final class PostgresCheckpoint extends Hook<HookSettings.PostgresCheckpoint> {
    private final Field<Secret> dataSource =
        required(
            "dsn",
            Scalars.secret("data source", HookSections::anyText, HIDDEN),
            "How to reach the server: `key=value` pairs or a URL. It is never shown.",
            "\"host=/run/postgresql user=postgres\"");
    private final Field<DatasetFilter> filesystems = requiredFilesystems();

    PostgresCheckpoint() {
      super(
          "postgres-checkpoint hook",
          "Lets a PostgreSQL server write a checkpoint before each snapshot.");
    }

    @Override
    protected HookSettings.PostgresCheckpoint build(Values values) {
      return new HookSettings.PostgresCheckpoint(
          common(values, filesystems), values.get(dataSource));
    }
  }

  private static final class MysqlLockTables extends Hook<HookSettings.MysqlLockTables> {
    private final Field<Secret> dataSource =
        required(
            "dsn",
            Scalars.secret("data source", MysqlDataSource::parse, HIDDEN),
            "How to reach the server: `USER:PASSWORD@tcp(HOST:PORT)/`. It is never shown.",
            "\"backup:secret@tcp(127.0.0.1:3306)/\"");
    private final Field<DatasetFilter> filesystems = requiredFilesystems();

    MysqlLockTables() {
      super(
          "mysql-lock-tables hook",
          "Locks the tables of a MySQL or MariaDB server while a snapshot is taken.");
    }

    @Override
    protected HookSettings.MysqlLockTables build(Values values) {
      return new HookSettings.MysqlLockTables(common(values, filesystems), values.get(dataSource));
    }
  }

  private static Secret anyText(String text) throws InvalidValueException {
    if (text.isBlank()) {
      throw new InvalidValueException("the data source must not be blank");
    }
    return new Secret(text);
  }
}

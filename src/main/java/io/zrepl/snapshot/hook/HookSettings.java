package io.zrepl.snapshot.hook;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.Secret;
import io.zrepl.model.DatasetFilter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** What happens around the snapshot of a filesystem ({@code snapshotting.hooks}). */
public sealed interface HookSettings {

  /** What all hooks have. */
  Common common();

  /** The {@code type} in the configuration. */
  String type();

  /** Why it can never succeed, in words that show no password; empty if it may. */
  default Optional<String> problem() {
    return Optional.empty();
  }

  /**
   * What all hooks have.
   *
   * @param filesystems for which filesystems it runs
   * @param timeout positive; how long one edge may take
   * @param errorIsFatal whether a failure before the snapshot prevents the snapshot
   */
  record Common(DatasetFilter filesystems, Duration timeout, boolean errorIsFatal) {
    /** The same with a timeout that is no longer than that. */
    Common atMost(Duration limit) {
      return timeout.compareTo(limit) <= 0 ? this : new Common(filesystems, limit, errorIsFatal);
    }
  }

  /**
   * Starts a program, before and after.
   *
   * @param common what all hooks have
   * @param program its path, or a name to be looked up in {@code PATH}; no arguments
   */
  record Command(Common common, String program) implements HookSettings {
    @Override
    public String type() {
      return "command";
    }
  }

  /**
   * Lets a PostgreSQL server write a checkpoint, before.
   *
   * @param common what all hooks have
   * @param dataSource how to reach it, as {@code key=value} pairs or as a URL
   */
  record PostgresCheckpoint(Common common, Secret dataSource) implements HookSettings {
    @Override
    public String type() {
      return "postgres-checkpoint";
    }

    @Override
    public Optional<String> problem() {
      try {
        PostgresDataSource _ = PostgresDataSource.parse(dataSource.reveal(), Map.of());
        return Optional.empty();
      } catch (InvalidValueException e) {
        return Optional.ofNullable(e.getMessage());
      }
    }
  }

  /**
   * Locks the tables of a MySQL server before, and unlocks them after.
   *
   * @param common what all hooks have
   * @param dataSource how to reach it: {@code [user[:password]@][net[(address)]]/[database]}
   */
  record MysqlLockTables(Common common, Secret dataSource) implements HookSettings {
    @Override
    public String type() {
      return "mysql-lock-tables";
    }

    @Override
    public Optional<String> problem() {
      try {
        Properties _ = MysqlDataSource.parse(dataSource.reveal()).properties();
        return Optional.empty();
      } catch (InvalidValueException e) {
        return Optional.ofNullable(e.getMessage());
      }
    }
  }
}

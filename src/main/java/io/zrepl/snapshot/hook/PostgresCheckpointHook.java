package io.zrepl.snapshot.hook;

import io.zrepl.base.InvalidValueException;
import java.time.Duration;
import java.util.Optional;
import org.postgresql.Driver;

/** Lets a PostgreSQL server write a checkpoint, so that a snapshot needs little recovery. */
final class PostgresCheckpointHook implements HookRun {
  private static final String WHAT = "CHECKPOINT of the PostgreSQL server failed";

  private final HookSettings.PostgresCheckpoint settings;

  PostgresCheckpointHook(HookSettings.PostgresCheckpoint settings) {
    this.settings = settings;
  }

  @Override
  public String before() throws HookException, InterruptedException {
    Duration timeout = settings.common().timeout();
    PostgresDataSource source;
    try {
      source = PostgresDataSource.parse(settings.dataSource().reveal(), System.getenv());
    } catch (InvalidValueException e) {
      throw DatabaseSession.failure(WHAT, e, Optional.empty());
    }
    return Deadline.within(
        timeout,
        () -> {
          try (DatabaseSession session =
              DatabaseSession.open(
                  new Driver(), source.url(), source.properties(), source.address())) {
            // A server that does not notice the end of the connection gives up a little later.
            session.run("SET statement_timeout = " + serverTimeout(timeout));
            session.run("CHECKPOINT");
          }
          return "";
        },
        late -> {},
        cause -> DatabaseSession.failure(WHAT, cause, source.password()));
  }

  /** In milliseconds; the server takes a 32-bit number. */
  private static long serverTimeout(Duration timeout) {
    return Math.min(timeout.plusSeconds(1).toMillis(), Integer.MAX_VALUE);
  }

  /** A checkpoint needs nothing after it. */
  @Override
  public String after() {
    return "";
  }
}

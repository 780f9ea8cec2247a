package io.zrepl.job;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.model.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * What a client hears who may not destroy: a failure of each snapshot, which Go understands too.
 */
final class ForbiddenDestroy {
  private static final String REASON =
      "the serving job forbids its clients to destroy snapshots (serve.forbid_destroy)";

  private ForbiddenDestroy() {}

  static List<DestroyResult> results(List<Snapshot> snapshots) {
    return snapshots.stream()
        .map(snapshot -> new DestroyResult(snapshot.name(), Optional.of(REASON)))
        .toList();
  }
}

package io.zrepl.replicate.run;

import io.zrepl.model.DatasetPath;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What failures that reach beyond one filesystem stop for the rest of an attempt. Steps that run go
 * on to their end; what is stopped starts no further ones.
 *
 * <table>
 * <caption>Reach of a failure</caption>
 * <tr><th>scope</th><th>stopped</th></tr>
 * <tr><td>filesystem</td><td>nothing else</td></tr>
 * <tr><td>pool, on the sender</td><td>the sender's filesystems in the same pool</td></tr>
 * <tr><td>pool, on the receiver</td><td>everything: a receiver keeps all its copies in one pool
 *     </td></tr>
 * <tr><td>peer, job</td><td>everything</td></tr>
 * </table>
 */
final class Stops {
  private final Map<DatasetPath, Failure> senderPools = new LinkedHashMap<>();
  private @Nullable Failure all;

  /**
   * Notes a failure.
   *
   * @return whether it stops more than before
   */
  boolean note(DatasetPath filesystem, Failure failure) {
    return switch (failure.scope()) {
      case FILESYSTEM -> false;
      case POOL ->
          failure.side() == Side.SENDER
              ? senderPools.putIfAbsent(filesystem.pool(), failure) == null
              : stopAll(failure);
      case PEER, JOB -> stopAll(failure);
    };
  }

  private boolean stopAll(Failure failure) {
    if (all != null) {
      return false;
    }
    all = failure;
    return true;
  }

  /** What stops a filesystem, told as the reason why it was not replicated. */
  Optional<Failure> reasonFor(DatasetPath filesystem) {
    Failure reason = all != null ? all : senderPools.get(filesystem.pool());
    return Optional.ofNullable(reason)
        .map(failure ->
            failure.withMessage(
                "not continued, because the %s failed: %s"
                    .formatted(failing(filesystem, failure), failure.message())));
  }

  private static String failing(DatasetPath filesystem, Failure failure) {
    return switch (failure.scope()) {
      case POOL ->
          failure.side() == Side.SENDER ? "sender's pool " + filesystem.pool() : "receiver's pool";
      case PEER -> failure.side().text() + " or the connection to it";
      case JOB, FILESYSTEM -> "job";
    };
  }

  /** What stops everything. */
  Optional<Failure> everything() {
    return Optional.ofNullable(all);
  }
}

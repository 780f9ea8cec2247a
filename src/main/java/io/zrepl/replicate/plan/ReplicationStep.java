package io.zrepl.replicate.plan;

import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import java.util.Optional;

/**
 * One send and receive of one filesystem.
 *
 * @param from base of an incremental send, as the sender has it; empty for a full send
 * @param to the snapshot to send
 * @param resumeToken if the step continues an interrupted receive
 */
public record ReplicationStep(
    Optional<FilesystemVersion> from, Snapshot to, Optional<ResumeToken> resumeToken) {

  /** A step that starts at the beginning. */
  static ReplicationStep full(Snapshot to) {
    return new ReplicationStep(Optional.empty(), to, Optional.empty());
  }

  /** A step that starts at the beginning of the difference. */
  static ReplicationStep incremental(FilesystemVersion from, Snapshot to) {
    return new ReplicationStep(Optional.of(from), to, Optional.empty());
  }

  /** Whether the stream has no base. */
  public boolean isFull() {
    return from.isEmpty();
  }

  /** For messages: {@code @to (full)} or {@code @from => @to}. */
  public String describe() {
    return from.map(base -> base.relativeName() + " => " + to.relativeName())
        .orElseGet(() -> to.relativeName() + " (full)");
  }
}

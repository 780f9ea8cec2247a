package io.zrepl.replicate.plan;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.FilesystemVersion;
import java.util.List;
import java.util.Optional;

/**
 * Everything that a plan depends on, besides the policy.
 *
 * @param sender the sender's filesystem
 * @param receiver the receiver's filesystem of the same path, if it exists
 * @param senderVersions in any order; not used for a placeholder
 * @param receiverVersions in any order; empty if the filesystem does not exist, or is a placeholder
 *     without a version in common
 * @param partialState of the receiver's filesystem
 */
public record PlanInput(
    FilesystemEntry sender,
    Optional<FilesystemEntry> receiver,
    List<FilesystemVersion> senderVersions,
    List<FilesystemVersion> receiverVersions,
    PartialState partialState) {
  /** Copies the lists. */
  public PlanInput {
    senderVersions = List.copyOf(senderVersions);
    receiverVersions = List.copyOf(receiverVersions);
  }

  PlanInput withPartialState(PartialState other) {
    return new PlanInput(sender, receiver, senderVersions, receiverVersions, other);
  }

  PlanInput withSenderVersions(List<FilesystemVersion> other) {
    return new PlanInput(sender, receiver, other, receiverVersions, partialState);
  }
}

package io.zrepl.prune;

import io.zrepl.model.Snapshot;

/**
 * A snapshot that the rules judge.
 *
 * @param snapshot the snapshot
 * @param replicated whether it counts as replicated, see {@link ReplicatedAttribute}
 */
public record PruneCandidate(Snapshot snapshot, boolean replicated) {}

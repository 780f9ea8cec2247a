package io.zrepl.zfs;

import java.util.Optional;

/**
 * What became of one snapshot of a batch destroy.
 *
 * @param snapshotName without filesystem and "@"
 * @param reason why it still exists, as ZFS says it; empty if it is gone
 */
public record DestroyOutcome(String snapshotName, Optional<String> reason) {}

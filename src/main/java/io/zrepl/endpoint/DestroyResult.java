package io.zrepl.endpoint;

import java.util.Optional;

/**
 * What became of a snapshot that was to be destroyed.
 *
 * @param snapshotName without filesystem and "@"
 * @param error why it still exists; empty if it is gone
 */
public record DestroyResult(String snapshotName, Optional<String> error) {}

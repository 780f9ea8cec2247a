package io.zrepl.zfs;

import io.zrepl.model.SnapshotPath;

/**
 * A user hold.
 *
 * @param snapshot the held snapshot
 * @param tag its tag; may contain blanks
 */
public record Hold(SnapshotPath snapshot, String tag) {}

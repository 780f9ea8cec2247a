package io.zrepl.snapshot.hook;

import io.zrepl.model.DatasetPath;

/**
 * The snapshot around which hooks run.
 *
 * @param filesystem of which
 * @param snapshotName without "@"
 */
public record HookSubject(DatasetPath filesystem, String snapshotName) {}

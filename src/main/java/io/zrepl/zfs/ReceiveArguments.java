package io.zrepl.zfs;

import io.zrepl.model.PropertyName;
import io.zrepl.model.SnapshotPath;
import java.util.List;
import java.util.Map;

/**
 * How to receive.
 *
 * @param target the snapshot that the stream will become
 * @param force {@code -F}; the existing dataset must have no snapshots any more
 * @param savePartialState {@code -s}
 * @param inherit properties for {@code -x}, in order
 * @param override properties for {@code -o}, in order; their values may be empty
 */
public record ReceiveArguments(
    SnapshotPath target,
    boolean force,
    boolean savePartialState,
    List<PropertyName> inherit,
    Map<PropertyName, String> override) {}

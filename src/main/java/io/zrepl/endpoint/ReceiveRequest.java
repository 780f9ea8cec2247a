package io.zrepl.endpoint;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.Snapshot;

/**
 * One replication step as the receiver sees it.
 *
 * @param filesystem the sender's filesystem
 * @param to the snapshot that arrives
 * @param fullStream whether the stream has no base
 * @param clearPartialState whether partial state of an earlier receive is dropped first: set
 *     exactly when the sender confirmed that it does not continue from it
 * @param protection guarantees of the job
 */
public record ReceiveRequest(
    DatasetPath filesystem,
    Snapshot to,
    boolean fullStream,
    boolean clearPartialState,
    ReplicationProtection protection) {}

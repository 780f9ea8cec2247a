package io.zrepl.endpoint;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import java.util.Optional;

/**
 * One replication step as the sender sees it.
 *
 * @param filesystem the sender's filesystem
 * @param from base of an incremental step; empty for a full send
 * @param to the snapshot to send
 * @param resumeToken the receiver's token, if the step continues an interrupted one
 * @param protection guarantees of this job
 */
public record SendRequest(
    DatasetPath filesystem,
    Optional<FilesystemVersion> from,
    Snapshot to,
    Optional<ResumeToken> resumeToken,
    ReplicationProtection protection) {}

package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import java.util.Optional;

/**
 * What to send. Whoever makes this has checked that the versions exist with these guids, and that a
 * token belongs to them.
 *
 * @param filesystem the filesystem or volume
 * @param from base of an incremental send; empty for a full one
 * @param to the snapshot to send
 * @param flags options; ignored by ZFS when a token is given
 * @param resumeToken continues an interrupted receive; then {@code from} and {@code to} are only
 *     informative
 */
public record SendArguments(
    DatasetPath filesystem,
    Optional<FilesystemVersion> from,
    Snapshot to,
    SendFlags flags,
    Optional<ResumeToken> resumeToken) {}

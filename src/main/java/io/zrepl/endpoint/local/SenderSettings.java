package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetFilter;
import io.zrepl.model.JobId;
import io.zrepl.zfs.SendFlags;

/**
 * Settings of a sender on this machine.
 *
 * @param job part of the names of its cursors and holds
 * @param filesystems what it offers
 * @param flags options of {@code zfs send}
 */
public record SenderSettings(JobId job, DatasetFilter filesystems, SendFlags flags) {}

package io.zrepl.zfs;

import java.time.Instant;

/**
 * A child that was killed and does not die: it sleeps uninterruptibly in the kernel, as on a
 * suspended pool.
 *
 * @param command what it is
 * @param killedAt since when it should be gone
 */
public record StuckProcess(RunningCommand command, Instant killedAt) {}

package io.zrepl.job;

import java.time.Instant;

/**
 * A run of a job that has ended: of an active job an invocation that replicates, of a snap job a
 * pruning. Immutable.
 *
 * @param startedAt when its replication or pruning began, as its report says
 * @param succeeded whether it came to its end and nothing failed
 */
public record EndedRun(Instant startedAt, boolean succeeded) {}

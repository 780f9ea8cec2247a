package io.zrepl.config;

import io.zrepl.config.schema.Field;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Scalars;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Values;
import io.zrepl.config.schema.Words;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.replicate.InitialReplication;

/** {@code replication} and {@code conflict_resolution}. */
final class ReplicationSections {
  /** {@code replication}. */
  record Replication(ReplicationProtection protection, Concurrency concurrency) {}

  /** {@code replication.concurrency}. */
  record Concurrency(int steps, int sizeEstimates) {}

  private ReplicationSections() {}

  static final class ReplicationSection extends Section<Replication> {
    private final Field<ReplicationProtection> protection =
        withDefaults("protection", new ProtectionSection(), "What protects a step.");
    private final Field<Concurrency> concurrency =
        withDefaults("concurrency", new ConcurrencySection(), "How much runs at once.");

    ReplicationSection() {
      super("replication", "How snapshots are replicated.");
    }

    @Override
    protected Replication build(Values values) {
      return new Replication(values.get(protection), values.get(concurrency));
    }
  }

  private static final class ProtectionSection extends Section<ReplicationProtection> {
    private static final Kind<ReplicationGuarantee> GUARANTEE =
        Words.<ReplicationGuarantee>named("guarantee")
            .word("guarantee_resumability", ReplicationGuarantee.RESUMABILITY)
            .word("guarantee_incremental", ReplicationGuarantee.INCREMENTAL)
            .word("guarantee_nothing", ReplicationGuarantee.NOTHING)
            .kind();

    private final Field<ReplicationGuarantee> initial =
        optional("initial", GUARANTEE, "guarantee_resumability", "For full sends.");
    private final Field<ReplicationGuarantee> incremental =
        optional("incremental", GUARANTEE, "guarantee_resumability", "For incremental sends.");

    ProtectionSection() {
      super("replication protection", "Which holds and bookmarks protect the snapshots of a step.");
    }

    @Override
    protected ReplicationProtection build(Values values) {
      return new ReplicationProtection(values.get(initial), values.get(incremental));
    }
  }

  private static final class ConcurrencySection extends Section<Concurrency> {
    private static final Kind<Integer> AT_LEAST_ONE = Scalars.integer(1, Integer.MAX_VALUE);

    private final Field<Integer> steps =
        optional("steps", AT_LEAST_ONE, "1", "How many filesystems are sent at once.");
    private final Field<Integer> sizeEstimates =
        optional("size_estimates", AT_LEAST_ONE, "4", "How many sizes are estimated at once.");

    ConcurrencySection() {
      super("replication concurrency", "How much runs at once.");
    }

    @Override
    protected Concurrency build(Values values) {
      return new Concurrency(values.get(steps), values.get(sizeEstimates));
    }
  }

  static final class ConflictResolution extends Section<InitialReplication> {
    private final Field<InitialReplication> initialReplication =
        optional(
            "initial_replication",
            Words.<InitialReplication>named("way of initial replication")
                .word("most_recent", InitialReplication.MOST_RECENT)
                .word("all", InitialReplication.ALL)
                .word("fail", InitialReplication.FAIL)
                .kind(),
            "most_recent",
            "What is sent of a filesystem of which the receiver has no snapshot: the newest, all, or nothing (`fail`).");

    ConflictResolution() {
      super("conflict_resolution", "What is decided without asking.");
    }

    @Override
    protected InitialReplication build(Values values) {
      return values.get(initialReplication);
    }
  }
}

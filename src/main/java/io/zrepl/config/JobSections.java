package io.zrepl.config;

import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.job.JobSettings;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.ReplicationSettings;

/** {@code jobs}: one section per type. */
final class JobSections {
  static final String NAME_MEANING =
      "Unique name. It is part of names on disk: a renamed job does not find its cursors again.";
  static final String CONNECT_MEANING =
      "How it reaches the other job; see [connect and serve](transports.md).";
  static final String SERVE_MEANING =
      "Where it waits for clients; see [connect and serve](transports.md).";
  static final String SNAPSHOTTING_MEANING =
      "When it takes snapshots; see [snapshotting](snapshotting.md).";
  static final String SEND_MEANING = "How it sends; see [send](send.md).";
  static final String RECEIVE_MEANING = "How it receives; see [recv](recv.md).";
  static final String PRUNING_MEANING =
      "Which snapshots it keeps on both sides; see [pruning](pruning.md).";
  static final String REPLICATION_MEANING = "How it replicates; see [replication](replication.md).";
  static final String CONFLICT_MEANING =
      "What it decides by itself; see [replication](replication.md).";

  // One instance for the job types that have it.
  static final Section<SendOptions> SEND = new SendSection();
  static final Section<ReceiveOptions> RECEIVE = new ReceiveSection();
  static final Section<ReplicationSections.Replication> REPLICATION =
      new ReplicationSections.ReplicationSection();
  static final Section<InitialReplication> CONFLICT_RESOLUTION =
      new ReplicationSections.ConflictResolution();
  static final PruningSections.BothSides PRUNING = new PruningSections.BothSides();

  static final Kind<JobSettings> JOB =
      Union.<JobSettings>named("job")
          .variant("push", new ActiveJobSections.Push())
          .variant("pull", new ActiveJobSections.Pull())
          .variant("sink", new PassiveJobSections.Sink())
          .variant("source", new PassiveJobSections.Source())
          .variant("snap", new SnapSection());

  private JobSections() {}

  static ReplicationSettings settings(
      ReplicationSections.Replication replication, InitialReplication initial) {
    return new ReplicationSettings(
        replication.protection(),
        replication.concurrency().steps(),
        replication.concurrency().sizeEstimates(),
        initial);
  }
}

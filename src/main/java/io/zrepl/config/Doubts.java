package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Position;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.PropertyName;
import io.zrepl.prune.KeepRule;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Warns of what is valid in each part and probably not meant in the whole. */
final class Doubts {
  /** Any time does: a regular expression that depends on the time of a snapshot is a slip too. */
  private static final Instant SAMPLE_TIME = Instant.parse("2026-07-04T05:06:07.089Z");

  private final List<JobSettings> jobs;
  private final List<YamlNode> nodes;
  private final Problems problems;

  private Doubts(List<JobSettings> jobs, List<YamlNode> nodes, Problems problems) {
    this.jobs = jobs;
    this.nodes = nodes;
    this.problems = problems;
  }

  /**
   * Looks at a valid configuration.
   *
   * @param root what it was read from
   */
  static void check(YamlNode root, Configuration configuration, Problems problems) {
    if (root instanceof YamlNode.Mapping mapping
        && mapping.get("jobs").orElse(mapping) instanceof YamlNode.Sequence sequence) {
      Doubts doubts = new Doubts(configuration.jobs(), sequence.elements(), problems);
      for (int i = 0; i < doubts.jobs.size(); i++) {
        if (doubts.jobs.get(i) instanceof JobSettings.Push push) {
          doubts.copiesOfCopies(i, push);
          doubts.rulesWithoutCursor(i, push);
          doubts.receiverKeepsNothing(i, push);
        } else if (doubts.jobs.get(i) instanceof JobSettings.Sink sink) {
          doubts.propertiesNamedTwice(i, sink.receive());
        }
      }
    }
  }

  /** A job that selects where its own copies land would copy them too, round after round. */
  private void copiesOfCopies(int index, JobSettings.Push push) {
    ConnectSettings.Local connect =
        switch (push.connect()) {
          case ConnectSettings.Local local -> local;
        };
    for (int i = 0; i < jobs.size(); i++) {
      if (jobs.get(i) instanceof JobSettings.Sink sink
          && sink.serve() instanceof ServeSettings.Local serve
          && serve.listenerName().equals(connect.listenerName())
          && selectsBelow(push, sink.rootFilesystem() + "/" + connect.clientIdentity())) {
        warn(
            index,
            "filesystems",
            "this also selects %s/%s, where jobs[%d] puts the copies, so that copies would be copied again and again; exclude \"%s<\""
                .formatted(
                    sink.rootFilesystem(), connect.clientIdentity(), i, sink.rootFilesystem()));
      }
    }
  }

  private static boolean selectsBelow(JobSettings.Push push, String path) {
    try {
      return push.filesystems().matches(DatasetPath.parse(path + "/x"));
    } catch (InvalidValueException e) {
      return false; // too long: nothing can be there
    }
  }

  private void rulesWithoutCursor(int index, JobSettings.Push push) {
    ReplicationProtection protection = push.replication().protection();
    boolean unprotected =
        protection.initial() == ReplicationGuarantee.NOTHING
            || protection.incremental() == ReplicationGuarantee.NOTHING;
    if (unprotected && hasNotReplicated(push.pruning().keepSender())) {
      warn(
          index,
          "pruning.keep_sender",
          "the rule not_replicated needs the replication cursor, which guarantee_nothing removes; such filesystems are not pruned");
    }
    if (hasNotReplicated(push.pruning().keepReceiver())) {
      warn(
          index,
          "pruning.keep_receiver",
          "the rule not_replicated is of no use on the receiver: what is there is replicated");
    }
  }

  private static boolean hasNotReplicated(List<KeepRule> rules) {
    return rules.stream().anyMatch(KeepRule.NotReplicated.class::isInstance);
  }

  private void receiverKeepsNothing(int index, JobSettings.Push push) {
    if (push.snapshotting() instanceof SnapshottingSettings.Periodic periodic) {
      String name = periodic.names().nameAt(SAMPLE_TIME);
      if (push.pruning().keepReceiver().stream().noneMatch(rule -> mayKeep(rule, name))) {
        warn(
            index,
            "pruning.keep_receiver",
            "no rule keeps the snapshots that this job takes (%s), so that the receiver would lose them soon"
                .formatted(name));
      }
    }
  }

  private static boolean mayKeep(KeepRule rule, String name) {
    return switch (rule) {
      case KeepRule.NotReplicated _ -> false;
      case KeepRule.LastN last ->
          last.regex().map(regex -> regex.matcher(name).find()).orElse(true);
      case KeepRule.Regex regex -> regex.regex().matcher(name).find() != regex.negate();
      case KeepRule.Grid grid -> grid.regex().matcher(name).find();
    };
  }

  private void propertiesNamedTwice(int index, ReceiveOptions receive) {
    Set<PropertyName> seen = new HashSet<>(receive.override().keySet());
    for (PropertyName name : receive.inherit()) {
      if (!seen.add(name)) {
        warn(
            index,
            "recv.properties.inherit",
            "zfs receive refuses a property that is named twice, here %s".formatted(name));
        return;
      }
    }
  }

  private void warn(int index, String key, String message) {
    Optional<YamlNode> node = Optional.of(nodes.get(index));
    for (String step : key.split("\\.", -1)) {
      node =
          node.flatMap(
              at -> at instanceof YamlNode.Mapping mapping ? mapping.get(step) : Optional.empty());
    }
    problems.warning(
        node.map(YamlNode::position).orElse(Position.WHOLE_FILE),
        "jobs[%d].%s".formatted(index, key),
        message);
  }
}

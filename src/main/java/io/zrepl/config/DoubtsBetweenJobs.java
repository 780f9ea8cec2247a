package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.transport.ConnectSettings;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Warns of jobs that get into each other's way. */
final class DoubtsBetweenJobs {
  /** The pairs of more jobs are not looked at: that would take long. */
  private static final int MOST_JOBS = 10_000;

  /** Of so many jobs at one local listener, the pairs are looked at. */
  private static final int MOST_PAIRS = 10_000;

  private static final String FILESYSTEMS = "filesystems";

  private final List<KnownJob> jobs;

  private DoubtsBetweenJobs(List<JobNode> all) {
    jobs = KnownJob.of(all, MOST_JOBS);
  }

  static void check(List<JobNode> all) {
    DoubtsBetweenJobs doubts = new DoubtsBetweenJobs(all);
    doubts.localPairs();
    doubts.overlappingRoots();
    SharedDatasets.check(doubts.jobs);
  }

  /** Jobs that meet by a local transport. */
  private void localPairs() {
    Map<String, List<KnownJob>> serving = KnownJob.serving(jobs);
    int pairs = 0;
    for (KnownJob job : jobs) {
      if (job.connect().orElse(null) instanceof ConnectSettings.Local local) {
        for (KnownJob other : serving.getOrDefault(local.listenerName(), List.of())) {
          if (pairs++ < MOST_PAIRS) {
            localPair(job, other, local);
          }
        }
      }
    }
  }

  private static void localPair(KnownJob active, KnownJob passive, ConnectSettings.Local connect) {
    if (active.settings() instanceof JobSettings.Push push
        && passive.settings() instanceof JobSettings.Sink sink) {
      String target = sink.rootFilesystem() + "/" + connect.clientIdentity();
      copiesOfCopies(
          active.node(), push.filesystems(), target, passive.node(), sink.rootFilesystem());
      sentProperties(active.node(), passive.node());
    }
    if (active.settings() instanceof JobSettings.Pull pull
        && passive.settings() instanceof JobSettings.Source source) {
      String target = pull.rootFilesystem().toString();
      copiesOfCopies(
          passive.node(), source.filesystems(), target, active.node(), pull.rootFilesystem());
      sentProperties(passive.node(), active.node());
    }
  }

  /** A job that selects where its own copies land would copy them too, round after round. */
  private static void copiesOfCopies(
      JobNode sender, DatasetFilter filter, String target, JobNode receiver, DatasetPath root) {
    if (selects(filter, target + "/x")) {
      sender.warn(
          FILESYSTEMS,
          "this also selects %s, where %s puts the copies, so that copies would be copied again and again; exclude \"%s<\""
              .formatted(target, receiver.seenFrom(sender), root));
    }
  }

  private static boolean selects(DatasetFilter filter, String path) {
    try {
      return filter.matches(DatasetPath.parse(path));
    } catch (InvalidValueException e) {
      return false; // too long: nothing can be there
    }
  }

  /** A replica that is mounted over the original, or over the root of the receiving machine. */
  private static void sentProperties(JobNode sender, JobNode receiver) {
    List<String> missing = Doubts.notSet(receiver);
    if (Doubts.sendsProperties(sender) && !missing.isEmpty()) {
      sender.warn(
          "send",
          "properties are sent along, and recv.properties of %s does not override or inherit %s: replicas may be mounted over the originals"
              .formatted(receiver.seenFrom(sender), String.join(" and ", missing)));
    }
  }

  private void overlappingRoots() {
    TreeMap<String, JobNode> earlier = new TreeMap<>();
    for (KnownJob job : jobs) {
      job.root()
          .map(DatasetPath::toString)
          .ifPresent(root -> {
            overlapping(root, earlier).ifPresent(other -> overlappingRoot(job.node(), other));
            earlier.putIfAbsent(root, job.node());
          });
    }
  }

  /** The root that is the same, above or below, with its job. */
  private static Optional<Map.Entry<String, JobNode>> overlapping(
      String root, NavigableMap<String, JobNode> others) {
    for (int end = root.length(); end > 0; end = root.lastIndexOf('/', end - 1)) {
      String place = root.substring(0, end);
      JobNode job = others.get(place);
      if (job != null) {
        return Optional.of(Map.entry(place, job));
      }
    }
    return Optional.ofNullable(others.ceilingEntry(root + "/"))
        .filter(below -> below.getKey().startsWith(root + "/"));
  }

  private static void overlappingRoot(JobNode job, Map.Entry<String, JobNode> other) {
    job.warn(
        "root_fs",
        "this overlaps with the root_fs of %s (%s): the two jobs may receive into each other's datasets"
            .formatted(other.getValue().seenFrom(job), other.getKey()));
  }
}

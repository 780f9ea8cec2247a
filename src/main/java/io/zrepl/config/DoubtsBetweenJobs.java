package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.prune.KeepRule;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Warns of jobs that get into each other's way. */
final class DoubtsBetweenJobs {
  /** The pairs of more jobs are not looked at: that would take long. */
  private static final int MOST_JOBS = 10_000;

  /** More cannot be told anyway. */
  private static final int MOST_OVERLAPS = 1000;

  /** Enough for thousands of jobs, and still less than a second. */
  private static final int MOST_COMPARISONS = 1_000_000;

  /** Of so many jobs at one local listener, the pairs are looked at. */
  private static final int MOST_PAIRS = 10_000;

  private static final String FILESYSTEMS = "filesystems";

  /** A job and what it means. */
  private record Known(JobNode node, JobSettings settings) {}

  private final List<Known> jobs;

  private DoubtsBetweenJobs(List<JobNode> all) {
    jobs =
        all.stream()
            .limit(MOST_JOBS)
            .flatMap(job -> job.settings().map(settings -> new Known(job, settings)).stream())
            .toList();
  }

  static void check(List<JobNode> all) {
    DoubtsBetweenJobs doubts = new DoubtsBetweenJobs(all);
    doubts.localPairs();
    doubts.overlappingRoots();
    doubts.overlappingFilters();
  }

  /** Jobs that meet by a local transport. */
  private void localPairs() {
    Map<String, List<Known>> serving = new HashMap<>();
    for (Known job : jobs) {
      listenerName(job.settings)
          .ifPresent(name -> serving.computeIfAbsent(name, _ -> new ArrayList<>()).add(job));
    }
    int pairs = 0;
    for (Known job : jobs) {
      if (connect(job.settings).orElse(null) instanceof ConnectSettings.Local local) {
        for (Known other : serving.getOrDefault(local.listenerName(), List.of())) {
          if (pairs++ < MOST_PAIRS) {
            localPair(job, other, local);
          }
        }
      }
    }
  }

  private static void localPair(Known active, Known passive, ConnectSettings.Local connect) {
    if (active.settings instanceof JobSettings.Push push
        && passive.settings instanceof JobSettings.Sink sink) {
      String target = sink.rootFilesystem() + "/" + connect.clientIdentity();
      copiesOfCopies(active.node, push.filesystems(), target, passive.node, sink.rootFilesystem());
      sentProperties(active.node, passive.node);
    }
    if (active.settings instanceof JobSettings.Pull pull
        && passive.settings instanceof JobSettings.Source source) {
      String target = pull.rootFilesystem().toString();
      copiesOfCopies(
          passive.node, source.filesystems(), target, active.node, pull.rootFilesystem());
      sentProperties(passive.node, active.node);
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
    for (Known job : jobs) {
      root(job.settings)
          .map(DatasetPath::toString)
          .ifPresent(root -> {
            overlapping(root, earlier).ifPresent(other -> overlappingRoot(job.node, other));
            earlier.putIfAbsent(root, job.node);
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

  private static Optional<DatasetPath> root(JobSettings settings) {
    return switch (settings) {
      case JobSettings.Sink sink -> Optional.of(sink.rootFilesystem());
      case JobSettings.Pull pull -> Optional.of(pull.rootFilesystem());
      default -> Optional.empty();
    };
  }

  private void overlappingFilters() {
    List<Known> selecting = jobs.stream().filter(job -> filter(job.settings).isPresent()).toList();
    OverlappingFilters.of(
            selecting.stream().flatMap(job -> filter(job.settings).stream()).toList(),
            MOST_OVERLAPS,
            MOST_COMPARISONS)
        .overlaps()
        .forEach(overlap ->
            overlap(
                selecting.get(overlap.first()), selecting.get(overlap.second()), overlap.common()));
  }

  private static void overlap(Known first, Known second, String common) {
    Optional<String> prefix = KeepDoubts.names(first.settings).map(SnapshotNaming::prefix);
    if (prefix.isPresent()
        && prefix.equals(KeepDoubts.names(second.settings).map(SnapshotNaming::prefix))) {
      second.node.warn(
          FILESYSTEMS,
          "%s selects %s too, and both take snapshots with the prefix \"%s\": their names can collide, and each prunes those of the other"
              .formatted(first.node.seenFrom(second.node), common, prefix.get()));
      return;
    }
    destroyed(first, second, common);
    destroyed(second, first, common);
  }

  /** Whether one job prunes what another takes. */
  private static void destroyed(Known pruner, Known taker, String common) {
    List<KeepRule> rules =
        switch (pruner.settings) {
          case JobSettings.Push push -> push.pruning().keepSender();
          case JobSettings.Snap snap -> snap.keep();
          default -> List.of();
        };
    KeepDoubts.ownName(taker.settings)
        .filter(name -> !rules.isEmpty() && !KeepDoubts.keepsAll(rules, name))
        .ifPresent(name ->
            pruner.node.warn(
                "pruning",
                (KeepDoubts.mayKeep(rules, name)
                        ? "%s selects %s too, and the rules here keep only some of the snapshots that it takes (%s) and destroy the others; a rule {type: regex, regex: ...} keeps them all"
                        : "%s selects %s too, and no rule here keeps the snapshots that it takes (%s)")
                    .formatted(taker.node.seenFrom(pruner.node), common, name)));
  }

  private static Optional<DatasetFilter> filter(JobSettings settings) {
    return switch (settings) {
      case JobSettings.Push push -> Optional.of(push.filesystems());
      case JobSettings.Source source -> Optional.of(source.filesystems());
      case JobSettings.Snap snap -> Optional.of(snap.filesystems());
      default -> Optional.empty();
    };
  }

  private static Optional<ConnectSettings> connect(JobSettings settings) {
    return switch (settings) {
      case JobSettings.Push push -> Optional.of(push.connect());
      case JobSettings.Pull pull -> Optional.of(pull.connect());
      default -> Optional.empty();
    };
  }

  private static Optional<String> listenerName(JobSettings settings) {
    Optional<ServeSettings> serve =
        switch (settings) {
          case JobSettings.Sink sink -> Optional.of(sink.serve());
          case JobSettings.Source source -> Optional.of(source.serve());
          default -> Optional.empty();
        };
    return serve.flatMap(how ->
        how instanceof ServeSettings.Local local
            ? Optional.of(local.listenerName())
            : Optional.empty());
  }
}

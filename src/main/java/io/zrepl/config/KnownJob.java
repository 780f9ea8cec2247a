package io.zrepl.config;

import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.prune.KeepRule;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A job that has no problem, for checks that look at several.
 *
 * @param node where it is written
 * @param settings what it means
 */
record KnownJob(JobNode node, JobSettings settings) {

  /** The first ones of a configuration. */
  static List<KnownJob> of(List<JobNode> jobs, int most) {
    return jobs.stream()
        .limit(most)
        .flatMap(job -> job.settings().map(settings -> new KnownJob(job, settings)).stream())
        .toList();
  }

  /** Those that serve a local listener, by its name. */
  static Map<String, List<KnownJob>> serving(List<KnownJob> jobs) {
    Map<String, List<KnownJob>> serving = new HashMap<>();
    for (KnownJob job : jobs) {
      job.listenerName()
          .ifPresent(name -> serving.computeIfAbsent(name, _ -> new ArrayList<>()).add(job));
    }
    return serving;
  }

  /** Which datasets of this machine it sends, or takes snapshots of. */
  Optional<DatasetFilter> filter() {
    return switch (settings) {
      case JobSettings.Push push -> Optional.of(push.filesystems());
      case JobSettings.Source source -> Optional.of(source.filesystems());
      case JobSettings.Snap snap -> Optional.of(snap.filesystems());
      case JobSettings.Pull _, JobSettings.Sink _, JobSettings.Unusable _ -> Optional.empty();
    };
  }

  /** Below which dataset it receives. */
  Optional<DatasetPath> root() {
    return switch (settings) {
      case JobSettings.Sink sink -> Optional.of(sink.rootFilesystem());
      case JobSettings.Pull pull -> Optional.of(pull.rootFilesystem());
      default -> Optional.empty();
    };
  }

  /** By which rules it prunes the datasets that it sends or takes snapshots of; none if not. */
  List<KeepRule> rulesOfOriginals() {
    return switch (settings) {
      case JobSettings.Push push -> push.pruning().keepSender();
      case JobSettings.Pull pull -> pull.pruning().keepSender();
      case JobSettings.Snap snap -> snap.keep();
      case JobSettings.Source _, JobSettings.Sink _, JobSettings.Unusable _ -> List.of();
    };
  }

  /** How it connects to the other side. */
  Optional<ConnectSettings> connect() {
    return switch (settings) {
      case JobSettings.Push push -> Optional.of(push.connect());
      case JobSettings.Pull pull -> Optional.of(pull.connect());
      default -> Optional.empty();
    };
  }

  /** The local listener that it serves. */
  Optional<String> listenerName() {
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

  /** The source on this machine that it pulls from, if it does. */
  Optional<KnownJob> localSource(Map<String, List<KnownJob>> serving) {
    return settings instanceof JobSettings.Pull pull
            && pull.connect() instanceof ConnectSettings.Local local
        ? serving.getOrDefault(local.listenerName(), List.of()).stream()
            .filter(job -> job.settings instanceof JobSettings.Source)
            .findFirst()
        : Optional.empty();
  }
}

package io.zrepl.config;

import io.zrepl.config.yaml.ScalarResolution;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.job.JobSettings;
import io.zrepl.logging.OutletSettings;
import io.zrepl.model.PropertyName;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.snapshot.CronSchedule;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.snapshot.hook.HookSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Warns of what is valid in each part of a job and probably not meant in the whole. */
final class Doubts {
  private static final String TIMESTAMP_FORMAT = "snapshotting.timestamp_format";

  /** Nearly four years before the next leap day. */
  private static final Instant AFTER_LEAP_DAY = Instant.parse("2024-03-01T12:00:00Z");

  private static final Duration LEAP_YEAR = Duration.ofDays(366);

  private final JobNode job;

  private Doubts(JobNode job) {
    this.job = job;
  }

  /** Looks at valid files. */
  static void check(List<SourceFile> files) {
    List<JobNode> jobs = files.stream().flatMap(file -> file.jobs().stream()).toList();
    List<KnownJob> known = KnownJob.of(jobs, Integer.MAX_VALUE);
    Map<String, List<KnownJob>> serving = KnownJob.serving(known);
    for (KnownJob job : known) {
      new Doubts(job.node()).check(job.settings());
      new KeepDoubts(job, job.localSource(serving)).check(job.settings());
    }
    DoubtsBetweenJobs.check(jobs);
    outlets(files.getFirst());
  }

  private static void outlets(SourceFile main) {
    main
        .content()
        .map(content -> content.value().global().logging().outlets())
        .orElse(List.of())
        .stream()
        .filter(outlet -> outlet instanceof OutletSettings.Tcp tcp && tcp.tls().isPresent())
        .findFirst()
        .flatMap(_ -> main.get("global"))
        .ifPresent(global ->
            main.problems()
                .notPortable(
                    global instanceof YamlNode.Mapping keys
                        ? keys.get("logging").orElse(global).position()
                        : global.position(),
                    "global.logging",
                    "a tcp outlet with tls: with Go zrepl, its handshake always fails"));
  }

  private void check(JobSettings settings) {
    switch (settings) {
      case JobSettings.Push push -> {
        snapshotting(push.snapshotting());
        saved(push.send());
        connect(push.connect());
        rulesWithoutCursor(push.replication(), push.pruning());
        sentProperties(push.connect() instanceof ConnectSettings.Local);
      }
      case JobSettings.Pull pull -> {
        connect(pull.connect());
        propertiesNamedTwice(pull.receive());
        rulesWithoutCursor(pull.replication(), pull.pruning());
        receivedProperties(pull.connect() instanceof ConnectSettings.Local);
      }
      case JobSettings.Source source -> {
        snapshotting(source.snapshotting());
        saved(source.send());
        sentProperties(source.serve() instanceof ServeSettings.Local);
      }
      case JobSettings.Snap snap -> snapshotting(snap.snapshotting());
      case JobSettings.Sink sink -> propertiesNamedTwice(sink.receive());
      case JobSettings.Unusable _ -> {}
    }
  }

  private void snapshotting(SnapshottingSettings snapshotting) {
    switch (snapshotting) {
      case SnapshottingSettings.Periodic periodic -> {
        names(periodic.names());
        if (periodic.names().dependsOnTime()
            && periodic.names().repeatsAtInterval(periodic.interval())) {
          job.warn(
              TIMESTAMP_FORMAT,
              "snapshots taken one interval after another can get the same name, so that the later ones fail; a layout needs the date, and parts of the time as small as the interval");
        }
        hooks(periodic.hooks());
      }
      case SnapshottingSettings.Cron cron -> {
        rare(cron.schedule());
        names(cron.names());
        hooks(cron.hooks());
      }
      case SnapshottingSettings.Manual _, SnapshottingSettings.OnRequest _ -> {}
    }
  }

  /** Expressions that no calendar fulfils are errors. */
  private void rare(CronSchedule schedule) {
    Optional<Instant> next = schedule.next(AFTER_LEAP_DAY, ZoneId.systemDefault());
    if (next.filter(time -> time.isBefore(AFTER_LEAP_DAY.plus(LEAP_YEAR))).isEmpty()) {
      job.warn("snapshotting.cron", "there are years in which this does not come true at all");
    }
  }

  private void names(SnapshotNaming names) {
    String key = TIMESTAMP_FORMAT;
    if (!names.dependsOnTime()) {
      job.warn(
          key,
          "this has no part of the time 2006-01-02 15:04:05 in it: all snapshots get the same name, so that the second one fails; allowed are dense, human, iso-8601, unix-seconds or such a layout");
    }
    if (names.dependsOnTime() && names.repeatsWhenClocksGoBack()) {
      job.warn(
          key,
          "names have no zone offset, and come again when the clocks are set back: snapshots of that hour can fail; add -0700 to the layout, or use UTC");
    }
    if (names.hasVaryingOffsetSigns()) {
      job.notPortable(
          key,
          "Go zrepl can crash with this format in this time zone: names have a varying number of \"+\"");
    }
  }

  private void hooks(List<HookSettings> hooks) {
    for (int i = 0; i < hooks.size(); i++) {
      if (hooks.get(i) instanceof HookSettings.Command command
          && !command.program().startsWith("/")) {
        job.warn(
            "snapshotting.hooks[%d].path".formatted(i),
            "\"%s\" is not an absolute path; it depends on how the daemon was started"
                .formatted(command.program()));
      }
      String dataSource = "snapshotting.hooks[%d].dsn".formatted(i);
      hooks
          .get(i)
          .problem()
          .ifPresent(problem -> job.warn(dataSource, problem + "; the hook will always fail"));
    }
  }

  private void connect(ConnectSettings connect) {
    if (connect instanceof ConnectSettings.Ssh ssh && ssh.dialTimeout().isZero()) {
      job.notPortable(
          "connect.dial_timeout", "with 0s, Go zrepl fails at once; here it means no limit");
    }
  }

  private void saved(SendOptions send) {
    if (send.flags().saved()) {
      job.warn(
          "send.saved",
          "with this, every step fails: zfs send -S sends the partial state of a filesystem, never a snapshot (Go zrepl fails alike); remove it, interrupted receives are resumed without it");
    }
  }

  private void rulesWithoutCursor(ReplicationSettings replication, PruningSettings pruning) {
    ReplicationProtection protection = replication.protection();
    boolean unprotected =
        protection.initial() == ReplicationGuarantee.NOTHING
            || protection.incremental() == ReplicationGuarantee.NOTHING;
    if (unprotected && hasNotReplicated(pruning.keepSender())) {
      job.warn(
          "pruning.keep_sender",
          "the rule not_replicated needs the replication cursor, which guarantee_nothing removes; such filesystems are not pruned");
    } else if (unprotected
        && !(keepsEverything(pruning.keepSender()) && keepsEverything(pruning.keepReceiver()))) {
      job.warn(
          "replication.protection",
          "guarantee_nothing removes the replication cursor: a filesystem is pruned only while both sides have a snapshot in common, and by Go zrepl not at all");
    }
    if (unprotected) {
      job.notPortable(
          "replication.protection",
          "with guarantee_nothing, Go zrepl prunes no filesystem: it needs the replication cursor for that");
    }
    if (hasNotReplicated(pruning.keepReceiver())) {
      job.warn(
          "pruning.keep_receiver",
          "the rule not_replicated is of no use on the receiver: what is there is replicated");
    }
  }

  private static boolean keepsEverything(List<KeepRule> rules) {
    return KeepDoubts.keepsEverything(rules, Optional.empty());
  }

  private static boolean hasNotReplicated(List<KeepRule> rules) {
    return rules.stream().anyMatch(KeepRule.NotReplicated.class::isInstance);
  }

  /** What a job of another file receives cannot be looked at here. */
  private void sentProperties(boolean local) {
    if (!local && sendsProperties(job)) {
      job.warn(
          "send",
          "properties are sent along: make sure that recv.properties of the receiver overrides or inherits mountpoint and canmount, otherwise replicas may be mounted over what is there");
    }
  }

  private void receivedProperties(boolean local) {
    List<String> missing = notSet(job);
    if (!local && !missing.isEmpty()) {
      job.warn(
          "recv",
          "recv.properties does not override or inherit %s: if the source sends properties along, replicas may be mounted over what is here"
              .formatted(String.join(" and ", missing)));
    }
  }

  /** Whether a job sends properties along with data. */
  static boolean sendsProperties(JobNode sender) {
    return isTrue(sender, "send.send_properties") || isTrue(sender, "send.backup_properties");
  }

  /** Of the properties that say where a replica is mounted, those that a job takes as they come. */
  static List<String> notSet(JobNode receiver) {
    return List.of("mountpoint", "canmount").stream()
        .filter(property -> !isSet(receiver, property))
        .toList();
  }

  private static boolean isSet(JobNode receiver, String property) {
    boolean overridden =
        receiver
            .at("recv.properties.override")
            .filter(node ->
                node instanceof YamlNode.Mapping mapping && mapping.get(property).isPresent())
            .isPresent();
    boolean inherited =
        receiver
            .at("recv.properties.inherit")
            .filter(node ->
                node instanceof YamlNode.Sequence list
                    && list.elements().stream()
                        .anyMatch(each ->
                            each instanceof YamlNode.Scalar name && name.text().equals(property)))
            .isPresent();
    return overridden || inherited;
  }

  private void propertiesNamedTwice(ReceiveOptions receive) {
    Set<PropertyName> seen = new HashSet<>(receive.override().keySet());
    receive.inherit().stream()
        .filter(name -> !seen.add(name))
        .findFirst()
        .ifPresent(name ->
            job.warn(
                "recv.properties.inherit",
                "zfs receive refuses a property that is named twice, here %s".formatted(name)));
  }

  /** Whether a key of a job is there and true. */
  private static boolean isTrue(JobNode job, String keys) {
    return job.word(keys)
        .filter(YamlNode.Scalar::plain)
        .flatMap(word -> ScalarResolution.booleanOf(word.text()))
        .orElse(false);
  }
}

package io.zrepl.config;

import io.zrepl.job.JobSettings;
import io.zrepl.prune.KeepRule;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.snapshot.SnapshottingSettings;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Warns of keep rules that destroy what was probably to be kept. */
final class KeepDoubts {
  /** Any time does: a regular expression that depends on the time of a snapshot is a slip too. */
  private static final Instant SAMPLE_TIME = Instant.parse("2026-07-04T05:06:07.089Z");

  /** How snapshots are called where nobody says so. */
  static final String USUAL_NAME = "zrepl_20260704_050607_000";

  /** Snapshots as people and other programs name them. */
  private static final List<String> OTHERS =
      List.of("before-upgrade", "autosnap_2026-07-04_05:06:07_daily", "2026-07-04");

  private final JobNode job;
  private final Optional<String> own;
  private final String taker;

  /**
   * Looks at a job by itself.
   *
   * @param source the job on this machine that it pulls from
   */
  KeepDoubts(KnownJob job, Optional<KnownJob> source) {
    this.job = job.node();
    this.own = ownName(source.orElse(job).settings());
    this.taker = source.isPresent() ? "the job that this one pulls from" : "this job";
  }

  void check(JobSettings settings) {
    switch (settings) {
      case JobSettings.Push push -> {
        receiver(push.pruning().keepReceiver());
        sender(push.pruning().keepSender());
      }
      case JobSettings.Pull pull -> {
        receiver(pull.pruning().keepReceiver());
        sender(pull.pruning().keepSender());
      }
      case JobSettings.Snap snap -> {
        own.ifPresent(name ->
            keepsNothing("pruning.keep", snap.keep(), name, "so that they are destroyed at once"));
        others("pruning.keep", snap.keep(), own);
      }
      case JobSettings.Sink _, JobSettings.Source _, JobSettings.Unusable _ -> {}
    }
  }

  /** How a snapshot is called that the job takes; empty if it takes none. */
  static Optional<String> ownName(JobSettings settings) {
    return names(settings).map(names -> names.nameAt(SAMPLE_TIME));
  }

  /** How the snapshots are called that the job takes; empty if it takes none. */
  static Optional<SnapshotNaming> names(JobSettings settings) {
    return switch (settings) {
      case JobSettings.Push push -> names(push.snapshotting());
      case JobSettings.Source source -> names(source.snapshotting());
      case JobSettings.Snap snap -> names(snap.snapshotting());
      case JobSettings.Pull _, JobSettings.Sink _, JobSettings.Unusable _ -> Optional.empty();
    };
  }

  private static Optional<SnapshotNaming> names(SnapshottingSettings snapshotting) {
    return switch (snapshotting) {
      case SnapshottingSettings.Periodic periodic -> Optional.of(periodic.names());
      case SnapshottingSettings.Cron cron -> Optional.of(cron.names());
      case SnapshottingSettings.OnRequest asked -> Optional.of(asked.names());
      case SnapshottingSettings.Manual() -> Optional.empty();
    };
  }

  private void keepsNothing(String key, List<KeepRule> rules, String name, String consequence) {
    if (!mayKeep(rules, name)) {
      job.warn(
          key,
          "no rule keeps the snapshots that %s takes (%s), %s".formatted(taker, name, consequence));
    }
  }

  private void receiver(List<KeepRule> rules) {
    String key = "pruning.keep_receiver";
    own.ifPresent(
        name -> keepsNothing(key, rules, name, "so that the receiver would lose them soon"));
    others(key, rules, own);
  }

  /** What is taken there must outlive its replication, or at least last until then. */
  private void sender(List<KeepRule> rules) {
    String key = "pruning.keep_sender";
    boolean untilReplicated = rules.stream().anyMatch(KeepRule.NotReplicated.class::isInstance);
    boolean others = rules.stream().anyMatch(rule -> !(rule instanceof KeepRule.NotReplicated));
    boolean kept = own.map(name -> mayKeep(rules, name)).orElse(others);
    if (!kept && untilReplicated) {
      job.warn(
          key,
          "of the snapshots to replicate, only not_replicated keeps any, and nothing bounds how many: while the receiver is away they accumulate until the pool is full, and once replicated all but the newest are destroyed; a further rule such as last_n says what stays then");
    } else if (!kept) {
      own.ifPresent(
          name -> keepsNothing(key, rules, name, "so that they are destroyed, replicated or not"));
    }
    if (kept || untilReplicated) {
      others(key, rules, Optional.empty());
    }
  }

  /** Rules that forget snapshots that are not the job's. */
  private void others(String key, List<KeepRule> rules, Optional<String> taken) {
    if (taken.filter(name -> !mayKeep(rules, name)).isPresent()) {
      return; // too little is kept: that was told
    }
    OTHERS.stream()
        .filter(name -> !mayKeep(rules, name))
        .findFirst()
        .ifPresent(name ->
            job.warn(
                key,
                "snapshots that other programs or people take, such as \"%s\", are kept by no rule and so destroyed; a rule {type: regex, negate: true, regex: ...} keeps what a regular expression does not match"
                    .formatted(name)));
  }

  /** Whether a rule keeps every snapshot of that name, however many there are. */
  static boolean keepsAll(List<KeepRule> rules, String name) {
    return rules.stream()
        .anyMatch(rule ->
            rule instanceof KeepRule.Regex regex
                && regex.regex().matcher(name).find() != regex.negate());
  }

  /** Whether the rules destroy nothing, as far as samples of all kinds of names show it. */
  static boolean keepsEverything(List<KeepRule> rules, Optional<String> own) {
    return Stream.concat(OTHERS.stream(), own.or(() -> Optional.of(USUAL_NAME)).stream())
        .allMatch(name -> keepsAll(rules, name));
  }

  /** Whether any rule could keep a snapshot of that name for longer than its replication takes. */
  static boolean mayKeep(List<KeepRule> rules, String name) {
    return rules.stream()
        .anyMatch(rule ->
            switch (rule) {
              case KeepRule.NotReplicated _ -> false;
              case KeepRule.LastN last ->
                  last.regex().map(regex -> regex.matcher(name).find()).orElse(true);
              case KeepRule.Regex regex -> regex.regex().matcher(name).find() != regex.negate();
              case KeepRule.Grid grid -> grid.regex().matcher(name).find();
            });
  }
}

package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.UnitDuration;
import io.zrepl.config.ConfigurationException;
import io.zrepl.config.ConfigurationLoader;
import io.zrepl.job.JobSettings;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.prune.KeepRule;
import io.zrepl.prune.PruningSettings;
import io.zrepl.prune.RetentionSimulation;
import io.zrepl.prune.RetentionSimulation.Kept;
import io.zrepl.snapshot.CronSchedule;
import io.zrepl.snapshot.SnapshotNaming;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.zfs.DatasetSelection;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl prune simulate}: what a policy would leave at which date. Destroys nothing. */
final class PruneSimulateCommand implements Verb {
  private static final int COLUMNS = 80;
  private static final int BESIDE_CHART = 40;
  private static final int MOST_SNAPSHOTS = 5_000_000;

  private final Services services;

  PruneSimulateCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(this, "simulate", "Shows what the rules of a job would leave over the years.")
            .addPositional(
                Model.word(0, false, "JOB", "Whose rules count; not needed with --keep."))
            .addOption(
                Model.text(
                        "RULES",
                        "Rules as the configuration writes them, instead of those of a job:"
                            + " '[{type: last_n, count: 10}]'.",
                        "--keep")
                    .build())
            .addOption(
                Model.text(
                        "SIDE",
                        "sender or receiver: whose rules, of a push or pull job."
                            + " Without it: receiver.",
                        "--side")
                    .build())
            .addOption(
                Model.text(
                        "DURATION",
                        "How often a snapshot is taken. Without it: as the job does, or 15m;"
                            + " 0 for never.",
                        "--every")
                    .build())
            .addOption(
                Model.text(
                        "EXPRESSION",
                        "Take snapshots by the calendar instead, as 'cron' of the configuration"
                            + " says: '0 */6 * * *'.",
                        "--cron")
                    .build())
            .addOption(Model.text("DURATION", "How long. Without it: 365d.", "--span").build())
            .addOption(
                Model.text(
                        "PREFIX",
                        "What the names of the snapshots begin with. Without it: as in the job, or"
                            + " zrepl_.",
                        "--prefix")
                    .build())
            .addOption(
                Model.text(
                        "DATASET",
                        "Begin with the real snapshots of this dataset instead of with none.",
                        "--filesystem")
                    .build())
            .addOption(
                Model.text("N", "At how many dates of the span to look. Without it: 4.", "--looks")
                    .build())
            .addOption(Model.flag("--list", "All snapshots by name instead of charts."));
    spec.usageMessage()
        .footer(
            "",
            "The rules are applied after each snapshot, each of which counts as replicated once the",
            "next one exists. In a chart there is a row for each rule; the present is at the right,",
            "time runs to the left, on a logarithmic scale. A cell is '.' for one snapshot, ':' for",
            "up to 9, '*' for up to 99 and '#' for more; the number is that of the whole row.");
    return spec;
  }

  /** What is simulated. */
  private record Plan(List<KeepRule> rules, SimulatedSchedule schedule, Duration span, int looks) {}

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    Plan plan = plan(arguments);
    List<Snapshot> before = before(arguments.text("--filesystem", ""));
    Instant now = services.console().clock().instant().truncatedTo(ChronoUnit.SECONDS);
    Instant start =
        before.stream()
            .map(Snapshot::creation)
            .filter(now::isBefore)
            .max(Instant::compareTo)
            .orElse(now);
    Set<Instant> dates = new TreeSet<>();
    if (!before.isEmpty()) {
      dates.add(start);
    }
    for (int i = 1; i <= plan.looks(); i++) {
      dates.add(start.plus(plan.span().multipliedBy(i).dividedBy(plan.looks())));
    }
    Instant end = start.plus(plan.span());
    if (plan.schedule().exceeds(MOST_SNAPSHOTS, start, end)) {
      throw new CommandException(
          "that would be more than %d snapshots: take them less often, or give a shorter --span"
              .formatted(MOST_SNAPSHOTS));
    }
    long first =
        before.stream().mapToLong(snapshot -> snapshot.createTxg().value()).max().orElse(0) + 1;
    Map<Instant, List<Kept>> seen;
    try {
      seen =
          RetentionSimulation.run(
              plan.rules(), before, plan.schedule().snapshots(start, end, first), dates);
    } catch (RetentionSimulation.TooManyException e) {
      throw new CommandException(
          e.getMessage() + ": no rule lets enough of them go; give a shorter --span", e);
    }
    print(plan, start, seen, arguments.flag("--list"));
    return 0;
  }

  private Plan plan(Arguments arguments) throws CommandException {
    String keep = arguments.text("--keep", "");
    String job = arguments.word(0);
    if (keep.isEmpty() == job.isEmpty()) {
      throw new CommandException("give exactly one of JOB and --keep");
    }
    Optional<SnapshottingSettings> taking = Optional.empty();
    List<KeepRule> rules;
    if (keep.isEmpty()) {
      JobSettings settings = job(job, services.configuration(arguments).jobs());
      rules = rules(settings, arguments.text("--side", "receiver"));
      taking = snapshotting(settings);
    } else {
      rules = parse(keep);
    }
    Duration span = duration(arguments, "--span").orElse(Duration.ofDays(365));
    if (!span.isPositive()) {
      throw new CommandException("--span must be positive");
    }
    SimulatedSchedule schedule =
        new SimulatedSchedule(rhythm(arguments, taking), names(arguments, taking));
    return new Plan(rules, schedule, span, looks(arguments.text("--looks", "4")));
  }

  private SimulatedSchedule.Rhythm rhythm(
      Arguments arguments, Optional<SnapshottingSettings> taking) throws CommandException {
    String cron = arguments.text("--cron", "");
    Optional<Duration> every = duration(arguments, "--every");
    if (every.isPresent()) {
      if (!cron.isEmpty() || every.get().isNegative()) {
        throw new CommandException(
            cron.isEmpty()
                ? "--every must not be negative"
                : "give only one of --every and --cron");
      }
      return every.get().isZero()
          ? new SimulatedSchedule.Rhythm.Never()
          : new SimulatedSchedule.Rhythm.Every(every.get());
    }
    ZoneId zone = services.console().zone();
    if (!cron.isEmpty()) {
      try {
        return new SimulatedSchedule.Rhythm.Calendar(CronSchedule.parse(cron), zone);
      } catch (InvalidValueException e) {
        throw new CommandException("invalid --cron: " + e.getMessage(), e);
      }
    }
    return switch (taking.orElse(null)) {
      case SnapshottingSettings.Periodic periodic ->
          new SimulatedSchedule.Rhythm.Every(periodic.interval());
      case SnapshottingSettings.Cron job ->
          new SimulatedSchedule.Rhythm.Calendar(job.schedule(), zone);
      case SnapshottingSettings.Manual _, SnapshottingSettings.OnRequest _ -> usual();
      case null -> usual();
    };
  }

  private SimulatedSchedule.Rhythm usual() {
    services
        .console()
        .err()
        .println("a snapshot is taken every 15m, since nothing else is said (--every, --cron)");
    return new SimulatedSchedule.Rhythm.Every(Duration.ofMinutes(15));
  }

  private static SnapshotNaming names(Arguments arguments, Optional<SnapshottingSettings> taking)
      throws CommandException {
    String prefix = arguments.text("--prefix", "");
    if (prefix.isEmpty()) {
      switch (taking.orElse(null)) {
        case SnapshottingSettings.Periodic periodic -> {
          return periodic.names();
        }
        case SnapshottingSettings.Cron cron -> {
          return cron.names();
        }
        case SnapshottingSettings.Manual _, SnapshottingSettings.OnRequest _ -> {}
        case null -> {}
      }
    }
    try {
      return SnapshotNaming.of(prefix.isEmpty() ? "zrepl_" : prefix, "dense", "UTC");
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --prefix: " + e.getMessage(), e);
    }
  }

  private static int looks(String text) throws CommandException {
    try {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= 1000) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new CommandException(
        "invalid --looks: \"%s\" is not a number from 1 to 1000".formatted(text));
  }

  private static Optional<Duration> duration(Arguments arguments, String option)
      throws CommandException {
    String text = arguments.text(option, "");
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(UnitDuration.parse(text));
    } catch (InvalidValueException e) {
      throw new CommandException("invalid %s: %s".formatted(option, e.getMessage()), e);
    }
  }

  private static JobSettings job(String name, List<JobSettings> jobs) throws CommandException {
    return jobs.stream()
        .filter(settings -> settings.id().toString().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new CommandException(
                "job \"%s\" is not in the configuration; it has: %s"
                    .formatted(
                        name,
                        jobs.stream()
                            .map(settings -> "\"" + settings.id() + "\"")
                            .collect(Collectors.joining(", ")))));
  }

  private static List<KeepRule> rules(JobSettings job, String side) throws CommandException {
    return switch (job) {
      case JobSettings.Snap snap -> snap.keep();
      case JobSettings.Push push -> rules(push.pruning(), side);
      case JobSettings.Pull pull -> rules(pull.pruning(), side);
      case JobSettings.Sink _, JobSettings.Source _, JobSettings.Unusable _ ->
          throw new CommandException("job \"%s\" has no keep rules".formatted(job.id()));
    };
  }

  private static List<KeepRule> rules(PruningSettings pruning, String side)
      throws CommandException {
    return switch (side) {
      case "sender" -> pruning.keepSender();
      case "receiver" -> pruning.keepReceiver();
      default -> throw new CommandException("--side is sender or receiver");
    };
  }

  private static Optional<SnapshottingSettings> snapshotting(JobSettings job) {
    return switch (job) {
      case JobSettings.Snap snap -> Optional.of(snap.snapshotting());
      case JobSettings.Push push -> Optional.of(push.snapshotting());
      default -> Optional.empty();
    };
  }

  /** Rules as the configuration has them: read as those of a job that exists for that only. */
  private static List<KeepRule> parse(String keep) throws CommandException {
    String text =
        """
        jobs:
          - type: push
            name: simulation
            connect: {type: tcp, address: "127.0.0.1:8888"}
            filesystems: {"pool": true}
            snapshotting: {type: manual}
            pruning:
              keep_sender: %s
              keep_receiver: [{type: last_n, count: 1}]
        """
            .formatted(keep.replace("\n", " "));
    try {
      JobSettings only =
          ConfigurationLoader.parse("--keep", text, ConfigurationLoader.Certificates.SKIP)
              .configuration()
              .jobs()
              .getFirst();
      return rules(only, "sender");
    } catch (ConfigurationException e) {
      throw new CommandException("invalid --keep: " + e.getMessage(), e);
    }
  }

  private List<Snapshot> before(String filesystem) throws CommandException, InterruptedException {
    if (filesystem.isEmpty()) {
      return List.of();
    }
    try (ZfsAccess.Session session = services.zfs().open()) {
      DatasetPath path = DatasetPath.parse(filesystem);
      List<FilesystemVersion> versions =
          session
              .zfs()
              .versions(new DatasetSelection.Exactly(Set.of(path)))
              .getOrDefault(path, List.of());
      return versions.stream()
          .filter(Snapshot.class::isInstance)
          .map(Snapshot.class::cast)
          .toList();
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --filesystem: " + e.getMessage(), e);
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
  }

  private void print(Plan plan, Instant start, Map<Instant, List<Kept>> seen, boolean names) {
    PrintStream out = services.console().out();
    int width =
        Math.max(20, services.console().columns().orElse(COLUMNS + BESIDE_CHART) - BESIDE_CHART);
    Instant oldest =
        seen.values().stream()
            .flatMap(List::stream)
            .map(kept -> kept.snapshot().creation())
            .min(Instant::compareTo)
            .orElse(start);
    Duration shortest = plan.schedule().shortestGap(start, start.plus(plan.span()));
    seen.forEach((date, existing) -> {
      out.println("%s: %d snapshots".formatted(date, existing.size()));
      if (names) {
        existing.forEach(kept -> out.println("  " + line(plan.rules(), kept)));
      } else {
        new RetentionChart(date, existing, shortest, Duration.between(oldest, date), width)
            .lines(plan.rules())
            .forEach(out::println);
      }
      out.println();
    });
  }

  private static String line(List<KeepRule> rules, Kept kept) {
    List<String> why = new ArrayList<>();
    for (int number : new TreeSet<>(kept.keptBy())) {
      why.add("rule %d, %s".formatted(number, rules.get(number - 1).description()));
    }
    return "%s  @%s  %s"
        .formatted(kept.snapshot().creation(), kept.snapshot().name(), String.join("; ", why));
  }
}

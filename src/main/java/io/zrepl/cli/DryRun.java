package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.Configuration;
import io.zrepl.control.Quantities;
import io.zrepl.job.JobSettings;
import io.zrepl.job.PlannedReplication;
import io.zrepl.job.PruneOnce;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.snapshot.PlannedSnapshots;
import io.zrepl.zfs.Zfs;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Shows what a run of a job would do now. Changes nothing, and asks no daemon of this machine. */
final class DryRun {
  private final Services services;

  DryRun(Services services) {
    this.services = services;
  }

  /**
   * Shows it.
   *
   * @return the exit status
   */
  int run(Arguments arguments, Configuration configuration, String job)
      throws CommandException, InterruptedException {
    try (ZfsAccess.Session session = services.zfs().open();
        CommandLocks locks = CommandLocks.open(services, arguments);
        PruneOnce once =
            PruneOnce.of(
                JobId.parse(job),
                configuration.jobs(),
                session.zfs(),
                locks.locks(),
                Clock.systemUTC(),
                true)) {
      PrintStream out = services.console().out();
      Optional<PlannedSnapshots> snapshots =
          arguments.flag("--no-snapshots")
              ? Optional.empty()
              : snapshots(configuration, job, session.zfs(), out);
      boolean failed = snapshots.filter(plan -> !plan.problems().isEmpty()).isPresent();
      Optional<PlannedReplication> plan = once.planReplication();
      failed |= plan.isPresent() && print(plan.get(), snapshots, out);
      out.println("pruning, as things are now");
      for (PruneOnce.Part part : once.parts()) {
        part.run().run();
        PruneReportText.Side side = PruneReportText.Side.of(part, part.run().report(), true);
        PruneReportText.print(side, services.console());
        failed |= side.failed();
      }
      return failed ? Failures.STATUS : 0;
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    } catch (InvalidValueException e) {
      throw new CommandException("invalid job name: " + e.getMessage(), e);
    }
  }

  /** Prints which snapshots would be taken. */
  private static Optional<PlannedSnapshots> snapshots(
      Configuration configuration, String job, Zfs zfs, PrintStream out)
      throws OperationException, InterruptedException {
    Optional<JobSettings.TakingSnapshots> taking =
        JobSettings.named(configuration.jobs(), job).flatMap(JobSettings::takingSnapshots);
    if (taking.isEmpty()) {
      return Optional.empty();
    }
    Optional<PlannedSnapshots> plan =
        PlannedSnapshots.of(
            taking.get().settings(), taking.get().filesystems(), zfs, Instant.now());
    if (plan.isPresent()) {
      print(plan.get(), out);
    } else {
      out.println("snapshots: none, since the job takes them on request only");
    }
    return plan;
  }

  static void print(PlannedSnapshots plan, PrintStream out) {
    out.println("snapshots");
    plan.problems().forEach(problem -> out.println("  ERROR: " + problem));
    for (PlannedSnapshots.Filesystem filesystem : plan.filesystems()) {
      OptionalLong written = filesystem.written();
      out.println(
          "  %s@%s%s"
              .formatted(
                  filesystem.path(),
                  plan.name(),
                  written.isEmpty()
                      ? ""
                      : ", %s since the newest one"
                          .formatted(Quantities.size(written.getAsLong()))));
    }
    if (plan.filesystems().isEmpty()) {
      out.println("  the job's filter matches nothing");
    }
  }

  /**
   * Prints a plan; gives whether anything in it has failed.
   *
   * @param snapshots that would be taken before, and be sent too
   */
  static boolean print(
      PlannedReplication plan, Optional<PlannedSnapshots> snapshots, PrintStream out) {
    out.println("replication");
    plan.problem().ifPresent(problem -> out.println("  ERROR: " + problem));
    boolean failed = plan.problem().isPresent();
    if (!failed && plan.filesystems().isEmpty()) {
      out.println("  ERROR: the job's filter matches no filesystem");
      failed = true;
    }
    Map<DatasetPath, PlannedReplication.Step> last = lastSteps(snapshots);
    List<PlannedReplication.Step> all = new ArrayList<>();
    boolean complete = true;
    for (PlannedReplication.Filesystem filesystem : plan.filesystems()) {
      // What waits for its parent may be sent in full: nothing is known of it.
      PlannedReplication.Step then = filesystem.planned() ? last.get(filesystem.path()) : null;
      complete &= filesystem.planned() || filesystem.problem().isPresent();
      boolean first = filesystem.onlyLacksSnapshots() && then != null;
      boolean broken = filesystem.problem().isPresent() && !first;
      out.println("  " + filesystem.path() + (broken || then != null ? "" : what(filesystem)));
      if (broken) {
        out.println("    ERROR: " + filesystem.problem().orElseThrow());
        failed = true;
        continue;
      }
      List<PlannedReplication.Step> steps = new ArrayList<>(filesystem.steps());
      if (then != null) {
        steps.add(first ? new PlannedReplication.Step("", then.to(), false, then.bytes()) : then);
      }
      steps.forEach(step -> out.println("    " + text(step)));
      all.addAll(steps);
    }
    long bytes = all.stream().mapToLong(step -> step.bytes().orElse(0)).sum();
    boolean known = complete && all.stream().allMatch(step -> step.bytes().isPresent());
    out.println(
        "  in all: %d steps, %s%s"
            .formatted(all.size(), known ? "" : "at least ", Quantities.size(bytes)));
    return failed;
  }

  /** The steps to snapshots that are not there yet; what was written tells about how large. */
  private static Map<DatasetPath, PlannedReplication.Step> lastSteps(
      Optional<PlannedSnapshots> snapshots) {
    Map<DatasetPath, PlannedReplication.Step> steps = new HashMap<>();
    snapshots.ifPresent(plan ->
        plan.filesystems()
            .forEach(filesystem ->
                steps.put(
                    filesystem.path(),
                    new PlannedReplication.Step(
                        "the newest", "@" + plan.name(), false, filesystem.written()))));
    return steps;
  }

  private static String what(PlannedReplication.Filesystem filesystem) {
    if (!filesystem.planned()) {
      return ": can be planned when what it depends on has arrived";
    }
    return filesystem.steps().isEmpty() ? ": nothing to send" : "";
  }

  private static String text(PlannedReplication.Step step) {
    String base = step.from().isEmpty() ? "full " : step.from() + " => ";
    return base
        + step.to()
        + (step.resumed() ? " (resumed)" : "")
        + ", "
        + (step.bytes().isPresent() ? Quantities.size(step.bytes().getAsLong()) : "size unknown");
  }
}

package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.local.HoldTag;
import io.zrepl.endpoint.local.abstraction.Abstraction;
import io.zrepl.endpoint.local.abstraction.AbstractionType;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl zfs-abstraction create step}: holds a snapshot as a step of a job does. */
final class AbstractionCreateStepCommand implements Verb {
  private final Services services;

  AbstractionCreateStepCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            "step",
            "Holds a snapshot as a step of a job does, until a later step of that job, or"
                + " release-stale, releases it.")
        .addOption(Model.text("FS@SNAP", "The snapshot.", "-t", "--target").required(true).build())
        .addOption(Model.text("JOB", "Name of the job.", "-j", "--jobid").required(true).build());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    SnapshotPath target = snapshot(arguments.text("--target", ""));
    JobId job = job(arguments.text("--jobid", ""));
    try (ZfsAccess.Session session = services.zfs().open()) {
      FilesystemVersion version = session.zfs().lookup(List.of(target)).get(target);
      if (version == null) {
        throw new CommandException("snapshot %s does not exist".formatted(target));
      }
      session.zfs().hold(new HoldTag(HoldTag.Kind.STEP, job).text(), List.of(target));
      Abstraction made =
          new Abstraction(
              AbstractionType.STEP_HOLD, target.filesystem(), version, Optional.of(job));
      services.console().out().println(made);
      return 0;
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
  }

  private static SnapshotPath snapshot(String text) throws CommandException {
    try {
      return switch (VersionPath.parse(text)) {
        case SnapshotPath snapshot -> snapshot;
        case BookmarkPath bookmark ->
            throw new CommandException(
                "--target %s is a bookmark: only snapshots can be held".formatted(bookmark));
      };
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --target: " + e.getMessage(), e);
    }
  }

  private static JobId job(String text) throws CommandException {
    try {
      return JobId.parse(text);
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --jobid: " + e.getMessage(), e);
    }
  }
}

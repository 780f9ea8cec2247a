package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Placeholder;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl test placeholder}: which datasets are placeholders. Needs no configuration. */
final class TestPlaceholderCommand implements Verb {
  private final Services services;

  TestPlaceholderCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            "placeholder",
            "Shows which datasets are placeholders: created only to hold received children.",
            "Columns: yes or no, dataset, local value of "
                + Placeholder.PROPERTY
                + "; tabs between.")
        .addOption(Model.flag("--all", "All datasets of this machine."))
        .addOption(Model.text("DATASET", "Just this dataset.", "--dataset").build())
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    boolean all = arguments.flag("--all");
    String name = arguments.text("--dataset", "");
    if (all == !name.isEmpty()) {
      throw new CommandException("give exactly one of --all and --dataset");
    }
    DatasetListing listing =
        list(all ? new DatasetSelection.Everything() : DatasetSelection.only(dataset(name)));
    services.console().out().println("IS_PLACEHOLDER\tDATASET\t" + Placeholder.PROPERTY);
    listing.datasets().forEach(this::print);
    if (!all && listing.datasets().isEmpty()) {
      throw new CommandException("there is no dataset " + name);
    }
    return 0;
  }

  private void print(Dataset dataset) {
    Placeholder placeholder = dataset.placeholder();
    services
        .console()
        .out()
        .println(
            (placeholder.isPlaceholder() ? "yes" : "no")
                + "\t"
                + dataset.path()
                + "\t"
                + placeholder.localValue().orElse(""));
  }

  private DatasetListing list(DatasetSelection selection)
      throws CommandException, InterruptedException {
    try {
      return services.datasets().list(selection);
    } catch (OperationException e) {
      throw new CommandException(e.describe(), e);
    }
  }

  private static DatasetPath dataset(String name) throws CommandException {
    try {
      return DatasetPath.parse(name);
    } catch (InvalidValueException e) {
      throw new CommandException("invalid --dataset: " + e.getMessage(), e);
    }
  }
}

package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;

/** Creating and marking placeholders. */
final class PlaceholderCommands {
  /** Said although the status is 1, to users other than root. */
  private static final String CREATED =
      "filesystem successfully created, but it may only be mounted";

  private final Commands commands;

  PlaceholderCommands(Commands commands) {
    this.commands = commands;
  }

  void create(DatasetPath dataset, PlaceholderEncryption encryption)
      throws ZfsException, InterruptedException {
    if (dataset.parent().isEmpty()) {
      throw new ZfsException(
          ZfsProblem.POOL_MISSING,
          "cannot create placeholder %s: it is a pool".formatted(dataset),
          null);
    }
    Command.Builder command =
        Command.change(
            "zfs", "create", "-o", Placeholder.PROPERTY + "=on", "-o", "mountpoint=none");
    switch (encryption) {
      case OFF -> command.add("-o", "encryption=off");
      case INHERIT -> {}
      case UNSPECIFIED ->
          throw new IllegalArgumentException("encryption of placeholders must be decided before");
    }
    CommandResult result = commands.run(command.addName(dataset).build());
    if (!result.succeeded() && !result.errors().contains(CREATED)) {
      throw commands.failure("cannot create placeholder " + dataset, result);
    }
  }

  void mark(DatasetPath dataset, boolean placeholder) throws ZfsException, InterruptedException {
    String value = placeholder ? "on" : "off";
    commands.require(
        "cannot set %s of %s to %s".formatted(Placeholder.PROPERTY, dataset, value),
        Command.change("zfs", "set", Placeholder.PROPERTY + "=" + value).addName(dataset).build());
  }
}

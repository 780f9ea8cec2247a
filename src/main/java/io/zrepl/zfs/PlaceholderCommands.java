package io.zrepl.zfs;

import io.zrepl.model.DatasetPath;

/** Creating and marking placeholders. */
final class PlaceholderCommands {
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
    commands.require("cannot create placeholder " + dataset, command.addName(dataset).build());
  }

  void mark(DatasetPath dataset, boolean placeholder) throws ZfsException, InterruptedException {
    String value = placeholder ? "on" : "off";
    commands.require(
        "cannot set %s of %s to %s".formatted(Placeholder.PROPERTY, dataset, value),
        Command.change("zfs", "set", Placeholder.PROPERTY + "=" + value).addName(dataset).build());
  }
}

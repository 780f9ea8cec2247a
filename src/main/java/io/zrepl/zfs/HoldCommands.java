package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.FailureScope;
import io.zrepl.model.SnapshotPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Holds: {@code zfs-hold(8)}. ZFS treats each snapshot of a command by itself. */
final class HoldCommands {
  private static final int LONGEST_TAG = 255;
  private static final String ALREADY_HELD = "tag already exists on this dataset";
  private static final String NO_SUCH_TAG = "no such tag on this dataset";
  private static final String NO_SUCH_SNAPSHOT = "dataset does not exist";

  private final Commands commands;

  HoldCommands(Commands commands) {
    this.commands = commands;
  }

  void hold(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    requireTag(tag);
    for (List<SnapshotPath> names : ArgumentChunks.split(new LinkedHashSet<>(snapshots))) {
      CommandResult result =
          commands.run(Command.change("zfs", "hold", tag).addNames(names).build());
      requireOnly(
          "cannot place hold \"%s\"".formatted(tag), result, line -> line.contains(ALREADY_HELD));
    }
  }

  Set<SnapshotPath> release(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    requireTag(tag);
    Set<SnapshotPath> released = new LinkedHashSet<>(snapshots);
    for (List<SnapshotPath> names : ArgumentChunks.split(new LinkedHashSet<>(snapshots))) {
      CommandResult result =
          commands.run(Command.change("zfs", "release", tag).addNames(names).build());
      requireOnly(
          "cannot release hold \"%s\"".formatted(tag),
          result,
          line -> line.contains(NO_SUCH_TAG) || line.contains(NO_SUCH_SNAPSHOT));
      if (!result.succeeded() && result.errors().contains(NO_SUCH_SNAPSHOT)) {
        commands.requireImported(
            "cannot release hold \"%s\"".formatted(tag),
            names.stream().map(Object::toString).toList());
      }
      released.removeIf(name -> names.contains(name) && isNotReleased(result.errors(), name));
    }
    return released;
  }

  /** Whether ZFS says of a snapshot, or of its filesystem, that there was nothing to release. */
  private static boolean isNotReleased(String errors, SnapshotPath snapshot) {
    return errors.contains("'" + snapshot + "': ")
        || errors.contains("'" + snapshot.filesystem() + "': ");
  }

  List<Hold> holds(Collection<SnapshotPath> snapshots) throws ZfsException, InterruptedException {
    List<Hold> holds = new ArrayList<>();
    for (List<SnapshotPath> names : ArgumentChunks.split(new LinkedHashSet<>(snapshots))) {
      Map<String, SnapshotPath> asked = new LinkedHashMap<>();
      names.forEach(name -> asked.put(name.toString(), name));
      Command command = Command.query("zfs", "holds", "-H").addNames(names).build();
      CommandResult result = commands.run(command);
      requireExistingOrMissing(result, asked);
      try {
        holds.addAll(HoldParser.parse(result.output(), asked));
      } catch (InvalidValueException e) {
        throw Commands.unexpectedOutput(command, String.valueOf(e.getMessage()));
      }
    }
    return holds;
  }

  private void requireExistingOrMissing(CommandResult result, Map<String, SnapshotPath> asked)
      throws ZfsException, InterruptedException {
    if (result.succeeded()) {
      return;
    }
    var mayBeMissing = new LinkedHashSet<>(asked.keySet());
    asked.values().forEach(snapshot -> mayBeMissing.add(snapshot.filesystem().toString()));
    var missing = MissingNames.parse(result.errors(), mayBeMissing);
    if (missing.isEmpty() || missing.get().isEmpty()) {
      throw commands.failure("cannot list holds", result);
    }
    commands.requireImported("cannot list holds", missing.get());
  }

  /** Fails unless the command complained about nothing but what does not matter. */
  private void requireOnly(String what, CommandResult result, Predicate<String> harmless)
      throws ZfsException, InterruptedException {
    if (result.succeeded()) {
      return;
    }
    List<String> lines = result.errors().lines().filter(line -> !line.isBlank()).toList();
    List<String> failures = lines.stream().filter(harmless.negate()).toList();
    if (lines.isEmpty() || !failures.isEmpty()) {
      String words = String.join("\n", failures);
      throw new ZfsException(
          commands.problem(words), Commands.message(what, result.status(), words), null);
    }
  }

  private static void requireTag(String tag) throws ZfsException {
    if (tag.isEmpty() || tag.startsWith("-") || tag.length() > LONGEST_TAG) {
      throw new ZfsException(
          FailureScope.FILESYSTEM,
          false,
          "\"%s\" cannot be the tag of a hold: it must have 1 to %d characters and not begin with \"-\""
              .formatted(MessageText.shorten(tag, LONGEST_TAG), LONGEST_TAG),
          null,
          null);
    }
  }
}

package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.SnapshotPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Destroys snapshots of one filesystem with {@code zfs destroy fs@a,b,c}.
 *
 * <p>ZFS destroys all that exist of one command or none: one held snapshot keeps all others alive.
 * What follows a command:
 *
 * <pre>
 * ZFS says                            then
 * nothing (status 0)                  all destroyed
 * none of them exists                 all destroyed
 * which ones it refuses, and why      those are done; the others in another command
 * something about pool or permission  the whole request fails
 * anything else                       one by one, large groups halved first
 * (command line too long)             the two halves
 * </pre>
 */
final class BatchDestroy {
  private static final int SMALL_GROUP = 8;

  private final Commands commands;
  private final DatasetPath filesystem;
  private final Map<String, Optional<String>> outcomes = new HashMap<>();

  private BatchDestroy(Commands commands, DatasetPath filesystem) {
    this.commands = commands;
    this.filesystem = filesystem;
  }

  /** One outcome per name, in the order given. */
  static List<DestroyOutcome> run(Commands commands, DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException {
    BatchDestroy batch = new BatchDestroy(commands, filesystem);
    TreeSet<String> acceptable = new TreeSet<>();
    for (String name : names) {
      try {
        SnapshotPath.of(filesystem, name);
        acceptable.add(name);
      } catch (InvalidValueException e) {
        // "%" and "," mean ranges and lists to zfs: such a name must never reach it
        batch.outcomes.put(name, Optional.of("invalid name: " + e.getMessage()));
      }
    }
    for (List<String> group : ArgumentChunks.split(acceptable)) {
      batch.destroy(group);
    }
    List<DestroyOutcome> result = new ArrayList<>();
    for (String name : names) {
      result.add(
          new DestroyOutcome(name, batch.outcomes.getOrDefault(name, Optional.of("not tried"))));
    }
    return result;
  }

  private void destroy(List<String> group) throws ZfsException, InterruptedException {
    if (group.isEmpty()) {
      return;
    }
    CommandResult result;
    try {
      result =
          commands.run(
              Command.change("zfs", "destroy")
                  .addName(filesystem + "@" + String.join(",", group))
                  .build());
    } catch (CommandTooLongException e) {
      if (group.size() == 1) {
        throw e;
      }
      destroyHalves(group);
      return;
    }
    if (result.succeeded() || DestroyMessages.allMissing(result.errors())) {
      group.forEach(name -> outcomes.put(name, Optional.empty()));
    } else {
      afterFailure(group, result);
    }
  }

  private void afterFailure(List<String> group, CommandResult result)
      throws ZfsException, InterruptedException {
    Optional<Map<String, String>> refused =
        DestroyMessages.refused(result.errors(), filesystem, new HashSet<>(group));
    if (refused.isPresent()) {
      refused.get().forEach((name, reason) -> outcomes.put(name, Optional.of(reason)));
      destroy(group.stream().filter(name -> !refused.get().containsKey(name)).toList());
      return;
    }
    ZfsException failure = commands.failure("cannot destroy snapshots of " + filesystem, result);
    if (failure.problem() == ZfsProblem.DATASET_MISSING
        && DestroyMessages.filesystemMissing(result.errors(), filesystem)) {
      group.forEach(name -> outcomes.put(name, Optional.empty()));
      return;
    }
    if (failure.scope() != FailureScope.FILESYSTEM
        || failure.problem() == ZfsProblem.PERMISSION_DENIED) {
      throw failure;
    }
    if (group.size() == 1) {
      String words = MessageText.ofErrors(result.errors());
      outcomes.put(group.getFirst(), Optional.of(words.isEmpty() ? failure.message() : words));
    } else if (group.size() > SMALL_GROUP) {
      destroyHalves(group);
    } else {
      for (String name : group) {
        destroy(List.of(name));
      }
    }
  }

  private void destroyHalves(List<String> group) throws ZfsException, InterruptedException {
    int middle = group.size() / 2;
    destroy(group.subList(0, middle));
    destroy(group.subList(middle, group.size()));
  }
}

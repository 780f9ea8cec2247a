package io.zrepl.zfs;

import io.zrepl.base.HeapSpace;
import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.VersionPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;

/** Everything that lists. */
final class ListCommands {
  private final Commands commands;
  private final Logger log;

  ListCommands(Commands commands) {
    this.commands = commands;
    this.log = commands.runner().logger(ListCommands.class);
  }

  DatasetListing datasets(DatasetSelection selection) throws ZfsException, InterruptedException {
    List<Dataset> datasets = new ArrayList<>();
    Set<DatasetPath> missing = new HashSet<>();
    Map<DatasetPath, String> unreadable = new TreeMap<>();
    for (List<DatasetPath> names : chunks(selection)) {
      Command.Builder command =
          Command.query("zfs", "get", "-Hp", "-o", "name,property,value,source");
      if (selection instanceof DatasetSelection.Subtrees) {
        command.add("-r");
      }
      command.add("-t", "filesystem,volume", DatasetParser.PROPERTIES);
      Output output = list(command, names, "cannot list datasets");
      DatasetParser.Result parsed = DatasetParser.parse(output.text());
      warn(parsed.skipped().values());
      unreadable.putAll(asked(selection, parsed.skipped()));
      datasets.addAll(parsed.datasets());
      names.stream()
          .filter(name -> output.missing().contains(name.toString()))
          .forEach(missing::add);
      if (selection instanceof DatasetSelection.Exactly) {
        // Whoever asks for the pool itself wants to know whether it is there.
        Set<DatasetPath> asked = new HashSet<>(names);
        requireImported(
            "cannot list datasets",
            missing.stream().filter(name -> !asked.contains(name.pool())).toList(),
            parsed.datasets().stream().map(dataset -> dataset.path().pool()).toList());
      }
    }
    datasets.sort(Comparator.comparing(Dataset::path));
    return new DatasetListing(datasets, missing, unreadable);
  }

  /** Of what was left out, that which can be somebody's dataset and was asked for. */
  private static Map<DatasetPath, String> asked(
      DatasetSelection selection, Map<String, String> skipped) {
    Map<DatasetPath, String> asked = new TreeMap<>();
    skipped.forEach((name, reason) -> {
      try {
        DatasetPath path = DatasetPath.parse(name);
        if (selection.covers(path)) {
          asked.put(path, reason);
        }
      } catch (InvalidValueException e) {
        // no dataset that anybody could ask for; the reason is in the log
      }
    });
    return asked;
  }

  Map<DatasetPath, List<FilesystemVersion>> versions(DatasetSelection selection)
      throws ZfsException, InterruptedException {
    Map<DatasetPath, List<FilesystemVersion>> versions = new TreeMap<>();
    for (List<DatasetPath> names : chunks(selection)) {
      Command.Builder command =
          Command.query(
              "zfs", "list", "-H", "-p", "-o", VersionParser.COLUMNS, "-t", "snapshot,bookmark");
      switch (selection) {
        case DatasetSelection.Everything _ -> {}
        case DatasetSelection.Subtrees _ -> command.add("-r");
        case DatasetSelection.Exactly _ -> command.add("-d", "1");
      }
      String what = "cannot list snapshots";
      Command complete = command.addNames(names).build();
      VersionCollector collector = new VersionCollector(HeapSpace.OF_THIS_PROGRAM);
      CommandResult result = commands.run(complete, collector);
      Set<String> missing = missing(result, names, what);
      try {
        // Those of one filesystem come from one command.
        versions.putAll(collector.versions());
      } catch (InvalidValueException e) {
        throw Commands.unexpectedOutput(complete, String.valueOf(e.getMessage()));
      }
      warn(collector.skipped());
      // A pool that has just gone must not look like filesystems without snapshots.
      requireImported(
          what,
          names.stream().filter(name -> missing.contains(name.toString())).toList(),
          versions.keySet().stream().map(DatasetPath::pool).toList());
    }
    return versions;
  }

  Set<DatasetPath> suspendedPools() throws ZfsException, InterruptedException {
    Command command = Command.query("zpool", "list", "-H", "-o", "name,health").build();
    CommandResult result = commands.run(command);
    if (!result.succeeded()) {
      throw commands.failure("cannot list pools", result);
    }
    Set<DatasetPath> suspended = new TreeSet<>();
    for (String line : result.output().lines().toList()) {
      int tab = line.indexOf('\t');
      if (tab < 0) {
        throw Commands.unexpectedOutput(command, line);
      }
      if (line.substring(tab + 1).equals("SUSPENDED")) {
        try {
          suspended.add(DatasetPath.parse(line.substring(0, tab)));
        } catch (InvalidValueException e) {
          throw Commands.unexpectedOutput(command, line);
        }
      }
    }
    return suspended;
  }

  Map<DatasetPath, Long> sizes(Collection<DatasetPath> filesystems)
      throws ZfsException, InterruptedException {
    Map<DatasetPath, Long> sizes = new TreeMap<>();
    numbers(filesystems, List.of("used", "usedbychildren"), "cannot find out sizes")
        .forEach((filesystem, used) -> sizes.put(filesystem, used.get(0) - used.get(1)));
    return sizes;
  }

  Map<DatasetPath, Long> written(Collection<DatasetPath> filesystems)
      throws ZfsException, InterruptedException {
    Map<DatasetPath, Long> written = new TreeMap<>();
    numbers(filesystems, List.of("written"), "cannot find out what was written")
        .forEach((filesystem, bytes) -> written.put(filesystem, bytes.getFirst()));
    return written;
  }

  private Map<DatasetPath, List<Long>> numbers(
      Collection<DatasetPath> filesystems, List<String> properties, String failure)
      throws ZfsException, InterruptedException {
    Map<DatasetPath, List<Long>> found = new TreeMap<>();
    for (List<DatasetPath> names : ArgumentChunks.split(new TreeSet<>(filesystems))) {
      Command.Builder command =
          Command.query(
              "zfs",
              "list",
              "-H",
              "-p",
              "-o",
              "name," + String.join(",", properties),
              "-t",
              "filesystem,volume");
      for (String line : list(command, names, failure).text().lines().toList()) {
        String[] columns = line.split("\t", -1);
        try {
          List<Long> values = new ArrayList<>();
          for (int i = 0; i < properties.size(); i++) {
            values.add(Long.parseLong(columns[i + 1]));
          }
          found.put(DatasetPath.parse(columns[0]), values);
        } catch (InvalidValueException | NumberFormatException | IndexOutOfBoundsException e) {
          throw Commands.unexpectedOutput(command.build(), line);
        }
      }
    }
    return found;
  }

  Map<VersionPath, FilesystemVersion> lookup(Collection<? extends VersionPath> versions)
      throws ZfsException, InterruptedException {
    Map<VersionPath, FilesystemVersion> found = new HashMap<>();
    for (List<VersionPath> names : ArgumentChunks.split(new LinkedHashSet<VersionPath>(versions))) {
      Command.Builder command =
          Command.query(
              "zfs", "list", "-H", "-p", "-o", VersionParser.COLUMNS, "-t", "snapshot,bookmark");
      List<DatasetPath> seen = new ArrayList<>();
      for (VersionParser.Entry entry :
          entries(command, names, "cannot look up snapshots", new TreeSet<>())) {
        found.put(entry.path(), entry.version());
        seen.add(entry.path().filesystem().pool());
      }
      requireImported(
          "cannot look up snapshots",
          names.stream()
              .filter(name -> !found.containsKey(name))
              .map(VersionPath::filesystem)
              .toList(),
          seen);
    }
    return found;
  }

  /**
   * Fails if something is missing because its pool is; pools of which something was seen are not.
   */
  private void requireImported(
      String what, Collection<DatasetPath> missing, Collection<DatasetPath> seenPools)
      throws ZfsException, InterruptedException {
    commands.requireImported(
        what,
        missing.stream()
            .filter(name -> !seenPools.contains(name.pool()))
            .map(DatasetPath::toString)
            .toList());
  }

  private List<VersionParser.Entry> entries(
      Command.Builder command, List<?> names, String what, Set<String> missing)
      throws ZfsException, InterruptedException {
    Output output = list(command, names, what);
    missing.addAll(output.missing());
    try {
      VersionParser.Result parsed = VersionParser.parse(output.text());
      warn(parsed.skipped());
      return parsed.entries();
    } catch (InvalidValueException e) {
      throw Commands.unexpectedOutput(command.build(), String.valueOf(e.getMessage()));
    }
  }

  private record Output(String text, Set<String> missing) {}

  /** Runs a listing; that something does not exist is no failure. */
  private Output list(Command.Builder builder, List<?> names, String what)
      throws ZfsException, InterruptedException {
    CommandResult result = commands.run(builder.addNames(names).build());
    return new Output(result.output(), missing(result, names, what));
  }

  /**
   * Of the names given to a listing those that do not exist.
   *
   * @throws ZfsException if it failed for another reason
   */
  private Set<String> missing(CommandResult result, List<?> names, String what)
      throws ZfsException, InterruptedException {
    if (result.succeeded()) {
      return Set.of();
    }
    Set<String> mayBeMissing = new HashSet<>();
    for (Object name : names) {
      mayBeMissing.add(name.toString());
      if (name instanceof VersionPath version) {
        mayBeMissing.add(version.filesystem().toString());
      }
    }
    Optional<Set<String>> missing = MissingNames.parse(result.errors(), mayBeMissing);
    if (missing.isEmpty() || result.status() != 1 || missing.get().isEmpty()) {
      throw commands.failure(what, result);
    }
    return missing.get();
  }

  /** The names for each command; one empty list for a command without names. */
  private static List<List<DatasetPath>> chunks(DatasetSelection selection) {
    return switch (selection) {
      case DatasetSelection.Everything _ -> List.of(List.of());
      case DatasetSelection.Subtrees(Set<DatasetPath> roots) ->
          ArgumentChunks.split(new TreeSet<>(roots));
      case DatasetSelection.Exactly(Set<DatasetPath> datasets) ->
          ArgumentChunks.split(new TreeSet<>(datasets));
    };
  }

  private void warn(Collection<String> skipped) {
    for (String reason : skipped) {
      log.atWarn().log("left out of a listing: {}", reason);
    }
  }
}

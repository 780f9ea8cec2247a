package io.zrepl.platform;

import io.zrepl.lab.Guest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks at the guest's pools from outside, and makes what tests start from. */
final class LabState {
  private final Guest guest;

  LabState(Guest guest) {
    this.guest = guest;
  }

  /** Runs {@code zfs} several times; a line per command, without the word zfs. */
  void zfs(String commands) {
    StringBuilder script = new StringBuilder("set -e\n");
    commands
        .lines()
        .filter(line -> !line.isBlank())
        .forEach(line -> script.append("zfs ").append(line.strip()).append('\n'));
    guest.shell(script.toString());
  }

  /** Snapshots of one filesystem by age, {@code "@1"}; of a missing one none. */
  List<String> snapshots(String filesystem) {
    return versions(filesystem, "snapshot");
  }

  /** Bookmarks of one filesystem by age, {@code "#1"}. */
  List<String> bookmarks(String filesystem) {
    return versions(filesystem, "bookmark");
  }

  private List<String> versions(String filesystem, String type) {
    return guest
        .shell(
            "zfs list -H -d 1 -o name -s createtxg -t %s '%s' 2>/dev/null || true"
                .formatted(type, filesystem))
        .lines()
        .map(name -> name.substring(filesystem.length()))
        .toList();
  }

  boolean exists(String name) {
    return !guest.shell("zfs list -H -o name '" + name + "' 2>/dev/null || true").isEmpty();
  }

  /** All holds of a filesystem's snapshots: {@code "@1"} to the tags in alphabetical order. */
  Map<String, List<String>> holds(String filesystem) {
    Map<String, List<String>> holds = new TreeMap<>();
    guest
        .shell(
            "zfs list -H -d 1 -o name -t snapshot '%s' | tr '\\n' '\\0' | xargs -0 -r zfs holds -H"
                .formatted(filesystem))
        .lines()
        .sorted()
        .forEach(line -> {
          String[] fields = line.split("\t", -1);
          holds
              .computeIfAbsent(fields[0].substring(filesystem.length()), _ -> new ArrayList<>())
              .add(fields[1]);
        });
    return holds;
  }

  /** A property as {@code zfs get} prints it, {@code "-"} if it has no value. */
  String property(String property, String name) {
    return guest.zfs("get", "-Hp", "-o", "value", property, name).strip();
  }

  String guid(String version) {
    return property("guid", version);
  }

  boolean hasPartialState(String filesystem) {
    return exists(filesystem) && !property("receive_resume_token", filesystem).equals("-");
  }

  /** The name of the cursor bookmark of a version, {@code "#zrepl_CURSOR_G_..."}. */
  String cursor(String version, String job) {
    return bookmark("zrepl_CURSOR", version, job);
  }

  /** The name of the tentative cursor bookmark of a version. */
  String tentative(String version, String job) {
    return bookmark("zrepl_CURSORTENTATIVE_", version, job);
  }

  private String bookmark(String prefix, String version, String job) {
    return "#%s_G_%016x_J_%s".formatted(prefix, Long.parseUnsignedLong(guid(version)), job);
  }
}

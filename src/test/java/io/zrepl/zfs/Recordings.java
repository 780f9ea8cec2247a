package io.zrepl.zfs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What real {@code zfs} commands printed; see the comment in the files. */
public final class Recordings {
  /** The versions of OpenZFS of which there are recordings. */
  public static final List<String> VERSIONS = List.of("2.1.11", "2.3.2");

  private final String version;
  private final Map<String, Recording> byId = new TreeMap<>();

  /** One run of a command. */
  public record Recording(String commandLine, int status, String output, String errors) {
    /** As a runner would give it. */
    CommandResult result(Command command) {
      return new CommandResult(command, status, output, errors);
    }
  }

  private Recordings(String version) {
    this.version = version;
  }

  /** All recordings of a version. */
  public static Recordings of(String version) {
    Recordings recordings = new Recordings(version);
    String file = "/zfs-outputs/" + version + "/recordings.txt";
    try (InputStream stream = Recordings.class.getResourceAsStream(file)) {
      if (stream == null) {
        throw new IllegalStateException("missing test resource " + file);
      }
      recordings.parse(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return recordings;
  }

  private void parse(String text) {
    for (String block : text.split("(?m)^== ", -1)) {
      if (block.startsWith("#")) {
        continue;
      }
      List<String> lines = block.lines().toList();
      byId.put(
          lines.getFirst(),
          new Recording(
              lines.get(1).substring(2),
              Integer.parseInt(lines.get(2).substring(2)),
              collect(lines, '>'),
              collect(lines, '!')));
    }
  }

  private static String collect(List<String> lines, char mark) {
    StringBuilder text = new StringBuilder();
    for (String line : lines.subList(3, lines.size())) {
      if (line.charAt(0) == mark) {
        text.append(line.substring(Math.min(2, line.length()))).append('\n');
      }
    }
    return text.toString();
  }

  /** The names of all runs, in alphabetical order. */
  public List<String> ids() {
    return byId.keySet().stream().sorted().toList();
  }

  /** All runs, by name. */
  Map<String, Recording> all() {
    return Collections.unmodifiableMap(byId);
  }

  /** The run of that name. */
  public Recording get(String id) {
    Recording recording = byId.get(id);
    if (recording == null) {
      throw new IllegalArgumentException("no recording " + id + " of " + version);
    }
    return recording;
  }
}

package io.zrepl.logging;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps failures that come back with every run of a job from filling the log.
 *
 * <pre>
 * what is logged                                        what the outlets get
 * a failure for the first time                          its line
 * the same again                                        its line at level debug; it is counted
 * the same, not told of for an hour, or a day in full   its line, with how often it came
 * the end of a run, with such failures                  one line that counts and names them
 * the end of a run, without what failed before          one line that counts and names what is over
 * </pre>
 *
 * <p>Two failures are the same if all that is said of them is, apart from numbers of four digits
 * and more (times, process ids, ports, sizes), but not those in the names of filesystems, and from
 * the fields that differ in each run. Only jobs have runs; a run of snapshots is one of its own.
 * What a run did not come to, since it was reset or the other side was away, is not over.
 *
 * <p>Used under the lock of its owner.
 */
final class RepeatedFailures {
  /** How many failures are known at most; others are always told. */
  static final int MOST_KNOWN = 20_000;

  static final Duration LONGEST_SILENCE = Duration.ofHours(1);
  static final Duration IN_FULL_AGAIN = Duration.ofDays(1);

  private static final int MOST_NAMED = 3;
  private static final Set<String> SUBSYSTEMS =
      Set.of("repl", "pruning", "snapshot", "hook", "job");
  private static final Set<String> SNAPSHOTTING = Set.of("snapshot", "hook");
  private static final Set<String> DIFFERS_IN_EACH_RUN =
      Set.of("snap", "step", "delay", "quiet", "syncPoint");
  private static final Set<String> NAMES = Set.of("fs", "pool");
  // A filesystem, up to the name of its snapshot or bookmark: tank/vm-1001 is another one than
  // tank/vm-1002.
  private static final Pattern PATH_OR_NUMBER =
      Pattern.compile("(?<path>[^\\s@#/]+(?:/[^\\s@#/]+)+)|\\d{4,}");

  /** What a line says about a round of its work. */
  enum End {
    /** Nothing. */
    NONE,
    /** It is over, but did not come to everything. */
    PARTIAL,
    /** It is over and came to everything. */
    COMPLETE
  }

  private record Work(String job, boolean snapshotting) {}

  private record Key(String subsystem, String message, List<Map.Entry<String, String>> fields) {}

  private static final class Known {
    private final LogEntry first;
    private Instant told;
    private Instant toldInFull;
    private long inThisRun;
    private long silentlyInThisRun;
    private long runs;
    private long times;

    Known(LogEntry first) {
      this.first = first;
      this.told = first.time();
      this.toldInFull = first.time();
    }
  }

  private final Map<Work, Map<Key, Known>> known = new HashMap<>();
  private int count;

  /**
   * What the outlets get of a line.
   *
   * @param end what the line says about a run
   * @return the line as it is or at another level, and what else is to be told
   */
  List<LogEntry> filter(LogEntry entry, End end) {
    String subsystem = entry.subsystem().orElse("");
    if (entry.job().isEmpty() || !SUBSYSTEMS.contains(subsystem)) {
      return List.of(entry);
    }
    Work work = new Work(entry.job().get(), SNAPSHOTTING.contains(subsystem));
    if (end != End.NONE) {
      List<LogEntry> result = new ArrayList<>(ended(work, entry, end == End.COMPLETE));
      result.add(entry);
      return result;
    }
    return entry.level().compareTo(LogLevel.WARN) < 0
        ? List.of(entry)
        : List.of(failed(work, entry));
  }

  private LogEntry failed(Work work, LogEntry entry) {
    Map<Key, Known> ofWork = known.computeIfAbsent(work, _ -> new HashMap<>());
    Key key = key(entry);
    Known failure = ofWork.get(key);
    if (failure == null) {
      if (count < MOST_KNOWN) {
        Known begun = new Known(entry);
        ofWork.put(key, begun);
        begun.inThisRun = 1;
        begun.times = 1;
        count++;
      }
      return entry;
    }
    failure.inThisRun++;
    failure.times++;
    if (reached(entry.time(), failure.told, LONGEST_SILENCE)
        || reached(entry.time(), failure.toldInFull, IN_FULL_AGAIN)) {
      failure.told = entry.time();
      failure.toldInFull = entry.time();
      return entry
          .withField("times", String.valueOf(failure.times))
          .withField("since", failure.first.time().toString());
    }
    failure.silentlyInThisRun++;
    return entry.withLevel(LogLevel.DEBUG);
  }

  /** A clock that was set back must not silence anything for long. */
  private static boolean reached(Instant now, Instant before, Duration limit) {
    return Duration.between(before, now).abs().compareTo(limit) >= 0;
  }

  private List<LogEntry> ended(Work work, LogEntry end, boolean complete) {
    List<LogEntry> result = new ArrayList<>();
    List<Known> silent = new ArrayList<>();
    List<Known> over = new ArrayList<>();
    Iterator<Known> each = known.getOrDefault(work, Map.of()).values().iterator();
    while (each.hasNext()) {
      Known failure = each.next();
      if (failure.inThisRun == 0) {
        if (complete) {
          each.remove();
          count--;
          over.add(failure);
        }
        continue;
      }
      failure.runs++;
      if (failure.silentlyInThisRun > 0) {
        failure.told = end.time();
        silent.add(failure);
      }
    }
    if (!silent.isEmpty()) {
      long lines = silent.stream().mapToLong(failure -> failure.silentlyInThisRun).sum();
      result.add(summary(silent, end, "the same failures as before", lines));
      silent.forEach(failure -> failure.silentlyInThisRun = 0);
    }
    if (!over.isEmpty()) {
      long lines = over.stream().mapToLong(failure -> failure.times).sum();
      result.add(summary(over, end, "failures are over", lines).withLevel(LogLevel.INFO));
    }
    known.getOrDefault(work, Map.of()).values().forEach(failure -> failure.inThisRun = 0);
    return result;
  }

  private static LogEntry summary(List<Known> failures, LogEntry end, String message, long lines) {
    failures.sort(
        Comparator.comparing((Known failure) -> failure.first.level())
            .reversed()
            .thenComparing(failure -> failure.first.time()));
    Map<String, String> fields = new TreeMap<>();
    StringBuilder names = new StringBuilder();
    for (Known failure : failures.subList(0, Math.min(MOST_NAMED, failures.size()))) {
      names
          .append(names.isEmpty() ? "" : "; ")
          .append(describe(failure.first))
          .append(" (since ")
          .append(failure.first.time())
          .append(", runs: ")
          .append(failure.runs)
          .append(')');
    }
    if (failures.size() > MOST_NAMED) {
      names.append("; and ").append(failures.size() - MOST_NAMED).append(" more");
    }
    fields.put("failures", String.valueOf(failures.size()));
    fields.put("lines", String.valueOf(lines));
    fields.put("which", names.toString());
    return new LogEntry(
        end.time(),
        failures.getFirst().first.level(),
        end.job(),
        end.subsystem(),
        message,
        List.copyOf(fields.entrySet()),
        List.of());
  }

  private static String describe(LogEntry entry) {
    for (String where : List.of("fs", "pool")) {
      for (Map.Entry<String, String> field : entry.fields()) {
        if (field.getKey().equals(where)) {
          return field.getValue() + ": " + entry.message();
        }
      }
    }
    return entry.message();
  }

  private static Key key(LogEntry entry) {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    for (Map.Entry<String, String> field : entry.fields()) {
      if (!DIFFERS_IN_EACH_RUN.contains(field.getKey())) {
        String value = field.getValue();
        fields.add(
            Map.entry(
                field.getKey(), NAMES.contains(field.getKey()) ? value : withoutNumbers(value)));
      }
    }
    return new Key(
        entry.subsystem().orElse(""), withoutNumbers(entry.message()), List.copyOf(fields));
  }

  private static String withoutNumbers(String text) {
    return PATH_OR_NUMBER
        .matcher(text)
        .replaceAll(
            found -> Matcher.quoteReplacement(found.group("path") == null ? "#" : found.group()));
  }
}

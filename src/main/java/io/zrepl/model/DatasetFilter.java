package io.zrepl.model;

import io.zrepl.base.InvalidValueException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which datasets a job covers: patterns with yes or no.
 *
 * <p>A pattern is a dataset path, or a path followed by {@code <} for the dataset and everything
 * below it, or just {@code <} for everything. An exact pattern decides before any other; otherwise
 * the longest subtree pattern that contains the dataset; otherwise the answer is no. The order of
 * the patterns does not matter.
 */
public final class DatasetFilter {
  private static final String FORBIDDEN = "@#|\t<>*";

  private final Map<String, Boolean> exact = new LinkedHashMap<>();
  private final Map<String, Boolean> subtrees = new LinkedHashMap<>();

  private DatasetFilter() {}

  /**
   * Makes a filter.
   *
   * @param patterns pattern to whether it selects
   * @throws InvalidValueException if a pattern is malformed; the message names it
   */
  public static DatasetFilter of(Map<String, Boolean> patterns) throws InvalidValueException {
    DatasetFilter filter = new DatasetFilter();
    for (Map.Entry<String, Boolean> entry : patterns.entrySet()) {
      String pattern = entry.getKey();
      boolean subtree = pattern.endsWith("<");
      String path = subtree ? pattern.substring(0, pattern.length() - 1) : pattern;
      requirePattern(pattern, path);
      (subtree ? filter.subtrees : filter.exact).put(path, entry.getValue());
    }
    return filter;
  }

  private static void requirePattern(String pattern, String path) throws InvalidValueException {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '<') {
        throw new InvalidValueException(
            "pattern \"%s\": \"<\" is only allowed once, at the end".formatted(pattern));
      }
      if (FORBIDDEN.indexOf(c) >= 0) {
        throw new InvalidValueException(
            "pattern \"%s\" has the character \"%s\"; a pattern is a dataset path, optionally followed by \"<\""
                .formatted(pattern, c == '\t' ? "\\t" : c));
      }
    }
    if (path.endsWith("/")) {
      throw new InvalidValueException(
          "pattern \"%s\": the path must not end with \"/\"".formatted(pattern));
    }
  }

  /** Whether the filter selects the dataset. */
  public boolean matches(DatasetPath dataset) {
    return decision(dataset).map(Decision::selects).orElse(false);
  }

  /**
   * The pattern that decides about a dataset.
   *
   * @return empty if no pattern applies, so that it is not selected
   */
  public Optional<Decision> decision(DatasetPath dataset) {
    String text = dataset.toString();
    Boolean decided = exact.get(text);
    if (decided != null) {
      return Optional.of(new Decision(text, decided));
    }
    for (int end = text.length(); end > 0; end = text.lastIndexOf('/', end - 1)) {
      String ancestor = text.substring(0, end);
      decided = subtrees.get(ancestor);
      if (decided != null) {
        return Optional.of(new Decision(ancestor + "<", decided));
      }
    }
    decided = subtrees.get("");
    return decided == null ? Optional.empty() : Optional.of(new Decision("<", decided));
  }

  /**
   * What decided about a dataset.
   *
   * @param pattern as written in the configuration
   * @param selects whether it selects the dataset
   */
  public record Decision(String pattern, boolean selects) {}

  /** The patterns as written, exact ones first. */
  public List<String> patterns() {
    List<String> patterns = new ArrayList<>(exact.keySet());
    subtrees.keySet().forEach(path -> patterns.add(path + "<"));
    return patterns;
  }

  /** Whether a selecting pattern covers all pools. */
  public boolean coversEverything() {
    return subtrees.getOrDefault("", false);
  }

  /**
   * The smallest set of subtrees that contains everything the filter can select, not considering
   * {@link #coversEverything()}. Patterns that can never match a dataset are left out.
   */
  public Set<DatasetPath> roots() {
    Map<String, DatasetPath> candidates = new LinkedHashMap<>();
    for (Map<String, Boolean> patterns : List.of(exact, subtrees)) {
      for (Map.Entry<String, Boolean> entry : patterns.entrySet()) {
        if (entry.getValue()) {
          addIfDataset(candidates, entry.getKey());
        }
      }
    }
    Set<DatasetPath> roots = new TreeSet<>();
    candidates.forEach((path, candidate) -> {
      if (!hasAncestor(path, candidates.keySet())) {
        roots.add(candidate);
      }
    });
    return roots;
  }

  private static boolean hasAncestor(String path, Set<String> others) {
    for (int end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (others.contains(path.substring(0, end))) {
        return true;
      }
    }
    return false;
  }

  private static void addIfDataset(Map<String, DatasetPath> candidates, String path) {
    try {
      candidates.put(path, DatasetPath.parse(path));
    } catch (InvalidValueException e) {
      // "", "/tank", "tank//x": accepted in a configuration although no dataset has such a name
    }
  }

  /** The patterns with their answers, exact ones first. */
  @Override
  public String toString() {
    Map<String, Boolean> all = new LinkedHashMap<>(exact);
    subtrees.forEach((path, selects) -> all.put(path + "<", selects));
    return all.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DatasetFilter filter
        && filter.exact.equals(exact)
        && filter.subtrees.equals(subtrees);
  }

  @Override
  public int hashCode() {
    return Objects.hash(exact, subtrees);
  }
}

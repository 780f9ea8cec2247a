package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds filters that can select the same dataset.
 *
 * <p>If two do, then both select a dataset that a pattern of one of them names, or any one right
 * below it: of the two patterns that decide, the deeper one is enough to look at. So each pattern
 * is compared with those filters only that have a pattern at the same place or above.
 */
final class OverlappingFilters {
  /**
   * Two filters.
   *
   * @param first its index, the smaller one
   * @param second its index
   * @param common what both select, for messages
   */
  record Overlap(int first, int second, String common) {}

  private record Pair(int first, int second) {}

  /** Stands for any dataset right below another. */
  private static final String ANY = "any-other-dataset";

  private final List<DatasetFilter> filters;
  private final int mostOverlaps;
  private final int mostComparisons;
  private final Map<String, List<Integer>> byPath = new HashMap<>();
  private final Set<Pair> seen = new HashSet<>();
  private final List<Overlap> overlaps = new ArrayList<>();
  private int comparisons;

  private OverlappingFilters(List<DatasetFilter> filters, int mostOverlaps, int mostComparisons) {
    this.filters = filters;
    this.mostOverlaps = mostOverlaps;
    this.mostComparisons = mostComparisons;
  }

  /**
   * Finds them.
   *
   * @param mostOverlaps after how many to end
   * @param mostComparisons after how many comparisons to end
   */
  static OverlappingFilters of(List<DatasetFilter> filters, int mostOverlaps, int mostComparisons) {
    OverlappingFilters search = new OverlappingFilters(filters, mostOverlaps, mostComparisons);
    search.index();
    for (int i = 0; i < filters.size() && !search.isExhausted(); i++) {
      search.compare(i);
    }
    return search;
  }

  /** In the order of the second filter, then the first. */
  List<Overlap> overlaps() {
    return overlaps.stream()
        .sorted((a, b) ->
            a.second != b.second
                ? Integer.compare(a.second, b.second)
                : Integer.compare(a.first, b.first))
        .toList();
  }

  /** How often a dataset was held against a filter. */
  int comparisons() {
    return comparisons;
  }

  private boolean isExhausted() {
    return overlaps.size() >= mostOverlaps || comparisons >= mostComparisons;
  }

  private static String path(String pattern) {
    return pattern.endsWith("<") ? pattern.substring(0, pattern.length() - 1) : pattern;
  }

  private void index() {
    for (int i = 0; i < filters.size(); i++) {
      for (String path : new LinkedHashSet<>(paths(filters.get(i)))) {
        byPath.computeIfAbsent(path, _ -> new ArrayList<>()).add(i);
      }
    }
  }

  private static List<String> paths(DatasetFilter filter) {
    return filter.patterns().stream().map(OverlappingFilters::path).toList();
  }

  private void compare(int index) {
    for (String path : paths(filters.get(index))) {
      for (String place = path; !isExhausted(); place = parent(place)) {
        for (int other : byPath.getOrDefault(place, Collections.emptyList())) {
          if (other != index && !isExhausted()) {
            compare(index, other, path);
          }
        }
        if (place.isEmpty()) {
          break;
        }
      }
    }
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private void compare(int one, int two, String path) {
    Pair pair = new Pair(Math.min(one, two), Math.max(one, two));
    if (seen.contains(pair)) {
      return;
    }
    comparisons++;
    String below = path.isEmpty() ? ANY : path + "/" + ANY;
    Optional<String> common = Optional.empty();
    if (bothSelect(pair, path)) {
      common = Optional.of(path);
    } else if (bothSelect(pair, below)) {
      common = Optional.of(path.isEmpty() ? "all datasets" : "datasets below " + path);
    }
    if (common.isPresent()) {
      seen.add(pair);
      overlaps.add(new Overlap(pair.first, pair.second, common.get()));
    }
  }

  private boolean bothSelect(Pair pair, String path) {
    try {
      DatasetPath dataset = DatasetPath.parse(path);
      return filters.get(pair.first).matches(dataset) && filters.get(pair.second).matches(dataset);
    } catch (InvalidValueException e) {
      return false; // no dataset can have that name
    }
  }
}

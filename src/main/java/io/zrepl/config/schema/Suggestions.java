package io.zrepl.config.schema;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was probably meant. */
final class Suggestions {
  private static final int LONGEST = 40;

  private Suggestions() {}

  /** The nearest of the words, if any is near: a typing error or two, other case, a beginning. */
  static Optional<String> nearest(String given, Collection<String> words) {
    if (given.isEmpty() || given.length() > LONGEST) {
      return Optional.empty();
    }
    String normal = normal(given);
    int most = Math.max(1, given.length() / 3);
    return words.stream()
        .min(Comparator.comparingInt(word -> distance(normal, normal(word))))
        .filter(word -> distance(normal, normal(word)) <= most)
        .or(() -> words.stream().filter(word -> isBeginning(normal, normal(word))).findFirst());
  }

  /** {@code ; did you mean "x"?}, or nothing. */
  static String hint(String given, Collection<String> words) {
    return nearest(given, words).map("; did you mean \"%s\"?"::formatted).orElse("");
  }

  private static boolean isBeginning(String given, String word) {
    return given.length() >= 3 && (word.startsWith(given) || given.startsWith(word));
  }

  private static String normal(String word) {
    return word.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
  static int distance(String a, String b) {
    int[][] distances = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          distances[i][j] = i + j;
          continue;
        }
        int replace = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best =
            Math.min(
                Math.min(distances[i - 1][j], distances[i][j - 1]) + 1,
                distances[i - 1][j - 1] + replace);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        distances[i][j] = swapped ? Math.min(best, distances[i - 2][j - 2] + 1) : best;
      }
    }
    return distances[a.length()][b.length()];
  }
}

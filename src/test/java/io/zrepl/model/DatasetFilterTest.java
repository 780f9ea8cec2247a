package io.zrepl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which datasets a filter selects. In the tables, "+p" is a selecting pattern and "-p" an excluding
 * one.
 */
class DatasetFilterTest {

  private static DatasetFilter filter(String patterns) throws InvalidValueException {
    Map<String, Boolean> map = new LinkedHashMap<>();
    for (String pattern : patterns.split(", ", -1)) {
      map.put(pattern.substring(1), pattern.startsWith("+"));
    }
    return DatasetFilter.of(map);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "+<                                       | tank/a              | true",
        "+tank<                                   | tank                | true",
        "+tank<                                   | tank/a              | true",
        "+tank<                                   | tank2               | false",
        "+tank<                                   | zroot/tank          | false",
        "+tank                                    | tank                | true",
        "+tank                                    | tank/a              | false",
        "+tank<, -tank/foo<, +tank/foo/bar        | tank/foo/bar        | true",
        "+tank<, -tank/foo<, +tank/foo/bar        | tank/foo/bar/loo    | false",
        "+tank<, -tank/foo<, +tank/foo/bar        | tank/foo            | false",
        "+tank<, -tank/foo<, +tank/foo/bar        | tank/var/log        | true",
        "+tank<, -tank/foo<, +tank/foo/bar        | tank/bar            | true",
        "+tank<, -tank/foo<, +tank/foo/bar        | zroot               | false",
        "+tank/h/bob, -tank/h/bob<                | tank/h/bob          | true",
        "+tank/h/bob, -tank/h/bob<                | tank/h/bob/x        | false",
        "-tank/h/bob, +tank/h/bob<                | tank/h/bob          | false",
        "-tank/h/bob, +tank/h/bob<                | tank/h/bob/x        | true",
        "-tank<, +tank/a<                         | tank/a/b            | true",
        "-tank<, +tank/a<                         | tank/b              | false",
        "+<, -tank                                | tank                | false",
        "+<, -tank                                | tank/a              | true",
        "+<, -tank                                | other               | true",
        "-<, +tank<                               | tank                | true",
        "-<, +tank<                               | other               | false",
        "+/tank<                                  | tank                | false",
        "+Tank<                                   | tank                | false",
        "+tank/my fs<                             | tank/my fs/x        | true",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | zroot | false",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | tank | true",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | tank/tmp | false",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | tank/tmp/foo | false",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | tank/home/x | false",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | tank/home/x/1 | true",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | tank/home/x/2 | false",
        "+tank<, -tank/tmp<, -tank/home/x<, +tank/home/x/1 | tank/home/y   | true",
      })
  void selects(String patterns, String dataset, boolean expected) throws InvalidValueException {
    assertThat(filter(patterns).matches(DatasetPath.of(dataset))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a<b", "tank<<", "a/<", "a@b", "a#b", "a|b", "a*", "tank/*<", "a\tb", "a/"})
  void refusesPattern(String pattern) {
    assertThatThrownBy(() -> DatasetFilter.of(Map.of(pattern, true)))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("pattern \"" + pattern);
  }

  @Test
  void withoutPatternsNothingIsSelected() throws InvalidValueException {
    assertThat(DatasetFilter.of(Map.of()).matches(DatasetPath.of("foo"))).isFalse();
  }

  @Test
  void namesThePatternThatDecided() throws InvalidValueException {
    DatasetFilter filter = filter("+tank<, -tank/tmp<");
    assertThat(filter.decision(DatasetPath.of("tank/tmp/x")))
        .contains(new DatasetFilter.Decision("tank/tmp<", false));
    assertThat(filter.decision(DatasetPath.of("other"))).isEqualTo(Optional.empty());
  }

  @Test
  void rootsAreTheSmallestSubtreesThatContainEverythingSelected() throws InvalidValueException {
    assertThat(filter("+a/b, +a<, -a/c<, +d/e, +/nothing<, -z<").roots())
        .containsExactly(DatasetPath.of("a"), DatasetPath.of("d/e"));
    assertThat(filter("+<, -tank").coversEverything()).isTrue();
    assertThat(filter("-<, +tank<").coversEverything()).isFalse();
  }
}

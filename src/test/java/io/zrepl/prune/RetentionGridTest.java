package io.zrepl.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.prune.RetentionGrid.Bucket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionGridTest {
  private static final Duration HOUR = Duration.ofHours(1);

  /** Which of the times, in seconds, the grid keeps if the present is 0. */
  private static List<Long> kept(String grid, List<Long> seconds) throws InvalidValueException {
    return kept(grid, 0, seconds);
  }

  private static List<Long> kept(String grid, long now, List<Long> seconds)
      throws InvalidValueException {
    List<Instant> times = seconds.stream().map(Instant::ofEpochSecond).toList();
    return RetentionGrid.parse(grid)
        .keep(Instant.ofEpochSecond(now), times, Function.identity(), Comparator.naturalOrder())
        .keySet()
        .stream()
        .map(Instant::getEpochSecond)
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private static List<Long> minutes(double... minutes) {
    return Arrays.stream(minutes).mapToObj(m -> Math.round(m * 60)).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1x1s", "3x10m | 1x1d(keep=2)", "1x1h(keep=all)"})
  void keepsNothingOfNothing(String grid) throws InvalidValueException {
    assertThat(kept(grid, List.of())).isEmpty();
  }

  @Test
  void keepsTheOldestOfEachBucketAndWhatIsYoungerThanAll() throws InvalidValueException {
    assertThat(kept("3x10m", minutes(1, 0, -10, -20, -30, -40))).isEqualTo(minutes(1, 0, -10, -20));
  }

  @Test
  void keepsSeveralOfABucket() throws InvalidValueException {
    assertThat(kept("1x1m(keep=2)", 5, List.of(1L, 2L, 3L, 4L, 5L))).containsExactly(2L, 1L);
  }

  @Test
  void olderEdgeOfABucketBelongsToTheNext() throws InvalidValueException {
    assertThat(kept("1x1m(keep=all) | 1x1m", List.of(0L, -1L, -2L, -60L, -61L)))
        .containsExactly(0L, -1L, -2L, -61L);
  }

  @Test
  void bucketsOfDifferentKindsFollowEachOther() throws InvalidValueException {
    assertThat(
            kept(
                "1x10m(keep=all) | 1x10m | 1x10m(keep=2) | 1x1h",
                minutes(3, -6, -8, -9, -11, -19, -25, -26, -30, -75, -90, -91, -120)))
        .isEqualTo(minutes(3, -6, -8, -9, -19, -25, -26, -75));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "1x10m | 1x10m; 0 5 9 10 15 19 20 25; 0 5 10 15 20 25",
        "1x10m(keep=2); 0 3 5 9 10; 0 3 10",
        "1x1h(keep=all); 0 59 60 61; 60 61",
        "1x10m; 0 5 9; 0 5",
      })
  void destroysByAgeInMinutes(String grid, String ages, String destroyed)
      throws InvalidValueException {
    List<Long> all = Arrays.stream(ages.split(" ", -1)).map(a -> -60 * Long.parseLong(a)).toList();
    List<Long> removed = new ArrayList<>(all);
    removed.removeAll(kept(grid, all));
    assertThat(removed.stream().map(s -> String.valueOf(-s / 60)))
        .containsExactly(destroyed.split(" ", -1));
  }

  @Test
  void thinsOutNineHoursLikeTheManual() throws InvalidValueException {
    List<Long> all =
        IntStream.concat(IntStream.rangeClosed(0, 26).map(i -> 20 * i), IntStream.of(530))
            .mapToObj(m -> -60L * m)
            .toList();
    assertThat(kept("1x1h(keep=all) | 2x2h | 1x3h", all))
        .isEqualTo(minutes(0, -20, -40, -160, -280, -460));
  }

  @Test
  void ofEqualTimesTheLaterInTheGivenOrderIsKept() throws InvalidValueException {
    List<String> names = List.of("b", "a", "c");
    assertThat(
            RetentionGrid.parse("1x1h")
                .keep(
                    Instant.EPOCH, names, name -> Instant.EPOCH, Comparator.<String>naturalOrder())
                .keySet())
        .containsExactly("c");
  }

  @Test
  void parsesRepetitionsLengthsAndNumbers() throws InvalidValueException {
    assertThat(RetentionGrid.parse("1x1h(keep=all) | 2x1h(keep=3) | 1 x 1 d").buckets())
        .containsExactly(
            new Bucket(HOUR, Bucket.KEEP_ALL),
            new Bucket(HOUR, 3),
            new Bucket(HOUR, 3),
            new Bucket(Duration.ofDays(1), 1));
    assertThat(RetentionGrid.parse("1x1h(keep=all) | 24x1h | 35x1d | 6x30d").buckets()).hasSize(66);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "24 x 1 h; 24",
        "1x1h (keep=all); 1",
        "1x1h( keep=3); 1",
        "1x1h(keep=-1); 1",
        "1x1h(keep=+3); 1",
        "1x1h(keep=03); 1",
        "1x1h(keep=3000000000); 1",
        "1x2h(keep=all) | 1x1h; 2",
        "1x2h(keep=all) | 1x3h(keep=all) | 1x1h; 3",
        "1x1h|1x1h; 2",
        "1x+1h; 1",
      })
  void accepts(String grid, int buckets) throws InvalidValueException {
    assertThat(RetentionGrid.parse(grid).buckets()).hasSize(buckets);
  }

  @Test
  void minusOneIsAnOldWayToWriteAll() throws InvalidValueException {
    assertThat(RetentionGrid.parse("1x1h(keep=-1)"))
        .isEqualTo(RetentionGrid.parse("1x1h(keep=all)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'1x1h(keep=3 )'; must be a number",
        "'1x1h(keep=all )'; must be a number",
        "1x1h(keep=foo); must be a number",
        "1x1h(keep=1.5); must be a number",
        "1x1h(keep=99999999999999999999); out of range",
        "1x1h(keep = 3); unknown parameter",
        "1x1h(); unknown parameter",
        "1x1h(foo=1); unknown parameter",
        "1x1h(keep=0); at least 1",
        "1x1h(keep=-2); at least 1",
        "0x1h; repetitions must be at least 1",
        "1x0h; must be positive",
        "1x-1h; must be positive",
        "1x1; has no unit",
        "1x1y; not a duration",
        "1x200000w; out of range",
        "-1x1h; expected are",
        "1X1h; expected are",
        "''; expected are",
        "1x1h|; expected are",
        "1h; expected are",
        "1x2h | 1x1h; must not decrease",
        "1x1h(keep=all) | 1x1d | 1x1h; must not decrease",
        "1000001x1h; at most 1000000 buckets",
        "999999999999x1h; at most 1000000 buckets",
      })
  void rejects(String grid, String why) {
    assertThatThrownBy(() -> RetentionGrid.parse(grid))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining(why);
  }

  @Test
  void saysWhichIntervalIsWrong() {
    assertThatThrownBy(() -> RetentionGrid.parse("1x1h | 2x1h(keep=x) | 1x1d"))
        .hasMessageStartingWith("interval 2 of 3 (\"2x1h(keep=x)\"): ");
  }

  @Test
  void hugeGridsNeitherOverflowNorStall() {
    assertThatCode(
            () -> assertThat(kept("1000000x15250w", List.of(0L, -1L, -10_000_000_000L))).hasSize(2))
        .doesNotThrowAnyException();
  }
}

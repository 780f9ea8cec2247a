package io.zrepl.endpoint.local.abstraction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.Snapshot;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaleAbstractionsTest {

  /** From {@code TYPE AGE}, where the type is C, S, L, T or 1. */
  private static Abstraction parse(String text, String filesystem, String job) {
    String[] words = text.split(" ", -1);
    AbstractionType type =
        switch (words[0]) {
          case "C" -> AbstractionType.CURSOR;
          case "S" -> AbstractionType.STEP_HOLD;
          case "L" -> AbstractionType.LAST_RECEIVED_HOLD;
          case "T" -> AbstractionType.TENTATIVE_CURSOR;
          default -> AbstractionType.LEGACY_CURSOR;
        };
    long age = Long.parseUnsignedLong(words[1]);
    Optional<JobId> owner =
        type == AbstractionType.LEGACY_CURSOR
            ? Optional.empty()
            : Optional.of(TestAbstractions.job(job));
    return new Abstraction(
        type,
        DatasetPath.of(filesystem),
        new Snapshot(type + words[1], new Guid(age), new CreateTxg(age), Instant.EPOCH),
        owner);
  }

  private static List<Abstraction> parse(String text) {
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.split(", ", -1)).map(one -> parse(one, "tank/a", "push")).toList();
  }

  @ParameterizedTest(name = "of {0} are stale: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                 | ''",
        "C 5                                | ''",
        "C 5, C 3, C 4                      | C 3, C 4",
        "C 9223372036854775808, C 3         | C 3",
        "L 1, L 2                           | L 1",
        "S 1, S 2, S 3                      | S 1, S 2",
        "S 1, S 2, S 3, C 2                 | S 1, S 2",
        "S 1, C 2                           | S 1",
        "S 3, S 4, C 2                      | ''",
        "T 1, T 2, C 9                      | ''",
        "1 1, C 9                           | ''",
        "L 1, C 9, S 8                      | S 8",
      })
  void staleIsWhatNobodyNeeds(String all, String stale) {
    assertThat(StaleAbstractions.among(parse(all))).isEqualTo(parse(stale));
  }

  @Test
  void everyFilesystemAndJobIsJudgedByItself() {
    List<Abstraction> all =
        List.of(
            parse("C 1", "tank/a", "one"),
            parse("C 2", "tank/a", "two"),
            parse("C 3", "tank/b", "one"),
            parse("S 1", "tank/a", "two"),
            parse("S 3", "tank/a", "one"));
    assertThat(StaleAbstractions.among(all)).containsExactly(parse("S 1", "tank/a", "two"));
  }

  @Test
  void judgementNeedsAllAgesAndBothStepHoldsAndCursors() throws Exception {
    AbstractionQuery everything = AbstractionQuery.everything();
    assertThatCode(() -> StaleAbstractions.requireJudgeable(everything)).doesNotThrowAnyException();
    assertThatCode(
            () -> StaleAbstractions.requireJudgeable(ofTypes(AbstractionType.LAST_RECEIVED_HOLD)))
        .doesNotThrowAnyException();
    for (AbstractionType one : Set.of(AbstractionType.STEP_HOLD, AbstractionType.CURSOR)) {
      assertThatThrownBy(() -> StaleAbstractions.requireJudgeable(ofTypes(one)))
          .isInstanceOf(InvalidValueException.class)
          .hasMessageContaining("step-hold")
          .hasMessageContaining("replication-cursor-bookmark-v2");
    }
    AbstractionQuery young =
        new AbstractionQuery(
            everything.filesystems(),
            everything.types(),
            everything.job(),
            CreateTxgRange.parse("[5,~", false));
    assertThatThrownBy(() -> StaleAbstractions.requireJudgeable(young))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("all ages");
  }

  private static AbstractionQuery ofTypes(AbstractionType first) {
    return new AbstractionQuery(
        new AbstractionQuery.Filesystems.All(),
        EnumSet.of(first),
        Optional.empty(),
        CreateTxgRange.ALL);
  }
}

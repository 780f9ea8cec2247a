package io.zrepl.prune;

import static io.zrepl.prune.Samples.bookmark;
import static io.zrepl.prune.Samples.cursor;
import static io.zrepl.prune.Samples.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicatedAttributeTest {

  private static List<Boolean> replicated(
      List<FilesystemVersion> versions, Optional<Guid> cursor, boolean atCursorCounts) {
    return ReplicatedAttribute.candidates(versions, cursor, atCursorCounts).stream()
        .map(PruneCandidate::replicated)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "2, false, true false false",
    "2, true, true true false",
    "1, false, false false false",
    "1, true, true false false",
    "3, false, true true false",
    "3, true, true true true",
    "9, false, false false false",
    "9, true, false false false",
  })
  void whatIsBeforeTheCursorIsReplicated(long cursor, boolean atCursorCounts, String expected) {
    assertThat(
            replicated(
                List.of(snapshot(1), snapshot(2), snapshot(3)),
                Optional.of(new Guid(cursor)),
                atCursorCounts))
        .map(String::valueOf)
        .containsExactly(expected.split(" ", -1));
  }

  @Test
  void withoutCursorNothingIsReplicated() {
    assertThat(replicated(List.of(snapshot(1), snapshot(2)), Optional.empty(), true))
        .containsExactly(false, false);
  }

  @Test
  void bookmarkAtTheCursorStandsInForItsDestroyedSnapshot() {
    for (boolean atCursorCounts : List.of(true, false)) {
      assertThat(
              replicated(
                  List.of(snapshot(1), cursor(2), snapshot(3)),
                  Optional.of(new Guid(2)),
                  atCursorCounts))
          .containsExactly(true, false);
    }
  }

  @Test
  void anotherBookmarkDoesNot() {
    assertThat(
            replicated(
                List.of(snapshot(1), bookmark("hand", 2), snapshot(3)),
                Optional.of(new Guid(9)),
                true))
        .containsExactly(false, false);
  }

  @Test
  void orderIsThatOfCreateTxgNotOfDatesOrNamesOrTheList() {
    assertThat(
            ReplicatedAttribute.candidates(
                List.of(snapshot("a", 3, 10), snapshot("b", 2, 20), snapshot("c", 1, 30)),
                Optional.of(new Guid(2)),
                false))
        .extracting(c -> c.snapshot().name() + " " + c.replicated())
        .containsExactly("c true", "b false", "a false");
  }
}

package io.zrepl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DatasetPathTest {

  @Test
  void datasetComesDirectlyBeforeItsDescendants() {
    assertThat(Stream.of("a-b", "a/b", "a", "a/b/c", "a b").map(DatasetPath::of).sorted())
        .map(DatasetPath::toString)
        .containsExactly("a", "a/b", "a/b/c", "a b", "a-b");
  }

  @Test
  void prefixIsMeasuredInComponents() {
    DatasetPath a = DatasetPath.of("pool/a");
    assertThat(DatasetPath.of("pool/aa").isAtOrBelow(a)).isFalse();
    assertThat(DatasetPath.of("pool/a/a").isBelow(a)).isTrue();
    assertThat(a.isBelow(a)).isFalse();
    assertThat(a.isAtOrBelow(a)).isTrue();
  }

  @Test
  void mappingBelowARootCanBeUndone() throws InvalidValueException {
    DatasetPath root = DatasetPath.of("backup/client");
    DatasetPath path = DatasetPath.of("tank/home");
    assertThat(root.resolve(path)).hasToString("backup/client/tank/home");
    assertThat(root.resolve(path).below(root)).contains(path);
    assertThat(root.below(root)).isEmpty();
  }

  @Test
  void resolvingRefusesNamesThatZfsCouldNotHold() {
    assertThatThrownBy(
            () -> DatasetPath.of("a".repeat(200)).resolve(DatasetPath.of("b".repeat(60))))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("261 characters");
  }

  @Test
  void poolAndParent() {
    assertThat(DatasetPath.of("a/b/c").pool()).isEqualTo(DatasetPath.of("a"));
    assertThat(DatasetPath.of("a/b/c").parent()).contains(DatasetPath.of("a/b"));
    assertThat(DatasetPath.of("a").parent()).isEmpty();
  }
}

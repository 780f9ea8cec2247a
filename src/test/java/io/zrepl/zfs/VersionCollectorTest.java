package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.zrepl.base.HeapSpace;
import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.VersionList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VersionCollectorTest {
  private static final HeapSpace ROOMY = new HeapSpace(1000, () -> 0, () -> {});
  private static final HeapSpace FULL = new HeapSpace(1000, () -> 999, () -> {});

  private static VersionCollector collect(HeapSpace heap, String... lines) throws ZfsException {
    VersionCollector collector = new VersionCollector(heap);
    for (String line : lines) {
      collector.accept(line.replace(' ', '\t'));
    }
    return collector;
  }

  private static List<String> names(VersionCollector collector, String filesystem)
      throws ZfsException, InvalidValueException {
    return collector.versions().getOrDefault(DatasetPath.of(filesystem), List.of()).stream()
        .map(version -> version.relativeName())
        .toList();
  }

  @Test
  void versionsOfEachFilesystemAreHeldCompactlyInTheirOrder() throws Exception {
    VersionCollector collector =
        collect(
            ROOMY, "a@2 2 20 1000 0", "a@1 1 10 1000 3", "a#2 2 20 1000 -", "a/b@x 9 15 1000 0");
    assertThat(names(collector, "a")).containsExactly("@1", "#2", "@2");
    assertThat(names(collector, "a/b")).containsExactly("@x");
    assertThat(collector.versions().values()).allMatch(VersionList.class::isInstance);
  }

  @Test
  void linesOfAFilesystemNeedNotFollowEachOther() throws Exception {
    VersionCollector collector =
        collect(ROOMY, "a@2 2 20 1000 0", "b@1 1 10 1000 0", "a@1 3 10 1000 0");
    assertThat(names(collector, "a")).containsExactly("@1", "@2");
  }

  @Test
  void nameThatIsNotAcceptableIsLeftOutWithTheReason() throws Exception {
    VersionCollector collector = collect(ROOMY, "a@1 1 10 1000 0", "a@% 2 20 1000 0");
    assertThat(names(collector, "a")).containsExactly("@1");
    assertThat(collector.skipped()).hasSize(1).first().asString().contains("character %");
  }

  @Test
  void brokenLineMakesAllOfItWorthless() throws Exception {
    VersionCollector collector = collect(ROOMY, "a@1 1 10 1000 0", "a@2 2", "a@3 3 30 1000 0");
    assertThatThrownBy(collector::versions)
        .isInstanceOf(InvalidValueException.class)
        .hasMessageContaining("a@2");
  }

  @Test
  void whatDoesNotFitIsAnErrorOfTheJobForGood() throws Exception {
    VersionCollector collector = collect(FULL, "a@1 1 10 1000 0", "a@2 2 20 1000 0");
    ZfsException failure =
        catchThrowableOfType(ZfsException.class, () -> collector.accept("b@1\t1\t10\t1000\t0"));
    assertThat(failure.scope()).isEqualTo(FailureScope.JOB);
    assertThat(failure.temporary()).isFalse();
    assertThat(failure.message()).contains("more than").contains("snapshots").contains("memory");
    assertThat(failure.advice()).hasValueSatisfying(advice -> assertThat(advice).contains("-Xmx"));
  }
}

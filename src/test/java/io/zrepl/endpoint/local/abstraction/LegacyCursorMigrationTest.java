package io.zrepl.endpoint.local.abstraction;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.local.abstraction.LegacyCursorMigration.Decision;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.zfs.FakeZfs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LegacyCursorMigrationTest {
  private final TestAbstractions test = new TestAbstractions();
  private final FakeZfs zfs = test.zfs;
  private Map<JobId, DatasetFilter> senders = Map.of();

  @BeforeEach
  void makeDatasets() throws Exception {
    zfs.create("src");
    zfs.create("src/a");
    zfs.take("src/a@1");
    zfs.take("src/a@2");
    senders = Map.of(TestAbstractions.job("push"), DatasetFilter.of(Map.of("src<", true)));
  }

  private Decision decide() throws Exception {
    List<Abstraction> found =
        new AbstractionLister(zfs).list(AbstractionQuery.everything()).abstractions();
    return LegacyCursorMigration.decide(List.of(DatasetPath.of("src/a")), senders, found)
        .getFirst();
  }

  @Test
  void oldCursorGoesIfTheJobHasOneThatIsNotOlder() throws Exception {
    String old = test.legacy("src/a@1");
    String successor = test.cursor("src/a@2", "push");
    Decision.Destroy decision = (Decision.Destroy) decide();
    assertThat(decision.old()).hasToString(old);
    assertThat(decision.successor()).hasToString(successor);
  }

  @Test
  void cursorOfTheSameSnapshotIsNotOlder() throws Exception {
    test.legacy("src/a@1");
    test.cursor("src/a@1", "push");
    assertThat(decide()).isInstanceOf(Decision.Destroy.class);
  }

  @Test
  void oldCursorStaysIfTheJobHasNoneOrAnOlderOne() throws Exception {
    test.legacy("src/a@2");
    test.tentative("src/a@2", "push");
    test.cursor("src/a@2", "other");
    assertThat(decide()).isInstanceOf(Decision.Fail.class).asString().contains("no cursor yet");
    test.cursor("src/a@1", "push");
    assertThat(decide()).isInstanceOf(Decision.Fail.class).asString().contains("older");
  }

  @Test
  void filesystemWithoutOldCursorOrWithoutJobIsSkipped() throws Exception {
    test.cursor("src/a@1", "push");
    assertThat(decide()).isInstanceOf(Decision.Skip.class);
    test.legacy("src/a@1");
    senders = Map.of(TestAbstractions.job("push"), DatasetFilter.of(Map.of("src/a", false)));
    assertThat(decide()).isInstanceOf(Decision.Skip.class);
  }

  @Test
  void filesystemOfTwoJobsIsAFailureThatNamesBoth() throws Exception {
    test.legacy("src/a@1");
    test.cursor("src/a@2", "push");
    senders =
        Map.of(
            TestAbstractions.job("push"), DatasetFilter.of(Map.of("src<", true)),
            TestAbstractions.job("other"), DatasetFilter.of(Map.of("src/a", true)));
    assertThat(decide()).isInstanceOf(Decision.Fail.class).asString().contains("other, push");
  }
}

package io.zrepl.endpoint.local;

import static io.zrepl.endpoint.local.TestReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.DatasetPath;
import io.zrepl.zfs.FakeFaults;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.SendFlags;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many commands it takes to estimate the steps of a plan. */
class StepEstimatesTest {
  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  @BeforeEach
  void create() throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@0");
    test.run(RESUMABILITY);
  }

  private List<SendRequest> steps(int count) {
    List<SendRequest> steps = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      zfs.take("src/a@" + i);
    }
    for (int i = 1; i <= count; i++) {
      steps.add(test.incremental("src/a@" + (i - 1), "src/a@" + i, RESUMABILITY));
    }
    return steps;
  }

  private int commandsFor(List<SendRequest> steps) throws Exception {
    test.sender.listFilesystems();
    zfs.resetProcesses();
    for (SendRequest step : steps) {
      assertThat(test.sender.estimate(step)).hasValue(1000);
    }
    return zfs.processCount();
  }

  @ParameterizedTest(name = "{0} steps")
  @CsvSource({"1, 1", "2, 1", "5, 1", "16, 1", "17, 2", "32, 2", "40, 3"})
  void oneCommandEstimatesSixteenStepsThatFollowEachOther(int steps, int commands)
      throws Exception {
    assertThat(commandsFor(steps(steps))).isEqualTo(commands);
  }

  @Test
  void savedStreamsAreEstimatedOneByOne() throws Exception {
    test.flags = new SendFlags(false, false, false, false, false, false, false, true);
    test.restart();
    assertThat(commandsFor(steps(3))).isEqualTo(3);
  }

  @Test
  void stepOverOtherSnapshotsIsEstimatedAlone() throws Exception {
    List<SendRequest> _ = steps(3);
    assertThat(commandsFor(List.of(test.incremental("src/a@0", "src/a@3", RESUMABILITY))))
        .isEqualTo(1);
    assertThat(zfs.journal()).containsExactly("ESTIMATE src/a @0 @3");
  }

  @Test
  void answerAboutOtherStepsIsNotUsedAndNotAskedForAgain() throws Exception {
    List<SendRequest> steps = steps(4);
    test.sender.listFilesystems();
    zfs.destroySnapshots(DatasetPath.of("src/a"), List.of("2"));
    zfs.resetProcesses();
    assertThat(test.sender.estimate(steps.getFirst())).hasValue(1000);
    assertThat(test.sender.estimate(steps.getLast())).hasValue(1000);
    assertThat(zfs.journal())
        .containsExactly(
            "ESTIMATE src/a @0 ... @4", "ESTIMATE src/a @0 @1", "ESTIMATE src/a @3 @4");
  }

  @Test
  void listingForgetsWhatWasEstimated() throws Exception {
    List<SendRequest> steps = steps(2);
    assertThat(commandsFor(steps)).isEqualTo(1);
    assertThat(commandsFor(steps)).isEqualTo(1);
  }

  @Test
  void failureIsThatOfTheStepAskedFor() throws Exception {
    List<SendRequest> steps = steps(3);
    test.sender.listFilesystems();
    zfs.setFaults(FakeFaults.failBefore(call -> call.subject().contains("...")));
    assertThat(test.sender.estimate(steps.getFirst())).hasValue(1000);
  }
}

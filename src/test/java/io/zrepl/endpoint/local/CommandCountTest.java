package io.zrepl.endpoint.local;

import static io.zrepl.endpoint.local.TestReplication.INCREMENTAL;
import static io.zrepl.endpoint.local.TestReplication.RESUMABILITY;
import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.zfs.FakeZfs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How many processes the endpoints start: the price of a wakeup, and of a step. */
class CommandCountTest {
  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  @ParameterizedTest(name = "{0} filesystems, {1} snapshots, filter {2}")
  @CsvSource({
    "5, 1, 'src<'",
    "25, 1, 'src<'",
    "5, 20, 'src<'",
    "25, 20, 'src<'",
    "5, 1, '<'",
    "25, 20, '<'",
    "5, 1, excluding",
    "25, 20, excluding"
  })
  void runWithNothingToDoCostsTwoOrThreeCommandsPerSide(
      int filesystems, int snapshots, String filter) throws Exception {
    test.filter =
        switch (filter) {
          case "excluding" -> Map.of("src<", true, "src/fs1", false);
          case "<" -> Map.of("<", true, "dst<", false);
          default -> Map.of(filter, true);
        };
    for (int i = 0; i < filesystems; i++) {
      zfs.create("src/fs" + i);
      for (int s = 0; s < snapshots; s++) {
        zfs.take("src/fs" + i + "@" + s);
      }
    }
    zfs.take("src@1");
    test.restart();
    test.run(RESUMABILITY);
    test.restart();

    zfs.resetProcesses();
    test.sender.listFilesystems();
    for (int i = 2; i < filesystems; i++) {
      test.sender.listVersions(DatasetPath.of("src/fs" + i));
      test.sender.replicationCursor(DatasetPath.of("src/fs" + i));
    }
    // Listing everything passes over suspended pools in silence, so that one more asks for them.
    assertThat(zfs.processCount())
        .as("sender: %s", zfs.journal())
        .isEqualTo(filter.equals("<") ? 3 : 2);

    zfs.resetProcesses();
    test.receiver.listFilesystems();
    for (int i = 2; i < filesystems; i++) {
      test.receiver.listVersions(DatasetPath.of("src/fs" + i));
    }
    assertThat(zfs.processCount()).as("receiver: %s", zfs.journal()).isEqualTo(2);

    assertThat(test.plan(RESUMABILITY)).isEmpty();
  }

  @Test
  void stepOfGuaranteeResumabilityCostsEightCommandsHereAndFourThere() throws Exception {
    assertCost(RESUMABILITY, new int[] {8, 7, 7}, new int[] {4, 4, 4});
  }

  @Test
  void stepOfGuaranteeIncrementalCostsEightCommandsHereAndFourThere() throws Exception {
    assertCost(INCREMENTAL, new int[] {8, 7, 7}, new int[] {4, 4, 4});
  }

  @ParameterizedTest(name = "guarantee {0}")
  @CsvSource({"RESUMABILITY, 50", "INCREMENTAL, 52"})
  void fiveStepsInARowCostAboutTenCommandsEachOnBothSidesTogether(
      ReplicationGuarantee guarantee, int commands) throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    zfs.create("src/a");
    zfs.take("src/a@0");
    test.run(protection);
    for (int i = 1; i <= 5; i++) {
      zfs.take("src/a@" + i);
    }
    List<SendRequest> steps = test.plan(protection);
    assertThat(steps).hasSize(5);
    zfs.resetProcesses();
    for (SendRequest step : steps) {
      assertThat(test.sender.estimate(step)).hasValue(1000);
      test.step(step, !step.equals(steps.getLast()));
    }
    assertThat(zfs.processCount()).as("%s", zfs.journal()).isEqualTo(commands);
    assertThat(zfs.processes()).containsEntry(FakeZfs.Operation.ESTIMATE, 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = ReplicationGuarantee.class,
      names = {"RESUMABILITY", "INCREMENTAL"})
  void listingBesideStepsThatAreToBeContinuedCostsNoMoreThanAnyListing(
      ReplicationGuarantee guarantee) throws Exception {
    ReplicationProtection protection = TestReplication.both(guarantee);
    List<String> filesystems = List.of("src/a", "src/b", "src/c");
    zfs.create("src/failed");
    zfs.take("src/failed@0");
    for (String filesystem : filesystems) {
      zfs.create(filesystem);
      zfs.take(filesystem + "@0");
    }
    test.run(protection);
    for (String filesystem : filesystems) {
      for (int i = 1; i <= 3; i++) {
        zfs.take(filesystem + "@" + i);
      }
      test.step(test.incremental(filesystem + "@0", filesystem + "@1", protection), true);
    }
    String untouched = objects(filesystems);
    zfs.resetProcesses();

    test.sender.listFilesystems();
    test.sender.listVersions(DatasetPath.of("src/failed"));

    assertThat(zfs.processCount()).as("%s", zfs.journal()).isEqualTo(2);
    assertThat(objects(filesystems)).isEqualTo(untouched);
    for (String filesystem : filesystems) {
      test.step(test.incremental(filesystem + "@1", filesystem + "@2", protection), true);
      test.step(test.incremental(filesystem + "@2", filesystem + "@3", protection), false);
      assertThat(zfs.holdsIn(filesystem)).isEmpty();
      assertThat(zfs.bookmarksOf(filesystem))
          .containsExactly(test.cursor(zfs.version(filesystem + "@3")));
    }
  }

  private String objects(List<String> filesystems) {
    StringBuilder text = new StringBuilder();
    filesystems.forEach(name -> text.append(zfs.holdsIn(name)).append(zfs.bookmarksOf(name)));
    return text.toString();
  }

  private void assertCost(ReplicationProtection protection, int[] sender, int[] receiver)
      throws Exception {
    zfs.create("src/a");
    zfs.take("src/a@0");
    test.run(protection);
    for (int i = 0; i < sender.length; i++) {
      zfs.take("src/a@" + (i + 1));
    }
    int number = 0;
    for (SendRequest step : test.plan(protection)) {
      zfs.resetProcesses();
      test.sender.estimate(step);
      int received;
      try (SendStream stream = test.sender.send(step)) {
        ReceiveRequest request = TestReplication.receiveRequest(step, stream);
        int before = zfs.processCount();
        test.receiver.receive(request, stream);
        received = zfs.processCount() - before;
      }
      test.sender.sendCompleted(step);
      assertThat(received).as("receiver: %s", zfs.journal()).isEqualTo(receiver[number]);
      assertThat(zfs.processCount() - received)
          .as("sender: %s", zfs.journal())
          .isEqualTo(sender[number]);
      number++;
    }
    assertThat(number).isEqualTo(sender.length);
  }
}

package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many processes a run costs. */
@LabTest
class ProcessCountTest {
  /** For listing one side. */
  private static final int BUDGET_OF_A_SIDE = 4;

  /** For one incremental step, on both sides together, with estimate and checks of guids. */
  private static final int BUDGET_OF_A_STEP = 12;

  private static final int CHAIN = 5;

  /** On average over so many steps of one filesystem, one after the other. */
  private static final int BUDGET_OF_A_STEP_IN_A_ROW = 10;

  private static final String JOBS =
      """
      - type: push
        name: push
        filesystems: {"src/data<": true}
        snapshotting: {type: manual}
        connect: {type: local, listener_name: vault, client_identity: host}
        conflict_resolution: {initial_replication: all}
        pruning:
          keep_sender: [{type: last_n, count: 100}]
          keep_receiver: [{type: grid, grid: "1x1d(keep=all)", regex: ".*"}]
      - type: sink
        name: sink
        root_fs: dst/vault
        serve: {type: local, listener_name: vault}
        recv: {placeholder: {encryption: inherit}}
      """;

  private static final String ONE_FILESYSTEM = JOBS.replace("src/data<", "src/data/1");

  private final Guest guest;
  @TempDir private Path folder;
  private Site site;
  private int number = 100;

  ProcessCountTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(JOBS);
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.zfs("create", "-o", "mountpoint=none", "src/data");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  private void addFilesystems(int from, int to) {
    guest.shell(
        "for i in $(seq " + from + " " + to + "); do zfs create src/data/$i || exit 1; done");
  }

  /** Each run takes seconds, most of them for asking whether it is over. */
  private List<String> commandsOfARun(DaemonProcess daemon) throws Exception {
    site.takeCommands();
    assertThat(DaemonProcess.attemptState(daemon.runOnce("push")))
        .as(daemon.log())
        .isEqualTo("done");
    return site.takeCommands();
  }

  /** Replicates everything within the guest, which is quicker than many steps. */
  private void replicateByHand(String snapshot) {
    guest.shell(
        """
        zfs list dst/vault/host >/dev/null 2>&1 && zfs destroy -r dst/vault/host
        zfs create -o zrepl:placeholder=on dst/vault/host &&
        zfs create -o zrepl:placeholder=on dst/vault/host/src &&
        zfs send -R src/data@%s | zfs receive -u dst/vault/host/src/data
        """
            .formatted(snapshot));
  }

  @Test
  void runWithNothingToDoCostsTheSameForAnyNumberOfFilesystemsAndSnapshots() throws Exception {
    addFilesystems(1, 4);
    guest.zfs("snapshot", "-r", "src/data@1");
    replicateByHand("1");
    DaemonProcess daemon = site.startDaemon();
    List<String> fiveFilesystemsOneSnapshot = commandsOfARun(daemon);
    assertThat(fiveFilesystemsOneSnapshot)
        .isNotEmpty()
        .hasSizeLessThanOrEqualTo(2 * BUDGET_OF_A_SIDE);

    addFilesystems(5, 24);
    guest.shell("for i in $(seq 2 19); do zfs snapshot src/data/1@$i || exit 1; done");
    guest.zfs("snapshot", "-r", "src/data@last");
    replicateByHand("last");
    assertThat(commandsOfARun(daemon))
        .as("with 25 filesystems; with five: %s", fiveFilesystemsOneSnapshot)
        .hasSameSizeAs(fiveFilesystemsOneSnapshot);
  }

  private void takeSnapshots(int count) {
    for (int i = 0; i < count; i++) {
      guest.shell("echo %d >/src/data/1/file; zfs snapshot src/data/1@%d".formatted(i, number++));
    }
  }

  @Test
  void stepsKeepToTheirBudget() throws Exception {
    site.configure(ONE_FILESYSTEM);
    guest.zfs("set", "mountpoint=/src/data", "src/data");
    addFilesystems(1, 1);
    guest.zfs("snapshot", "src/data/1@first");
    DaemonProcess daemon = site.startDaemon();
    commandsOfARun(daemon);
    int listings = commandsOfARun(daemon).size();
    takeSnapshots(1);
    assertThat(commandsOfARun(daemon)).hasSizeLessThanOrEqualTo(listings + BUDGET_OF_A_STEP);
    takeSnapshots(CHAIN);
    assertThat(commandsOfARun(daemon))
        .hasSizeLessThanOrEqualTo(listings + CHAIN * BUDGET_OF_A_STEP_IN_A_ROW);
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-t", "bookmark", "-r", "src/data"))
        .as("the cursor")
        .hasSize(1);
    assertThat(guest.zfsLines("list", "-H", "-o", "userrefs", "-t", "snapshot", "-r", "src/data"))
        .as("number of holds")
        .containsOnly("0");
  }

  @Test
  void snapshotsOfOneFilesystemAreDestroyedByOneProcess() throws Exception {
    site.configure(ONE_FILESYSTEM.replace("count: 100", "count: 1"));
    addFilesystems(1, 1);
    guest.shell("for i in $(seq 1 12); do zfs snapshot src/data/1@$i || exit 1; done");
    DaemonProcess daemon = site.startDaemon();
    assertThat(commandsOfARun(daemon))
        .filteredOn(command -> command.startsWith("zfs destroy src/data/1@"))
        .hasSize(1);
    assertThat(guest.zfsLines("list", "-H", "-t", "snapshot", "-r", "src/data")).hasSize(1);
  }
}

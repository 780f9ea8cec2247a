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

/** How many commands a run costs when there is nothing to do. */
@LabTest
class ProcessCountTest {
  private static final int BUDGET = 12;

  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  ProcessCountTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(
        """
        - type: push
          name: push
          filesystems: {"src/data<": true}
          snapshotting: {type: manual}
          connect: {type: local, listener_name: vault, client_identity: host}
          conflict_resolution: {initial_replication: all}
          pruning:
            keep_sender: [{type: not_replicated}, {type: last_n, count: 100}]
            keep_receiver: [{type: grid, grid: "1x1d(keep=all)", regex: ".*"}]
        - type: sink
          name: sink
          root_fs: dst/vault
          serve: {type: local, listener_name: vault}
          recv: {placeholder: {encryption: inherit}}
        """);
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

  private List<String> commandsOfARunWithNothingToDo(DaemonProcess daemon) throws Exception {
    assertThat(DaemonProcess.attemptState(daemon.runOnce("push")))
        .as(daemon.log())
        .isEqualTo("done");
    site.takeCommands();
    assertThat(DaemonProcess.attemptState(daemon.runOnce("push")))
        .as(daemon.log())
        .isEqualTo("done");
    return site.takeCommands();
  }

  @Test
  void runWithNothingToDoCostsTheSameForAnyNumberOfFilesystemsAndSnapshots() throws Exception {
    addFilesystems(1, 4);
    guest.zfs("snapshot", "-r", "src/data@1");
    DaemonProcess daemon = site.startDaemon();
    List<String> fiveFilesystemsOneSnapshot = commandsOfARunWithNothingToDo(daemon);
    assertThat(fiveFilesystemsOneSnapshot).isNotEmpty().hasSizeLessThanOrEqualTo(BUDGET);

    guest.shell("for i in $(seq 2 20); do zfs snapshot src/data/1@$i || exit 1; done");
    assertThat(commandsOfARunWithNothingToDo(daemon))
        .as("with 20 snapshots; with one: %s", fiveFilesystemsOneSnapshot)
        .hasSameSizeAs(fiveFilesystemsOneSnapshot);

    addFilesystems(5, 24);
    guest.zfs("snapshot", "-r", "src/data@last");
    assertThat(commandsOfARunWithNothingToDo(daemon))
        .as("with 25 filesystems; with five: %s", fiveFilesystemsOneSnapshot)
        .hasSameSizeAs(fiveFilesystemsOneSnapshot);
  }
}

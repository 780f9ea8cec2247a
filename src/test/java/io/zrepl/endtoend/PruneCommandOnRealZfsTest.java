package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code zrepl prune JOB} as an administrator uses it, with and without a daemon. */
@LabTest
class PruneCommandOnRealZfsTest {
  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  PruneCommandOnRealZfsTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(
        """
        - type: push
          name: push
          filesystems: {"src/data": true, "src/more": true}
          snapshotting: {type: manual}
          connect: {type: local, listener_name: vault, client_identity: host}
          pruning:
            keep_sender: [{type: last_n, count: 2}]
            keep_receiver: [{type: last_n, count: 3}]
        - type: sink
          name: sink
          root_fs: dst/vault
          serve: {type: local, listener_name: vault}
          recv: {placeholder: {encryption: inherit}}
        - type: snap
          name: snap
          filesystems: {"src/local": true}
          snapshotting: {type: manual}
          pruning: {keep: [{type: last_n, count: 1}]}
        """);
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.shell("for f in data more local; do zfs create src/$f; zfs snapshot src/$f@1; done");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  private void snapshot(String... names) {
    for (String name : names) {
      guest.zfs("snapshot", "src/data@" + name);
    }
  }

  private String snapshots(String filesystem) {
    return String.join(
        " ", guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-d", "1", filesystem));
  }

  @Test
  void daemonPrunesBothSidesWithoutReplicatingAndTheCommandTellsWhatStays() throws Exception {
    DaemonProcess daemon = site.startDaemon();
    daemon.runOnce("push");
    snapshot("2", "3", "4", "5");
    daemon.runOnce("push");
    guest.shell("zfs create dst/vault/host/src/gone; zfs snapshot dst/vault/host/src/gone@old");
    snapshot("6", "7", "8");
    guest.zfs("hold", "mine", "src/data@4");
    assertThat(snapshots("src/data")).startsWith("src/data@4 src/data@5 src/data@6");

    Site.Result dry = site.zrepl("prune", "--dry-run", "push");
    assertThat(dry.status()).as(dry.errors()).isZero();
    assertThat(dry.output())
        .contains("sender src/data\n", "2 of 5 snapshots would be destroyed, which frees ")
        .containsPattern("stays  \\S+  @4  it is held \\(tag mine\\)\n");
    assertThat(snapshots("src/data")).contains("src/data@5");

    Site.Result pruned = site.zrepl("prune", "push");
    assertThat(pruned.status()).as(pruned.errors()).isZero();
    assertThat(pruned.errors())
        .contains("the daemon prunes as soon as job \"push\" is idle\n")
        .contains("sender: 2 of 2 filesystems are done; receiver: ");
    assertThat(pruned.output())
        .contains(
            "sender src/data\n  stays @4: it is held (tag mine)\n  2 of 5 snapshots destroyed\n")
        .contains("sender src/more\n  0 of 1 snapshots destroyed\n")
        .containsPattern(
            "receiver src/gone\n  skipped: filesystem has no correspondence on sender;"
                + " its newest snapshot is of 2\\S+Z, its size is \\S+ [KM]iB\n");
    assertThat(snapshots("src/data")).isEqualTo("src/data@4 src/data@7 src/data@8");
    assertThat(snapshots("dst/vault/host/src/data"))
        .as("nothing was replicated")
        .endsWith("src/data@5");
    assertThat(snapshots("dst/vault/host/src/gone")).isEqualTo("dst/vault/host/src/gone@old");
    assertThat(DaemonProcess.attemptState(daemon.job("push")))
        .as("the last replication is still told of")
        .isEqualTo("done");
    Site.Result monitor = site.zrepl("monitor", "--lag-critical", "1d");
    assertThat(monitor.status()).as(monitor.output()).isZero();
    assertThat(monitor.output())
        .containsPattern("^ZREPL OK - 3 jobs \\|.* 'lag_push'=\\d+s;;86400;0");
  }

  @Test
  void failureIsToldWithStatusOneAndOtherFilesystemsArePruned() throws Exception {
    guest.shell("for i in 2 3; do zfs snapshot src/local@$i; done");
    DaemonProcess daemon = site.startDaemon();
    guest.zfs("clone", "src/local@1", "src/clone");
    assertThat(site.zrepl("prune", "--dry-run", "snap").output())
        .containsPattern(
            "stays  \\S+  @1  no rule keeps it, but it cannot be destroyed: snapshot has dependent clones\n")
        .containsPattern("goes   \\S+  @2  last_n 1: it is number 2\n")
        .contains("1 of 3 snapshots would be destroyed, which frees ");
    Site.Result pruned = site.zrepl("prune", "snap");
    assertThat(pruned.status()).as(pruned.errors()).isZero();
    assertThat(pruned.output())
        .contains("  stays @1: snapshot has dependent clones\n  1 of 3 snapshots destroyed\n");
    assertThat(snapshots("src/local")).isEqualTo("src/local@1 src/local@3");

    daemon.runOnce("push");
    snapshot("2", "3");
    guest.zfs("rename", "dst/vault", "dst/elsewhere");
    Site.Result failed = site.zrepl("prune", "push");
    assertThat(failed.status()).as(failed.output()).isEqualTo(1);
    assertThat(failed.output())
        .contains("sender src/data\n", "receiver: ERROR: root_fs \"dst/vault\" does not exist");
    assertThat(snapshots("src/data")).isEqualTo("src/data@2 src/data@3");
  }

  @Test
  void jobsThatAreUnknownOrDoNotPruneAreRefused() throws Exception {
    for (boolean withDaemon : new boolean[] {false, true}) {
      if (withDaemon) {
        site.startDaemon();
      }
      Site.Result unknown = site.zrepl("prune", "nothing");
      assertThat(unknown.status()).isEqualTo(1);
      assertThat(unknown.errors())
          .contains(
              withDaemon
                  ? "Job nothing does not exist"
                  : "job \"nothing\" is not in the configuration; jobs that prune are: \"push\", \"snap\"");
      Site.Result passive = site.zrepl("prune", "sink");
      assertThat(passive.status()).isEqualTo(1);
      assertThat(passive.errors()).contains("job \"sink\" does not prune");
    }
  }

  @Test
  void withoutDaemonTheCommandPrunesByTheSameRules() throws Exception {
    snapshot("2", "3");
    Site.Result pruned = site.zrepl("prune", "push");
    assertThat(pruned.status()).as(pruned.errors()).isZero();
    assertThat(pruned.output()).contains("sender src/data\n  1 of 3 snapshots destroyed\n");
    assertThat(snapshots("src/data")).isEqualTo("src/data@2 src/data@3");
    assertThat(site.zrepl("prune", "snap").status()).isZero();
  }
}

package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.lab.SuspendablePool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong around the daemon: it says so, stays up, and goes on when the cause is gone. */
@LabTest(poolSize = 96)
class TroubleTest {
  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  TroubleTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(SingleFilesystem.JOBS);
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.zfs("create", "src/data");
    guest.writeRandom("/src/data/file", 500);
    guest.zfs("snapshot", "src/data@one");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  private void awaitReplica(DaemonProcess daemon) {
    daemon.await(
        "the replica is there",
        () ->
            guest
                .shell("zfs list -H -o name -t snapshot -r dst/vault")
                .contains(SingleFilesystem.REPLICA + "@one"));
    daemon.awaitJob(
        "push",
        "the job reports success",
        status -> DaemonProcess.attemptState(status).equals("done"));
  }

  private void awaitInStatusAndLog(DaemonProcess daemon, String text) {
    daemon.await(
        "the status says \"" + text + "\"",
        () -> site.zrepl("status", "--mode", "dump").output().contains(text));
    assertThat(daemon.log()).contains(text);
  }

  @Test
  void missingPoolIsReportedAndUsedWhenItComesBack() throws Exception {
    guest.zpool("export", "dst");
    DaemonProcess daemon = site.startDaemon();
    assertThat(site.zrepl("signal", "wakeup", "push").status()).isZero();
    awaitInStatusAndLog(daemon, "pool 'dst'");
    guest.zpool("import", "-d", "/pools", "dst");
    awaitReplica(daemon);
  }

  @Test
  void suspendedPoolIsReportedAndUsedWhenItIsResumed() throws Exception {
    guest.zpool("destroy", "dst");
    try (SuspendablePool pool = new SuspendablePool(guest, "dst")) {
      guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
      pool.suspend();
      DaemonProcess daemon = site.startDaemon();
      assertThat(site.zrepl("signal", "wakeup", "push").status()).isZero();
      awaitInStatusAndLog(daemon, "currently suspended");
      pool.resume();
      awaitReplica(daemon);
    }
  }

  @Test
  void missingSourcePoolIsReportedAndUsedWhenItComesBack() throws Exception {
    guest.zpool("export", "src");
    DaemonProcess daemon = site.startDaemon();
    assertThat(site.zrepl("signal", "wakeup", "push").status()).isZero();
    awaitInStatusAndLog(daemon, "pool 'src'");
    guest.zpool("import", "-d", "/pools", "src");
    awaitReplica(daemon);
  }

  @Test
  void zfsThatIsNotInThePathIsReportedAndUsedWhenItIs() throws Exception {
    site.unwrap("zfs");
    DaemonProcess daemon = site.startDaemon();
    assertThat(site.zrepl("signal", "wakeup", "push").status()).isZero();
    awaitInStatusAndLog(daemon, "PATH");
    site.wrap("zfs", guest.commands().resolve("zfs"));
    awaitReplica(daemon);
  }

  @Test
  void fullTargetPoolIsReportedAndUsedWhenThereIsRoomAgain() throws Exception {
    // ZFS keeps half of so small a pool for itself: each holds some 40 MiB
    guest.zfs("create", "dst/ballast");
    guest.shell("dd if=/dev/urandom of=/dst/ballast/f bs=1M count=25 2>/dev/null; sync");
    guest.writeRandom("/src/data/large", 25 * 1024);
    guest.zfs("destroy", "src/data@one");
    guest.zfs("snapshot", "src/data@one");
    DaemonProcess daemon = site.startDaemon();
    assertThat(site.zrepl("signal", "wakeup", "push").status()).isZero();
    awaitInStatusAndLog(daemon, "out of space");
    guest.zfs("destroy", "dst/ballast");
    awaitReplica(daemon);
  }

  @Test
  void badConfigurationIsOneMessageAndExitOne() throws Exception {
    site.configure(SingleFilesystem.JOBS.replace("type: manual", "type: manul"));
    DaemonProcess daemon = site.startDaemonWithoutWaiting();
    assertThat(daemon.awaitExit()).isOne();
    assertThat(daemon.log()).contains("zrepl.yml:").contains("manual").doesNotContain("\tat ");
    Site.Result check = site.zrepl("configcheck");
    assertThat(check.status()).isOne();
    assertThat(check.errors()).contains("jobs[0].snapshotting.type");
  }

  @Test
  void unusableControlSocketIsOneMessageAndExitOne() throws Exception {
    Files.delete(site.controlSocket().getParent());
    DaemonProcess daemon = site.startDaemonWithoutWaiting();
    assertThat(daemon.awaitExit()).isOne();
    assertThat(daemon.log())
        .contains("control socket")
        .contains("does not exist")
        .doesNotContain("\tat ");
  }

  @Test
  void secondDaemonRefusesToStartAndLeavesTheFirstAlone() throws Exception {
    DaemonProcess first = site.startDaemon();
    DaemonProcess second = site.startDaemonWithoutWaiting();
    assertThat(second.awaitExit()).isOne();
    assertThat(second.log()).contains("another daemon is running");
    first.awaitReady();
    assertThat(first.stop("TERM")).isZero();
  }

  @Test
  void clientWithoutDaemonSaysWhatToDo() {
    Site.Result result = site.zrepl("status", "--mode", "raw");
    assertThat(result.status()).isOne();
    assertThat(result.errors()).contains(site.controlSocket().toString()).contains("daemon");
  }
}

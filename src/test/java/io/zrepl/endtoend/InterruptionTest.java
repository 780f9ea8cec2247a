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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The daemon ends in the middle of a transfer. */
@LabTest
class InterruptionTest {
  private static final int MEGABYTES = 24;

  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  InterruptionTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(SingleFilesystem.JOBS);
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.zfs("create", "src/data");
    guest.writeRandom("/src/data/big", MEGABYTES * 1024);
    guest.zfs("snapshot", "src/data@one");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  /** Starts a daemon with slow transfers, and returns when a third of the data has gone through. */
  private DaemonProcess startAndWaitForTheMiddle() throws Exception {
    site.setEnvironment("ZREPL_LAB_SLOW_BYTES_PER_SECOND", "4000000");
    DaemonProcess daemon = site.startDaemon();
    assertThat(site.zrepl("signal", "wakeup", "push").status()).isZero();
    daemon.awaitJob(
        "push",
        "a third of the data has been transferred",
        status -> DaemonProcess.bytesReplicated(status) > MEGABYTES * 1_000_000L / 3);
    return daemon;
  }

  private void finishWithANewDaemonAndExpectAResume() throws Exception {
    site.setEnvironment("ZREPL_LAB_SLOW_BYTES_PER_SECOND", "");
    DaemonProcess second = site.startDaemon();
    JsonNode status = second.runOnce("push");
    assertThat(DaemonProcess.attemptState(status)).as(second.log()).isEqualTo("done");
    JsonNode step =
        status
            .path("Replication")
            .path("Attempts")
            .path(0)
            .path("Filesystems")
            .path(0)
            .path("Steps")
            .path(0)
            .path("Info");
    assertThat(step.path("Resumed").asBoolean()).isTrue();
    assertThat(DaemonProcess.bytesReplicated(status))
        .as("bytes of the second transfer")
        .isPositive()
        .isLessThan(MEGABYTES * 1024L * 1024 * 4 / 5);
    guest.zfs("set", "mountpoint=/replica", SingleFilesystem.REPLICA);
    assertThat(guest.checksums("/replica")).isEqualTo(guest.checksums("/src/data"));
    assertThat(guest.zfs("holds", "-H", "src/data@one")).isEmpty();
    assertThat(second.stop("TERM")).isZero();
  }

  @Test
  void transferResumesAfterTheDaemonWasKilled() throws Exception {
    startAndWaitForTheMiddle().kill();
    finishWithANewDaemonAndExpectAResume();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void signalDuringATransferStopsCleanlyAndTheTransferResumes(String signal) throws Exception {
    DaemonProcess daemon = startAndWaitForTheMiddle();
    var children = daemon.children();
    assertThat(children).as("zfs send and zfs receive run").hasSizeGreaterThanOrEqualTo(2);
    assertThat(daemon.stop(signal)).as(daemon.log()).isZero();
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(site.controlSocket()).doesNotExist();
    finishWithANewDaemonAndExpectAResume();
  }

  @Test
  void stopDuringATransferStopsCleanlyAndTheTransferResumes() throws Exception {
    DaemonProcess daemon = startAndWaitForTheMiddle();
    var children = daemon.children();
    assertThat(site.zrepl("signal", "stop").status()).isZero();
    assertThat(daemon.awaitExit()).as(daemon.log()).isZero();
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(site.controlSocket()).doesNotExist();
    finishWithANewDaemonAndExpectAResume();
  }

  @Test
  void shutdownLetsTheTransferThatRunsEnd() throws Exception {
    DaemonProcess daemon = startAndWaitForTheMiddle();
    var children = daemon.children();
    assertThat(site.zrepl("signal", "shutdown").status()).isZero();
    assertThat(daemon.awaitExit()).as(daemon.log()).isZero();
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(site.controlSocket()).doesNotExist();
    guest.zfs("set", "mountpoint=/replica", SingleFilesystem.REPLICA);
    assertThat(guest.checksums("/replica")).isEqualTo(guest.checksums("/src/data"));
  }

  @Test
  void resetEndsTheInvocationAndTheNextWakeupResumes() throws Exception {
    DaemonProcess daemon = startAndWaitForTheMiddle();
    assertThat(site.zrepl("signal", "reset", "push").status()).isZero();
    daemon.await("no zfs command runs any more", () -> daemon.children().isEmpty());
    Site.Result again = site.zrepl("signal", "reset", "push");
    assertThat(again.status()).isOne();
    assertThat(again.errors()).contains("push");
    assertThat(daemon.stop("TERM")).isZero();
    finishWithANewDaemonAndExpectAResume();
  }
}

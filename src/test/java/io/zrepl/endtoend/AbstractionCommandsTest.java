package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code zrepl zfs-abstraction} and {@code zrepl migrate} as an administrator uses them. */
@LabTest
class AbstractionCommandsTest {
  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  AbstractionCommandsTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(SingleFilesystem.JOBS);
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.zfs("create", "src/data");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  private String run(String... arguments) {
    Site.Result result = site.zrepl(arguments);
    assertThat(result.status()).as(result.output() + result.errors()).isZero();
    assertThat(result.errors()).isEmpty();
    return result.output();
  }

  @Test
  void objectsAreListedReleasedAndMigrated() throws Exception {
    for (String name : new String[] {"1", "2", "3"}) {
      guest.zfs("snapshot", "src/data@" + name);
      String guid =
          "%016x"
              .formatted(
                  Long.parseUnsignedLong(
                      guest.zfs("get", "-Hpo", "value", "guid", "src/data@" + name).trim()));
      guest.zfs("bookmark", "src/data@" + name, "src/data#zrepl_CURSOR_G_" + guid + "_J_push");
      assertThat(run("zfs-abstraction", "create", "step", "-t", "src/data@" + name, "-j", "push"))
          .isEqualTo("step-hold \"zrepl_STEP_J_push\" on src/data@" + name + "\n");
    }
    guest.zfs("bookmark", "src/data@1", "src/data#zrepl_replication_cursor");
    guest.zfs("hold", "mine", "src/data@1");
    // SHA-512/256 of the path, as very old versions marked placeholders.
    String hash =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-512/256")
                    .digest("dst/vault/old".getBytes(StandardCharsets.UTF_8)));
    guest.zfs("create", "-o", "zrepl:placeholder=" + hash, "dst/vault/old");
    site.takeCommands();

    assertThat(run("zfs-abstraction", "list").lines()).hasSize(7);
    assertThat(site.takeCommands()).as("processes").hasSize(3);
    assertThat(run("zfs-abstraction", "list", "--fs", "src/data", "--type", "step-hold").lines())
        .containsExactly(
            "step-hold \"zrepl_STEP_J_push\" on src/data@1",
            "step-hold \"zrepl_STEP_J_push\" on src/data@2",
            "step-hold \"zrepl_STEP_J_push\" on src/data@3");

    assertThat(run("zfs-abstraction", "release-stale", "--dry-run").lines())
        .hasSize(5)
        .allMatch(line -> line.startsWith("would destroy "));
    assertThat(run("zfs-abstraction", "release-stale").lines())
        .hasSize(5)
        .allMatch(line -> line.endsWith(" ... OK"));
    assertThat(run("zfs-abstraction", "list").lines()).hasSize(2);

    assertThat(run("migrate", "replication-cursor:v1-v2"))
        .contains("src/data#zrepl_replication_cursor: destroyed");
    assertThat(run("migrate", "0.0.X:0.1:placeholder")).contains("  migrate    dst/vault/old");
    assertThat(guest.zfs("get", "-Ho", "value,source", "zrepl:placeholder", "dst/vault/old"))
        .isEqualTo("on\tlocal\n");

    assertThat(run("zfs-abstraction", "release-all").lines()).hasSize(1);
    assertThat(run("zfs-abstraction", "list")).isEmpty();
    assertThat(guest.zfs("holds", "-H", "src/data@1")).contains("mine");
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-r", "src/data"))
        .containsExactly("src/data@1", "src/data@2", "src/data@3");
  }

  @Test
  void releaseBesideARunningStepTellsWhoIsInTheWayAndTakesNothingAway() throws Exception {
    guest.writeRandom("/src/data/big", 24 * 1024);
    guest.zfs("snapshot", "src/data@one");
    site.setEnvironment("ZREPL_LAB_SLOW_BYTES_PER_SECOND", "400000");
    DaemonProcess daemon = site.startDaemon();
    assertThat(site.zrepl("signal", "wakeup", "push").status()).isZero();
    daemon.awaitJob(
        "push", "the transfer has begun", status -> DaemonProcess.bytesReplicated(status) > 0);

    Site.Result release = site.zrepl("zfs-abstraction", "release-all");

    assertThat(release.status()).isOne();
    assertThat(release.output())
        .contains("zrepl_STEP_J_push", "failed:", "src/data", "process ", "daemon");
    assertThat(guest.zfs("holds", "-H", "src/data@one")).contains("zrepl_STEP_J_push");
    assertThat(DaemonProcess.bytesReplicated(daemon.job("push"))).isPositive();
    daemon.kill();

    // The lock of a killed daemon is free.
    assertThat(run("zfs-abstraction", "release-all").lines())
        .allMatch(line -> line.endsWith(" OK"));
  }
}

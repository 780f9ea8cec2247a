package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.zfs.PlaceholderEncryption;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Placeholders: how they come into being and how they end. */
@LabTest
class PlaceholdersOnRealZfsTest {
  private static final String TARGET = "dst/r/src/s";

  private final Guest guest;
  private final EndpointSite site;

  PlaceholdersOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.site = new EndpointSite(guest);
  }

  @AfterEach
  void end() {
    site.close();
  }

  @Test
  void a14_forcedReceiveReplacesATargetWithSnapshotsAndLeavesItsChildren() throws Exception {
    guest.zfs("create", "src/s");
    site.snapshotWithData("src/s", "1", 200);
    site.placeholderWithChild(TARGET);
    guest.shell("for i in 1 2 3; do zfs snapshot " + TARGET + "@old-$i; done");
    guest.zfs("bookmark", TARGET + "@old-2", TARGET + "#old");

    site.transfer(site.full("src/s@1"));

    assertThat(site.snapshots(TARGET)).containsExactly("1");
    assertThat(site.version(TARGET + "@1").guid()).isEqualTo(site.version("src/s@1").guid());
    assertThat(site.snapshots(TARGET + "/child")).containsExactly("kept");
    assertThat(site.property("zrepl:placeholder", TARGET)).isEqualTo("off");
    assertThat(site.source("zrepl:placeholder", TARGET)).isEqualTo("local");
  }

  @Test
  void i33_forcedReceiveThatFailsLeavesAPlaceholderAndIsResumedWithForce() throws Exception {
    guest.zfs("create", "src/s");
    site.snapshotWithData("src/s", "1", 2000);
    site.placeholderWithChild(TARGET);

    // without partial state
    assertThatThrownBy(() -> site.transfer(site.full("src/s@1"), 100))
        .hasMessageContaining(CutStream.MESSAGE);
    assertPlaceholder(false);
    // with
    assertThatThrownBy(() -> site.transfer(site.full("src/s@1"), 700_000))
        .hasMessageContaining(CutStream.MESSAGE);
    assertPlaceholder(true);
    // while it is resumed
    assertThatThrownBy(() ->
            site.transfer(
                site.request(Optional.empty(), "src/s@1", Optional.of(site.token(TARGET))),
                700_000))
        .hasMessageContaining(CutStream.MESSAGE);
    assertPlaceholder(true);

    AttemptReport attempt = site.run().attempt();

    assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots(TARGET)).containsExactly("1");
    assertThat(site.property("zrepl:placeholder", TARGET)).isEqualTo("off");
    assertThat(site.hasPartialState(TARGET)).isFalse();
    assertThat(site.snapshots(TARGET + "/child")).containsExactly("kept");
  }

  /** Another job may take snapshots of everything below the root, also of what only waits. */
  @Test
  void placeholderWithPartialStateThatGotASnapshotSinceIsReplacedAllTheSame() throws Exception {
    guest.zfs("create", "src/s");
    site.snapshotWithData("src/s", "1", 2000);
    site.placeholderWithChild(TARGET);
    assertThatThrownBy(() -> site.transfer(site.full("src/s@1"), 700_000))
        .hasMessageContaining(CutStream.MESSAGE);
    assertPlaceholder(true);
    guest.zfs("snapshot", TARGET + "@meanwhile");

    AttemptReport attempt = site.run(3).attempt();

    assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots(TARGET)).containsExactly("1");
    assertThat(site.property("zrepl:placeholder", TARGET)).isEqualTo("off");
    assertThat(site.snapshots(TARGET + "/child")).containsExactly("kept");
  }

  private void assertPlaceholder(boolean partialState) {
    assertThat(site.property("zrepl:placeholder", TARGET)).isEqualTo("on");
    assertThat(site.source("zrepl:placeholder", TARGET)).isEqualTo("local");
    assertThat(site.hasPartialState(TARGET)).isEqualTo(partialState);
    assertThat(site.snapshots(TARGET)).isEmpty();
    assertThat(site.snapshots(TARGET + "/child")).containsExactly("kept");
  }

  @Test
  void i33_placeholderThatLostItsMarkWithThePowerIsReplacedAllTheSame() throws Exception {
    guest.zfs("create", "src/s");
    site.snapshotWithData("src/s", "1", 2000);
    site.placeholderWithChild(TARGET);
    assertThatThrownBy(() -> site.transfer(site.full("src/s@1"), 700_000))
        .hasMessageContaining(CutStream.MESSAGE);
    // ZFS clears the mark when it begins to receive, and restores it when it fails.
    guest.zfs("set", "zrepl:placeholder=off", TARGET);
    guest.zfs("snapshot", "src/s@2");

    site.transfer(site.full("src/s@2")); // drops the partial state

    assertThat(site.snapshots(TARGET)).containsExactly("2");
    assertThat(site.snapshots(TARGET + "/child")).containsExactly("kept");
  }

  @Test
  void i31_childThatInheritsTheMarkIsNoPlaceholder() throws Exception {
    guest.zfs("create", "-p", "src/s/child");
    guest.zfs("create", "-p", "-o", "mountpoint=none", TARGET);
    guest.zfs("set", "zrepl:placeholder=on", TARGET);
    guest.zfs("create", TARGET + "/child");
    guest.zfs("snapshot", TARGET + "/child@precious");
    guest.zfs("snapshot", "src/s/child@1");

    assertThatThrownBy(() -> site.transfer(site.full("src/s/child@1")))
        .isInstanceOf(OperationException.class);

    assertThat(site.snapshots(TARGET + "/child")).containsExactly("precious");
  }

  @Test
  void a29_unspecifiedIsEnoughForTheRootOfAClient() throws Exception {
    site.filter = Map.of("src", true, "src/s", true);
    site.client = Optional.of("some client");
    site.options = ReceiveOptions.of(PlaceholderEncryption.UNSPECIFIED);
    guest.zfs("create", "src/s");
    guest.zfs("create", "-o", "mountpoint=none", "dst/r");
    guest.zfs("snapshot", "-r", "src@1");

    AttemptReport attempt = site.run().attempt();

    assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots("dst/r/some client/src")).containsExactly("1");
    assertThat(site.snapshots("dst/r/some client/src/s")).containsExactly("1");
    assertThat(site.property("zrepl:placeholder", "dst/r/some client")).isEqualTo("on");
  }

  @Test
  void a30_unspecifiedFailsWhereAPlaceholderIsNeeded() throws Exception {
    site.filter = Map.of("src/s/a/child", true);
    site.options = ReceiveOptions.of(PlaceholderEncryption.UNSPECIFIED);
    guest.zfs("create", "-p", "src/s/a/child");
    guest.zfs("create", "-o", "mountpoint=none", "dst/r");
    guest.zfs("snapshot", "src/s/a/child@1");

    FilesystemReport failed = site.run().attempt().filesystems().getFirst();

    assertThat(failed.stepError().orElseThrow().message())
        .contains(
            "cannot create placeholder filesystem dst/r/src: placeholder filesystem encryption"
                + " handling is unspecified in receiver config");
    assertThat(failed.currentStep()).isZero();
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-r", "dst/r")).containsExactly("dst/r");
  }

  @Test
  void i29_missingRootIsAnErrorAndNothingIsCreated() throws Exception {
    guest.zfs("create", "src/s");
    guest.zfs("snapshot", "src/s@1");

    assertThatThrownBy(() -> site.transfer(site.full("src/s@1")))
        .hasMessageContaining("root_fs \"dst/r\" does not exist");
    site.root = "elsewhere/r";
    assertThatThrownBy(() -> site.transfer(site.full("src/s@1")))
        .hasMessageContaining("pool 'elsewhere' is not imported");

    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-r", "dst")).containsExactly("dst");
  }
}

package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The main job from beginning to end; run on each OpenZFS series by a subclass. */
abstract class ReplicationOnRealZfs {
  static final String JOBS =
      """
      - type: push
        name: to-vault
        filesystems: {"src/data<": true, "src/skipped": false, "src/skipped/kept": true}
        snapshotting: {type: manual}
        connect: {type: local, listener_name: vault, client_identity: host}
        conflict_resolution: {initial_replication: all}
        pruning:
          keep_sender: [{type: not_replicated}, {type: last_n, count: 2}]
          keep_receiver: [{type: last_n, count: 3}]
      - type: sink
        name: vault
        root_fs: dst/vault
        serve: {type: local, listener_name: vault}
        recv: {placeholder: {encryption: inherit}}
      """;

  final Guest guest;
  @TempDir Path folder;
  Site site;

  ReplicationOnRealZfs(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(JOBS);
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.zfs("create", "src/data");
    guest.zfs("create", "src/data/with blank");
    guest.zfs("create", "src/data/with blank/deep");
    guest.zfs("create", "-s", "-V", "8M", "src/data/volume");
    guest.zfs("create", "src/skipped");
    guest.zfs("create", "src/skipped/kept");
    guest.writeRandom("/src/data/first", 300);
    guest.writeRandom("/src/data/with blank/deep/file", 200);
    guest.shell("zvol-wait src/data/volume && head -c 1m /dev/urandom > /dev/zvol/src/data/volume");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  private void snapshotEverything(String name) {
    guest.zfs("snapshot", "-r", "src/data@" + name);
    guest.zfs("snapshot", "src/skipped/kept@" + name);
  }

  private List<String> names(String root, String type) {
    return guest.zfsLines("list", "-H", "-o", "name", "-t", type, "-r", root);
  }

  private String guid(String snapshot) {
    return guest.zfs("get", "-Hp", "-o", "value", "guid", snapshot).strip();
  }

  /** The replica's files, seen through a clone, since the replica itself is not mounted. */
  private void assertContentArrived(String source, String replica) {
    guest.zfs("clone", "-o", "mountpoint=/look", replica, "dst/look");
    String list = "cd '%s' && find . -xdev -type f -exec sha256sum {} + | sort -k 2";
    assertThat(guest.shell(list.formatted("/look")))
        .isNotBlank()
        .isEqualTo(guest.shell(list.formatted("/" + source)));
    guest.zfs("destroy", "dst/look");
  }

  private String volumeChecksum(String replica) {
    guest.zfs("clone", replica, "dst/look");
    String sum = guest.shell("zvol-wait dst/look && sha256sum < /dev/zvol/dst/look");
    guest.zfs("destroy", "dst/look");
    return sum;
  }

  private String cursor(String filesystem, String snapshot) {
    return "%s#zrepl_CURSOR_G_%016x_J_to-vault"
        .formatted(filesystem, Long.parseUnsignedLong(guid(filesystem + "@" + snapshot)));
  }

  @Test
  void replicatesATreeInitiallyAndIncrementallyAndLeavesExactlyTheDocumentedObjects()
      throws Exception {
    snapshotEverything("one");
    DaemonProcess daemon = site.startDaemon();
    JsonNode first = daemon.runOnce("to-vault");
    assertThat(DaemonProcess.attemptState(first)).as(daemon.log()).isEqualTo("done");

    guest.writeRandom("/src/data/second", 100);
    snapshotEverything("two");
    JsonNode second = daemon.runOnce("to-vault");
    assertThat(DaemonProcess.attemptState(second)).as(daemon.log()).isEqualTo("done");

    String root = "dst/vault/host/";
    List<String> filesystems =
        List.of(
            "src/data",
            "src/data/volume",
            "src/data/with blank",
            "src/data/with blank/deep",
            "src/skipped/kept");
    // data
    for (String filesystem : filesystems) {
      for (String snapshot : List.of("one", "two")) {
        assertThat(guid(root + filesystem + "@" + snapshot))
            .isEqualTo(guid(filesystem + "@" + snapshot));
      }
    }
    assertContentArrived("src/data", root + "src/data@two");
    assertContentArrived("src/data/with blank/deep", root + "src/data/with blank/deep@two");
    assertThat(volumeChecksum(root + "src/data/volume@two"))
        .isEqualTo(guest.shell("sha256sum < /dev/zvol/src/data/volume"));
    // placeholders, and nothing else that is one
    assertThat(
            guest.zfsLines(
                "get",
                "-H",
                "-o",
                "name,value",
                "-s",
                "local",
                "-t",
                "filesystem,volume",
                "-r",
                "zrepl:placeholder",
                "dst"))
        .containsExactlyInAnyOrder(
            "dst/vault/host\ton", "dst/vault/host/src\ton", "dst/vault/host/src/skipped\ton");
    // on the sender exactly one cursor per filesystem, and no hold
    assertThat(names("src", "bookmark"))
        .containsExactlyInAnyOrderElementsOf(
            filesystems.stream().map(filesystem -> cursor(filesystem, "two")).toList());
    for (String filesystem : filesystems) {
      assertThat(guest.zfs("holds", "-H", filesystem + "@one", filesystem + "@two")).isEmpty();
      // on the receiver exactly one hold, on the newest snapshot
      assertThat(
              guest.zfsLines("holds", "-H", root + filesystem + "@one", root + filesystem + "@two"))
          .singleElement()
          .asString()
          .startsWith(root + filesystem + "@two\tzrepl_last_received_J_vault\t");
    }
    assertThat(names("dst", "bookmark")).isEmpty();
    assertThat(daemon.stop("TERM")).as(daemon.log()).isZero();
  }

  @Test
  void prunesBothSidesByTheirRules() throws Exception {
    DaemonProcess daemon = site.startDaemon();
    for (String name : List.of("a", "b", "c", "d")) {
      snapshotEverything(name);
      daemon.runOnce("to-vault");
    }
    assertThat(names("src/data", "snapshot"))
        .contains("src/data@c", "src/data@d")
        .doesNotContain("src/data@a", "src/data@b");
    assertThat(names("dst/vault/host/src/data", "snapshot"))
        .contains(
            "dst/vault/host/src/data@b", "dst/vault/host/src/data@c", "dst/vault/host/src/data@d")
        .doesNotContain("dst/vault/host/src/data@a");
  }
}

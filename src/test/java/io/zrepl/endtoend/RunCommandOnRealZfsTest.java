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

/** {@code zrepl run JOB}, with and without a daemon. */
@LabTest
class RunCommandOnRealZfsTest {
  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  RunCommandOnRealZfsTest(Guest guest) {
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
          snapshotting: {type: periodic, prefix: zrepl_, interval: 10m}
          connect: {type: local, listener_name: vault, client_identity: host}
          pruning:
            keep_sender: [{type: last_n, count: 2}]
            keep_receiver: [{type: last_n, count: 3}]
        - type: sink
          name: sink
          root_fs: dst/vault
          serve: {type: local, listener_name: vault}
          recv: {placeholder: {encryption: inherit}}
        """);
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.shell(
        "zfs create src/data; zfs create src/data/below; for i in 1 2 3; do zfs snapshot -r src/data@$i; done");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  /** Everything that ZFS knows of both sides. */
  private List<String> everything() {
    List<String> names =
        guest.zfsLines("list", "-H", "-r", "-t", "all", "-o", "name,guid,userrefs", "src", "dst");
    return names.stream().sorted().toList();
  }

  @Test
  void withoutADaemonItReplicatesAndPrunesByItself() throws Exception {
    List<String> before = everything();
    Site.Result dry = site.zrepl("run", "--dry-run", "push");
    assertThat(dry.status()).as(dry.errors()).isZero();
    assertThat(dry.output())
        .containsPattern("snapshots\n  src/data@zrepl_\\d+_\\d+_000, 0 B since the newest one\n")
        .containsPattern(
            "replication\n  src/data\n    full @3, \\S+ [KM]iB\n    the newest => @zrepl_\\S+, 0 B\n  src/data/below\n")
        .contains("in all: 4 steps, ")
        .contains("pruning, as things are now\nsender src/data\n", "@1  last_n 2: it is number 3");
    assertThat(everything()).as("a dry run changes nothing").isEqualTo(before);

    Site.Result run = site.zrepl("run", "--no-snapshots", "push");
    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(run.errors()).contains("push: replicat");
    assertThat(run.output()).contains("src/data/below DONE", "Pruning Receiver:");
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-r", "src"))
        .as("neither new ones nor those that no rule keeps")
        .containsExactlyInAnyOrder(
            "src/data@2", "src/data@3", "src/data/below@2", "src/data/below@3");
    assertThat(
            guest.zfsLines(
                "list", "-H", "-o", "name", "-t", "snapshot", "-d", "1", "dst/vault/host/src/data"))
        .containsExactly("dst/vault/host/src/data@3");

    Site.Result again = site.zrepl("run", "--dry-run", "--no-snapshots", "push");
    assertThat(again.output()).contains("src/data: nothing to send", "in all: 0 steps, 0 B");
  }

  @Test
  void snapshotsAreTakenFirstAndReplicated() throws Exception {
    guest.shell("zfs create src/data/new");
    Site.Result dry = site.zrepl("run", "--dry-run", "push");
    assertThat(dry.status()).as(dry.errors() + dry.output()).isZero();
    assertThat(dry.output())
        .as("a filesystem without snapshots will have one")
        .containsPattern("  src/data/new\n    full @zrepl_\\S+, \\S+ [KM]iB\n");
    Site.Result run = site.zrepl("run", "push");
    assertThat(run.status()).as(run.errors() + run.output()).isZero();
    String newest = newest("src/data");
    assertThat(newest).startsWith("zrepl_");
    assertThat(newest("src/data/below")).isEqualTo(newest);
    assertThat(newest("dst/vault/host/src/data")).isEqualTo(newest);

    DaemonProcess daemon = site.startDaemon();
    daemon.awaitReady();
    Site.Result again = site.zrepl("run", "push");
    assertThat(again.status()).as(again.errors() + again.output()).isZero();
    assertThat(newest("src/data")).startsWith("zrepl_").isGreaterThan(newest);
    assertThat(newest("dst/vault/host/src/data/below")).isEqualTo(newest("src/data"));
  }

  private String newest(String filesystem) {
    String last =
        guest
            .zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-d", "1", filesystem)
            .getLast();
    return last.substring(last.indexOf('@') + 1);
  }

  @Test
  void failureOfAnyPartIsStatusOne() throws Exception {
    guest.zfs("destroy", "dst/vault");
    Site.Result run = site.zrepl("run", "push");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.output()).contains("root_fs \"dst/vault\" does not exist");
    assertThat(site.zrepl("run", "--dry-run", "push").status()).isEqualTo(1);
    Site.Result sink = site.zrepl("run", "sink");
    assertThat(sink.status()).isEqualTo(1);
    assertThat(sink.errors()).contains("job \"sink\" does nothing by itself");
  }

  @Test
  void runningDaemonDoesIt() throws Exception {
    DaemonProcess daemon = site.startDaemon();
    daemon.awaitReady();
    guest.shell("zfs snapshot -r src/data@4");
    Site.Result run = site.zrepl("run", "--no-snapshots", "push");
    assertThat(run.status()).as(run.errors() + run.output()).isZero();
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-r", "dst"))
        .contains("dst/vault/host/src/data@4");
    assertThat(DaemonProcess.attemptState(daemon.job("push"))).isEqualTo("done");
  }
}

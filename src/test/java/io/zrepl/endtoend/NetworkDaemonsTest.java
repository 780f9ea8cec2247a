package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two daemons, each a process with a configuration and a pool of its own, over each transport that
 * leaves the machine: a push to a sink and a pull from a source replicate first and then
 * incrementally, go on where they were when the connection breaks in mid-stream, and prune both
 * sides.
 */
@LabTest
class NetworkDaemonsTest {
  private static final int KIBIBYTES = 4000;
  private static final String PUSHED = "dst/sink/web/src/pushed";
  private static final String PULLED = "dst/pull/src/pulled";

  private final Guest guest;
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private Site web;
  private Site vault;
  @TempDir private Path folder;

  NetworkDaemonsTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSites() throws Exception {
    web = new Site(Files.createDirectories(folder.resolve("web")), guest);
    vault = new Site(Files.createDirectories(folder.resolve("vault")), guest);
    toClose.add(web);
    toClose.add(vault);
  }

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  private void configure(DaemonLink link) throws Exception {
    web.configure(
        """
        - type: push
          name: push
          filesystems: {"src/pushed": true}
          snapshotting: {type: manual}
          connect: %s
          conflict_resolution: {initial_replication: all}
          pruning:
            keep_sender: [{type: not_replicated}, {type: last_n, count: 1}]
            keep_receiver: [{type: last_n, count: 1}]
        - type: source
          name: source
          filesystems: {"src/pulled": true}
          snapshotting: {type: manual}
          serve: %s
        """
            .formatted(link.connectToVault(), link.serveByWeb()));
    vault.configure(
        """
        - type: sink
          name: sink
          root_fs: dst/sink
          serve: %s
          recv: {placeholder: {encryption: inherit}}
        - type: pull
          name: pull
          root_fs: dst/pull
          interval: manual
          connect: %s
          recv: {placeholder: {encryption: inherit}}
          conflict_resolution: {initial_replication: all}
          pruning:
            keep_sender: [{type: not_replicated}, {type: last_n, count: 1}]
            keep_receiver: [{type: last_n, count: 1}]
        """
            .formatted(link.serveByVault(), link.connectToWeb()));
    guest.shell(
        """
        zfs create -o mountpoint=none dst/sink
        zfs create -o mountpoint=none dst/pull
        zfs create src/pushed
        zfs create src/pulled
        """);
  }

  @Test
  void tcp() throws Exception {
    web.serveMetrics();
    vault.serveMetrics();
    replicateInBothDirections(new DaemonLink.Tcp());
  }

  /** What Prometheus learns of a push, of a source, and of their peers. */
  private void assertMetrics() throws Exception {
    String active = web.metrics();
    String passive = vault.metrics();
    String pushed = "filesystem=\"src/pushed\",zrepl_job=\"push\"";
    double bytes = 1000.0 * KIBIBYTES;
    assertThat(sample(active, "zrepl_replication_bytes_replicated{" + pushed + "}"))
        .isGreaterThan(bytes);
    assertThat(sample(active, "zrepl_replication_last_successful{zrepl_job=\"push\"}"))
        .isPositive();
    assertThat(sample(active, "zrepl_replication_filesystem_errors{zrepl_job=\"push\"}")).isZero();
    double newest =
        Double.parseDouble(
            guest.zfs("get", "-Hp", "-o", "value", "creation", PUSHED + "@2").strip());
    assertThat(
            sample(active, "zrepl_replication_newest_snapshot_timestamp_seconds{" + pushed + "}"))
        .isEqualTo(newest);
    for (String side : List.of("sender", "receiver")) {
      assertThat(
              sample(
                  active,
                  "zrepl_pruning_time_count{prune_side=\"%s\",zrepl_job=\"push\"}".formatted(side)))
          .isPositive();
    }
    assertThat(sample(active, "zrepl_served_bytes_total{zrepl_job=\"source\"}"))
        .isGreaterThan(bytes);
    assertThat(sample(passive, "zrepl_served_bytes_total{zrepl_job=\"sink\"}"))
        .isGreaterThan(bytes);
    assertThat(sample(active, commands("push", "send"))).isGreaterThanOrEqualTo(3);
    assertThat(sample(active, commands("source", "send"))).isGreaterThanOrEqualTo(3);
    assertThat(sample(passive, commands("sink", "recv"))).isGreaterThanOrEqualTo(3);
    assertThat(sample(active, "zrepl_frameconn_shutdown_seconds_count")).isPositive();
  }

  private static String commands(String job, String verb) {
    return "zrepl_zfs_commands_started_total{jobid=\"%s\",zfsbinary=\"zfs\",zfsverb=\"%s\"}"
        .formatted(job, verb);
  }

  private static double sample(String metrics, String series) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series + " in\n" + metrics));
  }

  @Test
  void tls() throws Exception {
    replicateInBothDirections(new DaemonLink.Tls(Files.createDirectories(folder.resolve("tls"))));
  }

  @Test
  void ssh() throws Exception {
    replicateInBothDirections(
        new DaemonLink.Ssh(Files.createDirectories(folder.resolve("sshd")), web, vault));
  }

  private void replicateInBothDirections(DaemonLink link) throws Exception {
    toClose.add(link);
    configure(link);
    // so that there is a middle in which the connection can break
    web.setEnvironment("ZREPL_LAB_SLOW_BYTES_PER_SECOND", "2500000");
    DaemonProcess webDaemon = web.startDaemonWithoutWaiting();
    DaemonProcess vaultDaemon = vault.startDaemonWithoutWaiting();
    webDaemon.awaitReady();
    vaultDaemon.awaitReady();
    replicate("src/pushed", PUSHED, webDaemon, "push", link);
    link.assertBroken(1);
    replicate("src/pulled", PULLED, vaultDaemon, "pull", link);
    link.assertBroken(2);
    if (link instanceof DaemonLink.Tcp) {
      assertMetrics();
    }
    assertThat(webDaemon.stop("TERM")).as(webDaemon.log()).isZero();
    assertThat(vaultDaemon.stop("TERM")).as(vaultDaemon.log()).isZero();
  }

  private void replicate(
      String source, String replica, DaemonProcess active, String job, DaemonLink link)
      throws Exception {
    snapshot(source, "1", KIBIBYTES);
    web.takeCommands();
    // What has arrived can be resumed once ZFS has read it and it is on disk; the next try may come
    // very soon.
    // A proxy holds the stream meanwhile; ssh does not.
    Runnable arrived =
        link instanceof DaemonLink.Ssh
            ? () -> guest.zpool("sync", "dst")
            : () -> awaitPartialState(replica);
    link.breakAStream(active, job, arrived);
    active.runUntilDone(job);
    assertThat(web.takeCommands())
        .as("the transfer went on where it had ended; log:\n" + active.log())
        .anyMatch(command -> command.matches("zfs send .*-t .*"));
    assertThat(guid(replica + "@1")).isEqualTo(guid(source + "@1"));

    snapshot(source, "2", 50);
    active.runUntilDone(job);
    assertSameContent(source, replica + "@2");
    assertThat(snapshots(source)).as("the sender's rules").containsExactly(source + "@2");
    assertThat(snapshots(replica)).as("the receiver's rules").containsExactly(replica + "@2");
  }

  private void awaitPartialState(String replica) {
    Awaitility.await("partial state of " + replica)
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          guest.zpool("sync", "dst");
          return guest
              .shell(
                  "zfs get -Hp -o value receive_resume_token %s 2>/dev/null || true"
                      .formatted(replica))
              .startsWith("1-");
        });
  }

  private void snapshot(String filesystem, String name, int kibibytes) {
    guest.shell(
        "head -c %dk /dev/urandom > /%s/%s && zfs snapshot %s@%s"
            .formatted(kibibytes, filesystem, name, filesystem, name));
  }

  private String guid(String snapshot) {
    return guest.zfs("get", "-Hp", "-o", "value", "guid", snapshot).strip();
  }

  private List<String> snapshots(String filesystem) {
    return guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", filesystem);
  }

  private void assertSameContent(String source, String replica) {
    guest.zfs("clone", "-o", "mountpoint=/look", replica, "dst/look");
    assertThat(guest.checksums("/look")).hasSize(2).isEqualTo(guest.checksums("/" + source));
    guest.zfs("destroy", "dst/look");
  }
}

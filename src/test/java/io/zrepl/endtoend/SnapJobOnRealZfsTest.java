package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Snapshots by schedule, on request and between hooks, and what is kept of them. */
@LabTest
class SnapJobOnRealZfsTest {
  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  SnapJobOnRealZfsTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  private Path script(String name, String body) throws IOException {
    Path script = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script;
  }

  private void signal(String operation, String job) {
    assertThat(site.zrepl("signal", operation, job))
        .satisfies(result -> assertThat(result.status()).as(result.errors()).isZero());
  }

  private List<String> snapshots(String filesystem) {
    return guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-d", "1", filesystem);
  }

  /** The names of a round that is over and pruned, one for each filesystem; empty before. */
  private static List<String> prunedRound(JsonNode status, String type) {
    List<String> names = new ArrayList<>();
    for (JsonNode filesystem : status.path("Snapshotting").path(type).path("Progress")) {
      if (filesystem.path("State").asInt() < 4) {
        return List.of();
      }
      names.add(filesystem.path("SnapName").asString());
    }
    String completed = status.path("Pruning").path("Completed").toString();
    boolean pruned =
        status.path("Pruning").path("State").asString("").equals("Done")
            && names.stream().allMatch(completed::contains);
    return pruned ? names : List.of();
  }

  @Test
  void snapshotsAreTakenAtOnceAndOnRequestBetweenTheirHooksAndPruned() throws Exception {
    guest.shell("for f in data data/a data/db; do zfs create src/$f; done");
    Path notes = folder.resolve("notes");
    Path hook =
        script(
            "hook",
            "echo $ZREPL_HOOKTYPE $ZREPL_FS $(%s list -H -o name -d 1 -t snapshot $ZREPL_FS | wc -l) >>%s"
                .formatted(guest.commands().resolve("zfs"), notes));
    site.configure(
        """
        - type: snap
          name: snap
          filesystems: {"src/data<": true}
          snapshotting:
            type: periodic
            interval: 1h
            prefix: z_
            hooks: [{type: command, path: "%s", filesystems: {"src/data/db": true}}]
          pruning: {keep: [{type: last_n, count: 1}]}
        """
            .formatted(hook));
    DaemonProcess daemon = site.startDaemon();
    JsonNode first =
        daemon.awaitJob("snap", "the first round", job -> prunedRound(job, "Periodic").size() == 3);
    String name = prunedRound(first, "Periodic").getFirst();
    assertThat(prunedRound(first, "Periodic")).containsOnly(name).allMatch(n -> n.startsWith("z_"));
    assertThat(
            guest
                .zfsLines(
                    "get",
                    "-H",
                    "-o",
                    "value",
                    "createtxg",
                    "src/data@" + name,
                    "src/data/a@" + name)
                .stream()
                .distinct())
        .as("one instant")
        .hasSize(1);
    assertThat(notes).hasContent("pre_snapshot src/data/db 0\npost_snapshot src/data/db 1");
    assertThat(
            first
                .path("Snapshotting")
                .path("Periodic")
                .path("Progress")
                .path(2)
                .path("Hooks")
                .asString())
        .contains("pre_snapshot", "post_snapshot");
    assertThat(first.path("Snapshotting").path("Periodic").path("NextDue").asString()).isNotEmpty();

    signal("snapshot", "snap");
    daemon.awaitJob(
        "snap",
        "the round on request",
        job ->
            prunedRound(job, "Periodic").size() == 3
                && !prunedRound(job, "Periodic").contains(name));
    for (String filesystem : List.of("src/data", "src/data/a", "src/data/db")) {
      assertThat(snapshots(filesystem)).hasSize(1).doesNotContain(filesystem + "@" + name);
    }
    assertThat(site.zrepl("status", "--mode", "dump").output())
        .contains("src/data/db SnapDone", " hooks: ok");
    assertThat(daemon.stop("TERM")).isZero();
  }

  @Test
  void calendarTakesSnapshotsAndAShutdownRunsWhatAHookHasToUndo() throws Exception {
    guest.shell("zfs create src/cron; zfs create src/slow");
    Path notes = folder.resolve("notes");
    Path hook =
        script(
            "hook",
            "echo $ZREPL_HOOKTYPE >>%s\n[ $ZREPL_HOOKTYPE = post_snapshot ] || exec sleep 600"
                .formatted(notes));
    site.configure(
        """
        - type: snap
          name: cron
          filesystems: {"src/cron": true}
          snapshotting: {type: cron, cron: "* * * * * *", prefix: c_, timestamp_format: iso-8601}
          pruning: {keep: [{type: last_n, count: 2, regex: "^c_"}]}
        - type: snap
          name: slow
          filesystems: {"src/slow": true}
          snapshotting:
            type: cron
            cron: "0 0 29 2 *"
            prefix: z_
            hooks: [{type: command, path: "%s", timeout: 10m}]
          pruning: {keep: [{type: last_n, count: 1}]}
        """
            .formatted(hook));
    DaemonProcess daemon = site.startDaemon();
    signal("snapshot", "slow");
    daemon.await(
        "some seconds have passed", () -> daemon.log().split("took snapshots", -1).length > 4);
    daemon.await(
        "pruned", () -> !snapshots("src/cron").isEmpty() && snapshots("src/cron").size() <= 3);
    daemon.await("the hook runs", () -> Files.exists(notes));
    JsonNode slow = daemon.job("slow");
    assertThat(slow.path("Snapshotting").path("Cron").path("State").asString())
        .isEqualTo("running");
    assertThat(daemon.stop("TERM")).as(daemon.log()).isZero();
    assertThat(notes).hasContent("pre_snapshot\npost_snapshot");
    assertThat(snapshots("src/slow")).isEmpty();
  }

  /** The ZFS commands of one round on request, with the pruning after it. */
  private List<String> commandsOfARound(DaemonProcess daemon, int filesystems) throws Exception {
    List<String> before = prunedRound(daemon.job("snap"), "Manual");
    site.takeCommands();
    signal("snapshot", "snap");
    daemon.awaitJob(
        "snap",
        "a round",
        job -> {
          List<String> names = prunedRound(job, "Manual");
          return names.size() == filesystems && !before.contains(names.getFirst());
        });
    return site.takeCommands();
  }

  @Test
  void roundCostsTheSameForAnyNumberOfFilesystems() throws Exception {
    site.configure(
        """
        - type: snap
          name: snap
          filesystems: {"src/data<": true}
          snapshotting: {type: manual}
          pruning: {keep: [{type: regex, regex: ".*"}]}
        """);
    guest.shell(
        "zfs create -o mountpoint=none src/data; for i in $(seq 1 4); do zfs create src/data/$i; done");
    DaemonProcess daemon = site.startDaemon();
    List<String> five = commandsOfARound(daemon, 5);
    assertThat(five).hasSizeLessThanOrEqualTo(6);
    guest.shell("for i in $(seq 5 24); do zfs create src/data/$i; done");
    assertThat(commandsOfARound(daemon, 25)).as("with five: %s", five).hasSameSizeAs(five);
  }
}

package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon whose commands run as a user other than root, with the rights that docs/rights.md lists.
 */
@LabTest
class UnprivilegedUserTest {
  private static final Pattern ALLOW =
      Pattern.compile("(?m)^    zfs allow -u zrepl (\\S+) (tank/data|backup/vault)$");

  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  UnprivilegedUserTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    for (String command : java.util.List.of("zfs", "zpool")) {
      site.wrap(command, guest.commandsAs(1000).resolve(command));
    }
    site.configure(
        SingleFilesystem.JOBS
            .replace("{\"src/data\": true}", "{\"src/data<\": true}")
            .replaceFirst(
                "keep_sender: .*",
                "keep_sender: [{type: not_replicated}, {type: last_n, count: 1}]")
            .replaceFirst("keep_receiver: .*", "keep_receiver: [{type: last_n, count: 1}]"));
    guest.zfs("create", "-o", "mountpoint=none", "dst/vault");
    guest.zfs("create", "src/data");
    guest.zfs("create", "src/data/a");
    Matcher command = ALLOW.matcher(Files.readString(Path.of("docs/rights.md")));
    while (command.find()) {
      String dataset = command.group(2).equals("tank/data") ? "src/data" : "dst/vault";
      guest.zfs("allow", "-u", "alice", command.group(1), dataset);
    }
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  private void change(String name) {
    guest.writeRandom("/src/data/a/file", 100);
    guest.zfs("snapshot", "-r", "src/data@" + name);
  }

  private String run(DaemonProcess daemon) throws Exception {
    return DaemonProcess.attemptState(daemon.runOnce("push"));
  }

  @Test
  void replicatesAndPrunesWithTheDocumentedRightsAndSaysWhichPageHelpsWithoutOne()
      throws Exception {
    change("1");
    DaemonProcess daemon = site.startDaemon();
    assertThat(run(daemon)).as(daemon.log()).isEqualTo("done");
    change("2");
    change("3");
    assertThat(run(daemon)).as(daemon.log()).isEqualTo("done");
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-r", "src", "dst"))
        .as(daemon.log())
        .containsExactlyInAnyOrder(
            "src/data@3",
            "src/data/a@3",
            "dst/vault/host/src/data@3",
            "dst/vault/host/src/data/a@3");
    assertThat(guest.zfsLines("get", "-H", "-o", "value", "zrepl:placeholder", "dst/vault/host"))
        .containsExactly("on");

    guest.zfs("unallow", "-u", "alice", "hold", "dst/vault");
    change("4");
    assertThat(run(daemon)).isEqualTo("filesystem-error");
    assertThat(site.zrepl("status", "--mode", "dump").output())
        .contains("permission denied")
        .contains("zfs allow")
        .contains("docs/rights.md");
  }
}

package io.zrepl.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.local.BytesStream;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.CraftedStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Streams with which a client would get at what is another's, or at what is not below the root at
 * all. Each is given to plain {@code zfs receive} as well, to show that ZFS alone does not help.
 */
@LabTest
class HostileStreamsOnRealZfsTest {
  private static final String VICTIM = "dst/victim/data";
  private static final String OWN = "dst/r/mallory/src/own";

  private final Guest guest;
  private final EndpointSite site;

  HostileStreamsOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.site = new EndpointSite(guest);
  }

  /** What the victim has came from elsewhere; the attacker knows no more than its guid. */
  @BeforeEach
  void victimAndAttacker() throws Exception {
    site.client = Optional.of("mallory");
    site.filter = Map.of("src<", true);
    guest.zfs("create", "-p", "src/original");
    site.snapshotWithData("src/original", "1", 64);
    guest.zfs("create", "-p", "dst/victim");
    guest.zfs("create", "-p", "dst/r");
    guest.shell("zfs send src/original@1 | zfs receive -u " + VICTIM);
    site.snapshotWithData("src/original", "2", 64);
    guest.zfs("create", "src/own");
    site.snapshotWithData("src/own", "1", 8);
    site.snapshotWithData("src/own", "2", 8);
    site.transfer(site.full("src/own@1"));
  }

  @AfterEach
  void end() {
    site.close();
  }

  private long guid(String snapshot) {
    return Long.parseUnsignedLong(site.property("guid", snapshot));
  }

  private byte[] sent(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(guest.commands().resolve("zfs").toString());
    command.add("send");
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] bytes = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    return bytes;
  }

  /** What plain ZFS says of it: empty if it takes the stream. */
  private String plainReceive(byte[] stream, String target)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                guest.commands().resolve("zfs").toString(), "receive", "-s", "-u", target)
            .redirectErrorStream(true)
            .start();
    try (var out = process.getOutputStream()) {
      out.write(stream);
    } catch (IOException e) {
      // it does not read what it refuses
    }
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() == 0 ? "" : said;
  }

  private void receive(byte[] stream, String filesystem, String snapshot, boolean full)
      throws OperationException, InterruptedException {
    site.newReceiver()
        .receive(
            new ReceiveRequest(
                DatasetPath.of(filesystem),
                (Snapshot) site.version(snapshot),
                full,
                false,
                ReplicationProtection.DEFAULT),
            new BytesStream(stream, 4096));
  }

  private List<String> state() {
    return guest.zfsLines(
        "list", "-H", "-o", "name,guid,origin,createtxg", "-t", "all", "-r", "dst");
  }

  @Test
  void anUnchangedStreamThatWasTakenApartIsReceived() throws Exception {
    receive(
        new CraftedStream(sent("-i", "@1", "src/own@2")).bytes(), "src/own", "src/own@2", false);

    assertThat(site.snapshots(OWN)).containsExactly("1", "2");
  }

  @Test
  void anUnchangedStreamWithPropertiesIsReceived() throws Exception {
    receive(
        new CraftedStream(sent("-p", "-i", "@1", "src/own@2")).bytes(),
        "src/own",
        "src/own@2",
        false);

    assertThat(site.snapshots(OWN)).containsExactly("1", "2");
  }

  @Test
  void noCloneOfWhatIsAnothers() throws Exception {
    CraftedStream crafted =
        new CraftedStream(sent("-i", "@1", "src/original@2"))
            .withBase(guid(VICTIM + "@1"))
            .asClone();
    assertThat(plainReceive(crafted.bytes(), "dst/plain@2")).isEmpty();
    assertThat(site.property("origin", "dst/plain")).isEqualTo(VICTIM + "@1");
    guest.zfs("destroy", "-r", "dst/plain");
    List<String> before = state();

    for (boolean full : new boolean[] {true, false}) {
      assertThatThrownBy(() -> receive(crafted.bytes(), "src/original", "src/original@2", full))
          .hasMessageContaining("it makes a clone of a snapshot of another filesystem");
    }
    assertThat(site.exists("dst/r/mallory/src/original")).isFalse();
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void noSnapshotInTheFilesystemOfAnother() throws Exception {
    CraftedStream crafted =
        new CraftedStream(sent("-p", "-i", "@1", "src/original@2"))
            .withName(1, "src/original/anything@2");
    List<String> before = state();

    for (String filesystem : List.of("src/own", "src/missing")) {
      for (boolean full : new boolean[] {true, false}) {
        assertThatThrownBy(() -> receive(crafted.bytes(), filesystem, "src/own@2", full))
            .hasMessageContaining("it names two filesystems");
        assertThat(state()).isEqualTo(before);
      }
    }

    String said = plainReceive(crafted.bytes(), "dst/r/mallory/src/missing@2");
    assertThat(site.snapshots(VICTIM)).as(said).containsExactly("1", "2");
  }

  @Test
  void noSecondSnapshotBehindTheFirst() throws Exception {
    CraftedStream crafted =
        new CraftedStream(sent("-p", "-i", "@1", "src/own@2"))
            .followedBy(
                new CraftedStream(sent("-p", "-i", "@1", "src/original@2"))
                    .withName(1, "src/own/anything@2"));

    assertThatThrownBy(() -> receive(crafted.bytes(), "src/own", "src/own@2", false))
        .hasMessageContaining("one that zrepl sends");
    assertThat(site.snapshots(VICTIM)).containsExactly("1");

    guest.shell("zfs send src/own@1 | zfs receive -u dst/plain");
    String said = plainReceive(crafted.bytes(), "dst/plain@2");
    assertThat(said).isNotEmpty();
    assertThat(site.snapshots(VICTIM)).containsExactly("1");
  }
}

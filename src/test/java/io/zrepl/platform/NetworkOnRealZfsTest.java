package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.rpc.FaultProxy;
import io.zrepl.rpc.Network;
import java.io.IOException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replication between two machines: the whole protocol over TCP between real ZFS and real ZFS. */
@LabTest
class NetworkOnRealZfsTest {
  private static final int KIBIBYTES = 3000;
  private static final int ENOUGH_RUNS = 6;

  private final Guest guest;
  private final LabState state;
  private final LabReplication lab;
  private final Network network = new Network();

  NetworkOnRealZfsTest(Guest guest) throws IOException {
    this.guest = guest;
    this.state = new LabState(guest);
    this.lab = new LabReplication(guest);
  }

  @BeforeEach
  void makeFilesystems() {
    state.zfs(
        """
        create src/s
        create src/s/child
        create -o mountpoint=none dst/r
        """);
    guest.writeRandom("/src/s/file", KIBIBYTES);
    guest.writeRandom("/src/s/child/file", 100);
    guest.zfs("snapshot", "-r", "src/s@1");
  }

  @AfterEach
  void close() throws IOException {
    network.close();
    lab.close();
  }

  private void assertReplicated(String snapshot) {
    for (String filesystem : new String[] {"src/s", "src/s/child"}) {
      assertThat(state.guid("dst/r/" + filesystem + "@" + snapshot))
          .isEqualTo(state.guid(filesystem + "@" + snapshot));
    }
  }

  private void assertSameFiles() {
    guest.zfs("clone", "-o", "mountpoint=/look", "dst/r/src/s@2", "dst/look");
    String sums = "cd %s && sha256sum file more";
    assertThat(guest.shell(sums.formatted("/look")))
        .isEqualTo(guest.shell(sums.formatted("/src/s")));
    guest.zfs("destroy", "dst/look");
  }

  /** Cuts the connection of the first stream, then goes on until all is there. */
  private void replicatesAlthoughTheConnectionIsCut(boolean towardsServer) throws Exception {
    // The first connection is the control connection.
    network.proxy().arm(new FaultProxy.Fault(FaultProxy.Kind.RESET, towardsServer, 1_500_000), 1);
    RunResult cut = lab.run();
    assertThat(network.proxy().faults()).isEqualTo(1);
    assertThat(cut.errors()).isNotEmpty();
    // The other machine finds out by itself, a little later.
    Awaitility.await("can be resumed").until(() -> state.hasPartialState("dst/r/src/s"));
    for (int run = 0; run < ENOUGH_RUNS && !state.exists("dst/r/src/s/child@1"); run++) {
      lab.runWell();
    }
    assertReplicated("1");

    guest.writeRandom("/src/s/more", 100);
    guest.zfs("snapshot", "-r", "src/s@2");
    lab.runWell();
    assertReplicated("2");
    assertSameFiles();
  }

  @Test
  void pushes() throws Exception {
    lab.aroundReceiver = network::around;
    replicatesAlthoughTheConnectionIsCut(true);
  }

  @Test
  void pulls() throws Exception {
    lab.aroundSender = network::around;
    replicatesAlthoughTheConnectionIsCut(false);
  }
}

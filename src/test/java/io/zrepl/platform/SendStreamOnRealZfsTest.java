package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.SendProcess;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a stream of {@code zfs send} ends. */
@LabTest
class SendStreamOnRealZfsTest {
  private final Guest guest;
  private final LabReplication lab;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);

  SendStreamOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.lab = new LabReplication(guest);
  }

  @BeforeEach
  void makeFilesystem() {
    guest.zfs("create", "src/s");
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private SendProcess send() throws Exception {
    guest.zfs("snapshot", "src/s@1");
    DatasetPath path = DatasetPath.of("src/s");
    Snapshot snapshot =
        (Snapshot)
            lab.zfs.versions(DatasetSelection.only(path)).getOrDefault(path, List.of()).getFirst();
    return lab.zfs.send(
        new SendArguments(path, Optional.empty(), snapshot, SendFlags.NONE, Optional.empty()));
  }

  private void readToTheEnd(SendProcess send) throws OperationException {
    while (send.read(buffer.clear()) >= 0) {
      // on
    }
  }

  private void assertClosed(SendProcess send) {
    assertThatThrownBy(() -> send.read(buffer.clear()))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("aborted");
  }

  private void assertNoSendRuns() {
    assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
        .noneMatch(process -> process.info().commandLine().orElse("").contains("send src/s@1"));
    // In the guest nothing runs but the command that looks; it may need a moment to notice.
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> guest.shell("ls /run/lab/live").lines().count() == 1);
  }

  @Test
  void a42CloseEndsASendThatIsBlockedInWriting() throws Exception {
    guest.writeRandom("/src/s/file", 16 * 1024);
    SendProcess send = send();
    assertThat(send.read(buffer.clear())).isPositive();
    // Nobody reads on, so that all buffers on the way fill up.
    Thread.sleep(500);
    send.close();
    assertClosed(send);
    assertNoSendRuns();
  }

  @Test
  void a43EndIsToldRepeatedlyUntilCloseAndReadingAfterwardsFails() throws Exception {
    SendProcess send = send();
    readToTheEnd(send);
    assertThat(send.read(buffer.clear())).isEqualTo(-1);
    assertThat(send.read(buffer.clear())).isEqualTo(-1);
    send.close();
    assertClosed(send);
    assertNoSendRuns();
  }

  @Test
  void a44ClosingTwiceAfterTheEndIsFine() throws Exception {
    SendProcess send = send();
    readToTheEnd(send);
    send.close();
    send.close();
    assertClosed(send);
  }

  @Test
  void a45ClosingTwiceBeforeTheEndIsFine() throws Exception {
    guest.writeRandom("/src/s/file", 4 * 1024);
    SendProcess send = send();
    send.close();
    send.close();
    assertClosed(send);
    assertNoSendRuns();
  }
}

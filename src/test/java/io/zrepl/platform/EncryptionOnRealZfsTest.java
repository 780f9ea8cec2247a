package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.local.LocalSender;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.replicate.report.FilesystemReport;
import io.zrepl.replicate.report.FilesystemState;
import io.zrepl.zfs.EncryptedOverwriteException;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.SendProcess;
import io.zrepl.zfs.StreamSource;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is encrypted stays so, and what must be is. */
@LabTest
class EncryptionOnRealZfsTest {
  private static final String TARGET = "dst/r/src/s";

  private final Guest guest;
  private final EndpointSite site;

  EncryptionOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.site = new EndpointSite(guest);
  }

  @AfterEach
  void end() {
    site.close();
  }

  /** Sends and receives without asking anybody; cut after so many bytes. */
  private void receiveAsIs(String from, String target, SendFlags flags, boolean force, long bytes)
      throws Exception {
    SendRequest request = site.full(from);
    try (SendProcess process =
        site.zfs.send(
            new SendArguments(
                request.filesystem(), Optional.empty(), request.to(), flags, Optional.empty()))) {
      StreamSource source =
          new StreamSource() {
            private long left = bytes;

            @Override
            public int read(ByteBuffer buffer) throws OperationException {
              if (left <= 0) {
                throw OperationException.permanent("cut");
              }
              int count = process.read(buffer);
              left -= count;
              return count;
            }

            @Override
            public void abort() {
              process.abort();
            }
          };
      site.zfs.receive(
          new ReceiveArguments(
              SnapshotPath.of(DatasetPath.of(target), request.to().name()),
              force,
              true,
              List.of(),
              Map.of()),
          source);
    }
  }

  @Test
  void a13_forcedReceiveIntoEncryptedIsRecognised() throws Exception {
    guest.zfs("create", "src/s");
    guest.zfs("snapshot", "src/s@1");
    site.createEncrypted("dst/foo bar");

    assertThatThrownBy(
            () -> receiveAsIs("src/s@1", "dst/foo bar", SendFlags.NONE, true, Long.MAX_VALUE))
        .isInstanceOf(EncryptedOverwriteException.class);
  }

  @ParameterizedTest
  @CsvSource({"true, false", "false, true"})
  void i36_encryptionIsNeverOverwrittenAndTheAdministratorIsTold(
      boolean placeholderEncrypted, boolean raw) throws Exception {
    guest.zfs("create", "-o", "mountpoint=none", "dst/r");
    if (raw) {
      site.createEncrypted("src/s");
      site.flags = EndpointSite.ENCRYPTED;
    } else {
      guest.zfs("create", "src/s");
    }
    guest.zfs("snapshot", "src/s@1");
    if (placeholderEncrypted) {
      site.createEncrypted("dst/r/src");
    }
    site.placeholderWithChild(TARGET);
    guest.zfs("snapshot", TARGET + "@autosnap");

    FilesystemReport failed = site.run().attempt().filesystems().getFirst();

    assertThat(failed.stepError().orElseThrow().message())
        .contains("cannot automatically replace placeholder filesystem " + TARGET);
    assertThat(failed.stepError().orElseThrow().advice().orElseThrow())
        .contains("zfs rename " + TARGET);
    assertThat(site.snapshots(TARGET)).containsExactly("autosnap");
    assertThat(site.property("zrepl:placeholder", TARGET)).isEqualTo("on");

    // what the advice says
    guest.zfs("rename", TARGET, TARGET + ".placeholder");
    guest.shell("zfs send %s src/s@1 | zfs receive -s %s".formatted(raw ? "-w" : "", TARGET));
    guest.zfs("rename", TARGET + ".placeholder/child", TARGET + "/child");
    guest.zfs("destroy", "-r", TARGET + ".placeholder");
    AttemptReport then = site.run().attempt();
    assertThat(then.state()).as("%s", then).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots(TARGET + "/child")).containsExactly("kept");
    guest.zfs("snapshot", "src/s@2");
    then = site.run().attempt();
    assertThat(then.state()).as("%s", then).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots(TARGET)).containsExactly("1", "2");
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void a28_plainStreamIsEncryptedBelowAnEncryptedRoot(boolean withProperties) throws Exception {
    site.filter = Map.of("src/s/a/child", true);
    site.flags = withProperties ? EndpointSite.PROPERTIES : SendFlags.NONE;
    guest.zfs("create", "-p", "src/s/a/child");
    guest.zfs("set", "user:property=1", "src/s/a/child");
    guest.zfs("snapshot", "src/s/a/child@initial");
    site.createEncrypted("dst/r");

    AttemptReport attempt = site.run().attempt();

    assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots("dst/r/src/s/a/child")).containsExactly("initial");
    for (String filesystem : List.of("dst/r/src", "dst/r/src/s/a", "dst/r/src/s/a/child")) {
      assertThat(site.property("encryptionroot", filesystem)).isEqualTo("dst/r");
    }
    assertThat(site.property("user:property", "dst/r/src/s/a/child"))
        .isEqualTo(withProperties ? "1" : "-");
  }

  @Test
  void i35_nothingIsStoredInTheClearByWayOfAPlaceholderUnlessThatIsWanted() throws Exception {
    guest.zfs("create", "-p", "src/s/a");
    guest.zfs("snapshot", "-r", "src/s@1");
    site.createEncrypted("dst/e");
    for (PlaceholderEncryption encryption : PlaceholderEncryption.values()) {
      site.root = "dst/e/" + encryption;
      String target = site.root + "/src/s";
      guest.zfs("create", site.root);
      site.options = ReceiveOptions.of(PlaceholderEncryption.OFF);
      site.filter = Map.of("src/s/a", true);
      assertThat(site.run().attempt().state()).isEqualTo(AttemptState.DONE);
      assertThat(site.property("encryption", target + "/a")).isEqualTo("off");

      site.options = ReceiveOptions.of(encryption);
      site.filter = Map.of("src/s", true);
      FilesystemReport report = site.run().attempt().filesystems().getFirst();

      if (encryption == PlaceholderEncryption.OFF) {
        assertThat(report.state()).as("%s", report).isEqualTo(FilesystemState.DONE);
        continue;
      }
      assertThat(report.stepError().orElseThrow().message())
          .contains(target + " would be stored unencrypted below the encrypted root_fs");
      assertThat(site.snapshots(target)).isEmpty();
    }
  }

  @ParameterizedTest(name = "mark cleared {0}")
  @CsvSource({"false", "true"})
  void i35_replacementThatWasInterruptedIsNotContinuedInTheClear(boolean markCleared)
      throws Exception {
    guest.zfs("create", "-p", "src/s/a");
    guest.writeRandom("/src/s/file", 600);
    guest.zfs("snapshot", "-r", "src/s@1");
    site.createEncrypted("dst/e");
    site.root = "dst/e";
    String target = "dst/e/src/s";
    site.options = ReceiveOptions.of(PlaceholderEncryption.OFF);
    site.filter = Map.of("src/s/a", true);
    assertThat(site.run().attempt().state()).isEqualTo(AttemptState.DONE);
    assertThatThrownBy(() -> receiveAsIs("src/s@1", target, SendFlags.NONE, true, 300_000))
        .hasMessageContaining("cut");
    if (markCleared) {
      guest.zfs("set", "zrepl:placeholder=off", target);
    }
    assertThat(site.property("receive_resume_token", target)).isNotEqualTo("-");

    site.options = ReceiveOptions.of(PlaceholderEncryption.INHERIT);
    site.filter = Map.of("src/s", true);
    FilesystemReport report = site.run().attempt().filesystems().getFirst();

    assertThat(report.stepError().orElseThrow().message())
        .contains(target + " would be stored unencrypted below the encrypted root_fs");
    assertThat(site.snapshots(target)).isEmpty();
  }

  @Test
  void i35_initialReceiveThatWasInterruptedBelowAnEncryptedRootIsContinued() throws Exception {
    guest.zfs("create", "src/s");
    guest.writeRandom("/src/s/file", 600);
    guest.zfs("snapshot", "src/s@1");
    site.createEncrypted("dst/r");
    guest.zfs("create", "-o", "zrepl:placeholder=on", "dst/r/src");
    assertThatThrownBy(() -> receiveAsIs("src/s@1", TARGET, SendFlags.NONE, false, 300_000))
        .hasMessageContaining("cut");
    assertThat(site.property("receive_resume_token", TARGET)).isNotEqualTo("-");

    AttemptReport attempt = site.run().attempt();

    assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots(TARGET)).containsExactly("1");
    assertThat(site.property("encryptionroot", TARGET)).isEqualTo("dst/r");
  }

  @ParameterizedTest(name = "filesystem encrypted {0}, send.encrypted {1}, send.raw {2}")
  @CsvSource({
    "false, false, false, false",
    "false, false, true, false",
    "true, false, false, false",
    "true, true, false, true",
    "true, true, true, true"
  })
  void a37_allowedSendsArriveAndAreResumed(
      boolean filesystem, boolean encrypted, boolean raw, boolean copyEncrypted) throws Exception {
    makeSender(filesystem);
    site.flags = new SendFlags(encrypted, raw, false, false, false, false, false, false);
    Optional<String> from = Optional.empty();
    for (String name : List.of("1", "2")) {
      String to = "src/s@" + name;
      site.snapshotWithData("src/s", name, 600);
      SendRequest request = site.request(from, to, Optional.empty());
      assertThat(site.newSender().estimate(request)).isPresent();
      assertThatThrownBy(() -> site.transfer(request, 300_000)).hasMessageContaining("cut");
      assertThat(site.hasPartialState(TARGET)).isTrue();
      site.transfer(site.request(from, to, Optional.of(site.token(TARGET))));
      from = Optional.of(to);
    }
    assertThat(site.snapshots(TARGET)).containsExactly("1", "2");
    assertThat(!site.property("encryption", TARGET).equals("off")).isEqualTo(copyEncrypted);
  }

  @ParameterizedTest(name = "filesystem encrypted {0}, send.encrypted {1}, send.raw {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "false|true|false|encrypted send mandated by policy, but filesystem \"src/s\" is not encrypted",
        "false|true|true|encrypted send mandated by policy, but filesystem \"src/s\" is not encrypted",
        "true|false|true|policy mandates raw+unencrypted sends, but filesystem \"src/s\" is encrypted"
      })
  void a37_forbiddenSendsAreRefusedWithAndWithoutToken(
      boolean filesystem, boolean encrypted, boolean raw, String message) throws Exception {
    makeSender(filesystem);
    site.flags = new SendFlags(encrypted, raw, false, false, false, false, false, false);
    site.snapshotWithData("src/s", "1", 600);

    FilesystemReport first = site.run().attempt().filesystems().getFirst();
    assertThat(first.state()).isEqualTo(FilesystemState.PLANNING_ERROR);
    assertThat(first.planError().orElseThrow().message()).contains(message);
    assertThat(site.exists("dst/r/src")).isFalse();
    SendRequest request = site.full("src/s@1");
    assertThatThrownBy(() -> site.newSender().send(request)).isInstanceOf(PolicyException.class);

    guest.zfs("create", "-p", "-o", "mountpoint=none", "dst/r/src");
    assertThatThrownBy(() ->
            receiveAsIs(
                "src/s@1", TARGET, raw ? EndpointSite.ENCRYPTED : SendFlags.NONE, false, 300_000))
        .hasMessageContaining("cut");
    ResumeToken token = site.token(TARGET);
    FilesystemReport second = site.run().attempt().filesystems().getFirst();
    assertThat(second.state()).isEqualTo(FilesystemState.PLANNING_ERROR);
    assertThat(second.planError().orElseThrow().message()).contains(message);
    SendRequest resumed = site.request(Optional.empty(), "src/s@1", Optional.of(token));
    assertThatThrownBy(() -> site.newSender().send(resumed)).isInstanceOf(PolicyException.class);
    assertThat(site.token(TARGET)).isEqualTo(token);
  }

  private void makeSender(boolean encrypted) {
    guest.zfs("create", "-o", "mountpoint=none", "dst/r");
    if (encrypted) {
      site.createEncrypted("src/s");
    } else {
      guest.zfs("create", "src/s");
    }
  }

  @Test
  void a38_a39_unencryptedFilesystemIsNotSentIfEncryptionIsMandated() throws Exception {
    site.flags = EndpointSite.ENCRYPTED;
    guest.zfs("create", "-p", "src/s/send er");
    guest.zfs("snapshot", "src/s/send er@a snap");
    SendRequest request = site.full("src/s/send er@a snap");

    for (LocalSender sender : List.of(site.newSender(), site.newSender())) {
      assertThatThrownBy(() -> sender.estimate(request))
          .isInstanceOf(PolicyException.class)
          .hasMessage(
              "encrypted send mandated by policy, but filesystem \"src/s/send er\" is not encrypted");
      assertThatThrownBy(() -> sender.send(request)).isInstanceOf(PolicyException.class);
    }
    assertThat(guest.zfs("holds", "-H", "src/s/send er@a snap")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void i24_filesystemThatWasReplacedByAnUnencryptedCopyIsNotSent(boolean withProperties)
      throws Exception {
    site.flags = new SendFlags(true, false, withProperties, false, false, false, false, false);
    guest.zfs("create", "src/s");
    site.createEncrypted("src/s/e");
    site.snapshotWithData("src/s/e", "1", 100);
    LocalSender sender = site.newSender();
    sender.listFilesystems();
    SendRequest request = site.full("src/s/e@1");
    try (SendStream stream = sender.send(request)) {
      assertThat(stream.read(ByteBuffer.allocateDirect(4096))).isPositive();
    }
    guest.shell(
        "zfs send src/s/e@1 | zfs receive src/s/plain && zfs rename src/s/e src/s/old"
            + " && zfs rename src/s/plain src/s/e");
    assertThat(((Snapshot) site.version("src/s/e@1")).guid()).isEqualTo(request.to().guid());

    try (SendStream stream = sender.send(request)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
      assertThatThrownBy(() -> stream.read(buffer)).isInstanceOf(PolicyException.class);
      assertThat(buffer.position()).isZero();
    }
  }
}

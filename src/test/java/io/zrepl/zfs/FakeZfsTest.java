package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.FakeZfs.Operation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** That the fake agrees and refuses as the real ZFS does. */
class FakeZfsTest {
  private static final DatasetPath FS = DatasetPath.of("tank/foo bar");
  private static final DatasetPath TARGET = DatasetPath.of("tank/target");

  private final FakeZfs zfs = new FakeZfs();

  FakeZfsTest() {
    zfs.create("tank/foo bar");
  }

  private static SnapshotPath path(DatasetPath filesystem, String name)
      throws InvalidValueException {
    return SnapshotPath.of(filesystem, name);
  }

  @Test
  void batchDestroyKeepsExactlyTheHeldSnapshots() throws Exception {
    zfs.take("tank/foo bar@1");
    zfs.take("tank/foo bar@2");
    zfs.take("tank/foo bar@3");
    zfs.placeHold("tank/foo bar@2", "mine");

    assertThat(zfs.destroySnapshots(FS, List.of("3", "2", "never")))
        .extracting(DestroyOutcome::snapshotName, outcome -> outcome.reason().isPresent())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("3", false),
            org.assertj.core.groups.Tuple.tuple("2", true),
            org.assertj.core.groups.Tuple.tuple("never", false));
    assertThat(zfs.versionsOf("tank/foo bar")).containsExactly("@1", "@2");
    assertThat(zfs.processes()).containsEntry(Operation.DESTROY_SNAPSHOTS, 3);
  }

  @Test
  void snapshotsOfAPoolAreTakenAllOrNone() throws Exception {
    zfs.create("tank/b");
    zfs.take("tank/b@x");

    assertThatThrownBy(
            () -> zfs.snapshot(List.of(path(FS, "x"), path(DatasetPath.of("tank/b"), "x"))))
        .isInstanceOf(SnapshotException.class);
    assertThat(zfs.versionsOf("tank/foo bar")).isEmpty();
    zfs.snapshot(List.of(path(FS, "y"), path(DatasetPath.of("tank/b"), "y")));
    assertThat(zfs.version("tank/b@y").creation())
        .isEqualTo(zfs.version("tank/foo bar@y").creation());
  }

  @Test
  void bookmarkIsIdempotentForTheSameSnapshotOnly() throws Exception {
    Snapshot one = zfs.take("tank/foo bar@1");
    Snapshot two = zfs.take("tank/foo bar@2");
    BookmarkPath bookmark = BookmarkPath.of(FS, "b");

    zfs.bookmark(path(FS, "1"), one.guid(), bookmark);
    zfs.bookmark(path(FS, "1"), one.guid(), bookmark);
    assertThatThrownBy(() -> zfs.bookmark(path(FS, "2"), two.guid(), bookmark))
        .hasMessageContaining("bookmark exists");
    zfs.bookmark(bookmark, one.guid(), BookmarkPath.of(FS, "copy"));
    assertThat(zfs.version("tank/foo bar#copy").guid()).isEqualTo(one.guid());
    assertThat(zfs.versionsOf("tank/foo bar")).containsExactly("#b", "#copy", "@1", "@2");
  }

  @Test
  void holdIsIdempotentAndCounted() throws Exception {
    zfs.take("tank/foo bar@1");
    zfs.hold("a b", List.of(path(FS, "1")));
    zfs.hold("a b", List.of(path(FS, "1")));

    assertThat(zfs.holds(List.of(path(FS, "1"), path(FS, "none"))))
        .containsExactly(new Hold(path(FS, "1"), "a b"));
    assertThat(((Snapshot) zfs.version("tank/foo bar@1")).userReferences())
        .isEqualTo(OptionalLong.of(1));
    zfs.release("a b", List.of(path(FS, "1"), path(FS, "none")));
    assertThat(zfs.holdsIn("tank/foo bar")).isEmpty();
  }

  @Test
  void exportedPoolIsMissing() throws Exception {
    zfs.create("usb/x");
    zfs.exportPool("usb");

    assertThat(zfs.datasets(DatasetSelection.subtree(DatasetPath.of("usb"))).missing())
        .containsExactly(DatasetPath.of("usb"));
    assertThat(zfs.datasets(new DatasetSelection.Everything()).datasets())
        .extracting(Dataset::path)
        .containsExactly(DatasetPath.of("tank"), FS);
    zfs.importPool("usb");
    assertThat(zfs.exists("usb/x")).isTrue();
  }

  private void transfer(String from, String to, boolean force, Optional<ResumeToken> token)
      throws Exception {
    Optional<FilesystemVersion> base =
        from.isEmpty() ? Optional.empty() : Optional.of(zfs.version("tank/foo bar" + from));
    SendArguments arguments =
        new SendArguments(
            FS, base, (Snapshot) zfs.version("tank/foo bar@" + to), SendFlags.NONE, token);
    try (SendProcess process = zfs.send(arguments)) {
      zfs.receive(
          new ReceiveArguments(path(TARGET, to), force, true, List.of(), Map.of()), process);
    }
  }

  @Test
  void receivedSnapshotHasTheIdentityOfTheSent() throws Exception {
    Snapshot one = zfs.take("tank/foo bar@1");
    Snapshot two = zfs.take("tank/foo bar@2");

    transfer("", "1", false, Optional.empty());
    transfer("@1", "2", false, Optional.empty());

    assertThat(zfs.version("tank/target@1").guid()).isEqualTo(one.guid());
    assertThat(zfs.version("tank/target@2").guid()).isEqualTo(two.guid());
    assertThat(zfs.version("tank/target@2").creation()).isEqualTo(two.creation());
    assertThat(zfs.version("tank/target@2").createTxg()).isNotEqualTo(two.createTxg());
  }

  @Test
  void receiveRefusesWhatDoesNotFit() throws Exception {
    zfs.take("tank/foo bar@1");
    zfs.take("tank/foo bar@2");
    zfs.take("tank/foo bar@3");
    refused("@1", "2", false, "does not exist");
    zfs.create("tank/target");
    refused("", "1", false, "must specify -F");
    zfs.take("tank/target@own");
    refused("", "1", true, "must destroy them");
    refused("@1", "2", false, "does not\nmatch incremental source");
    zfs.destroyVersion("tank/target@own");
    transfer("", "1", true, Optional.empty());
    zfs.write("tank/target");
    refused("@1", "2", false, "has been modified");
    transfer("@1", "2", true, Optional.empty());
    refused("@1", "2", false, "already exists");
  }

  private void refused(String from, String to, boolean force, String reason) {
    assertThatThrownBy(() -> transfer(from, to, force, Optional.empty()))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void encryptedTargetIsNeverOverwritten() {
    zfs.take("tank/foo bar@1");
    zfs.createEncrypted("tank/target");
    refused("", "1", true, "cannot be used to destroy an encrypted filesystem");
  }

  @Test
  void interruptedReceiveLeavesATokenWithWhichItIsResumed() throws Exception {
    zfs.setStreamSize(10_000);
    zfs.take("tank/foo bar@1");
    zfs.take("tank/foo bar@2");
    zfs.failSendsAfter(OptionalLong.of(6_000));
    refused("", "1", false, "injected");
    zfs.failSendsAfter(OptionalLong.empty());
    Optional<ResumeToken> token = zfs.datasetOf("tank/target").resumeToken();
    assertThat(TestResumeTokens.decode(token.orElseThrow()).bytes()).isEqualTo(6_000);
    refused("", "2", false, "partially-complete state");

    transfer("", "1", false, token);

    assertThat(zfs.versionsOf("tank/target")).containsExactly("@1");
    assertThat(zfs.datasetOf("tank/target").resumeToken()).isEmpty();
  }

  @Test
  void droppingPartialStateRemovesWhatExistsOnlyBecauseOfIt() throws Exception {
    zfs.take("tank/foo bar@1");
    zfs.failReceivesAfter(OptionalLong.of(10));
    refused("", "1", false, "out of space");
    assertThat(zfs.exists("tank/target")).isTrue();

    zfs.abortReceive(TARGET);
    zfs.abortReceive(FS);

    assertThat(zfs.exists("tank/target")).isFalse();
    assertThat(zfs.exists("tank/foo bar")).isTrue();
  }

  @Test
  void resumeNeedsTheSnapshotOnTheSender() throws Exception {
    zfs.take("tank/foo bar@1");
    zfs.failReceivesAfter(OptionalLong.of(10));
    refused("", "1", false, "out of space");
    Optional<ResumeToken> token = zfs.datasetOf("tank/target").resumeToken();
    Snapshot gone = (Snapshot) zfs.version("tank/foo bar@1");
    zfs.destroyVersion("tank/foo bar@1");

    assertThatThrownBy(
            () -> zfs.send(new SendArguments(FS, Optional.empty(), gone, SendFlags.NONE, token)))
        .hasMessageContaining("no longer exists");
  }

  @Test
  void faultsHitBeforeOrAfterTheEffect() throws Exception {
    zfs.take("tank/foo bar@1");
    zfs.setFaults(FakeFaults.failBefore(Operation.HOLD));
    assertThatThrownBy(() -> zfs.hold("t", List.of(path(FS, "1"))))
        .hasMessageContaining("injected");
    assertThat(zfs.holdsOf("tank/foo bar@1")).isEmpty();
    zfs.setFaults(FakeFaults.failAfter(Operation.HOLD));
    assertThatThrownBy(() -> zfs.hold("t", List.of(path(FS, "1"))))
        .hasMessageContaining("injected");
    assertThat(zfs.holdsOf("tank/foo bar@1")).isEqualTo(Set.of("t"));
    zfs.setFaults(FakeFaults.killAfter(0));
    assertThatThrownBy(() -> zfs.release("t", List.of(path(FS, "1"))))
        .isInstanceOf(FakeFaults.Killed.class);
    assertThat(zfs.holdsOf("tank/foo bar@1")).isEqualTo(Set.of("t"));
  }
}

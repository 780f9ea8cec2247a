package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.zrepl.lab.Guest;
import io.zrepl.lab.SuspendablePool;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.PropertyName;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Which failure ZFS itself reports when something is wrong, and what it says when it lies. */
abstract class FailuresOnRealZfs {
  private static final int ALICE = 1000;
  private static final DatasetPath DATA = DatasetPath.of("src/data");
  private static final DatasetPath VAULT = DatasetPath.of("dst/vault");

  private final Guest guest;

  FailuresOnRealZfs(Guest guest) {
    this.guest = guest;
  }

  private static ProcessCommandRunner runner(Path commands) {
    return new ProcessCommandRunner(
        RunnerSettings.DEFAULT.withPrograms(
            Map.of("zfs", commands.resolve("zfs"), "zpool", commands.resolve("zpool"))),
        CommandObserver.NONE,
        InstantSource.system());
  }

  private static SnapshotPath snapshot(DatasetPath filesystem, String name) throws Exception {
    return SnapshotPath.of(filesystem, name);
  }

  private static FilesystemVersion version(Zfs zfs, DatasetPath filesystem, String name)
      throws Exception {
    SnapshotPath path = snapshot(filesystem, name);
    return Optional.ofNullable(zfs.lookup(List.of(path)).get(path)).orElseThrow();
  }

  private static void assertFails(ThrowingCallable action, ZfsProblem problem) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            ZfsException.class, e -> assertThat(e.problem()).as(e.describe()).isEqualTo(problem));
  }

  /** Sends and receives as one pipe. */
  private static void transfer(Zfs from, Zfs to, Snapshot snapshot, ReceiveArguments arguments)
      throws Exception {
    SendArguments send =
        new SendArguments(DATA, Optional.empty(), snapshot, SendFlags.NONE, Optional.empty());
    try (SendProcess process = from.send(send)) {
      to.receive(
          arguments,
          new StreamSource() {
            @Override
            public int read(ByteBuffer buffer) throws OperationException {
              return process.read(buffer);
            }

            @Override
            public void abort() {
              process.abort();
            }
          });
    }
  }

  private static ReceiveArguments into(SnapshotPath target, Map<PropertyName, String> override) {
    return new ReceiveArguments(target, false, true, List.of(), override);
  }

  @Test
  void nothingInAPoolThatDoesNotAnswerCountsAsDestroyedOrMissing() throws Exception {
    try (SuspendablePool pool = new SuspendablePool(guest, "sus");
        ProcessCommandRunner runner = runner(guest.commands())) {
      guest.shell("zfs create sus/a && zfs snapshot sus/a@1 && zfs bookmark sus/a@1 sus/a#1");
      Zfs zfs = new ZfsCommands(runner);
      DatasetPath filesystem = DatasetPath.of("sus/a");
      SnapshotPath one = snapshot(filesystem, "1");
      Map<String, ThrowingCallable> actions = new LinkedHashMap<>();
      actions.put("destroy", () -> zfs.destroySnapshots(filesystem, List.of("1", "2")));
      actions.put(
          "destroy a bookmark", () -> zfs.destroyBookmark(BookmarkPath.of(filesystem, "1")));
      actions.put("look up", () -> zfs.lookup(List.of(one)));
      actions.put("release", () -> zfs.release("t", List.of(one)));
      actions.put("list holds", () -> zfs.holds(List.of(one)));
      actions.put("drop partial state", () -> zfs.abortReceive(filesystem));
      actions.put("list", () -> zfs.datasets(DatasetSelection.only(filesystem)));

      guest.zpool("export", "sus");
      assertFail(actions, ZfsProblem.POOL_MISSING);
      guest.zpool("import", "-d", "/frail", "sus");
      pool.suspend();
      actions.put("snapshot", () -> zfs.snapshot(List.of(snapshot(filesystem, "2"))));
      actions.put("hold", () -> zfs.hold("t", List.of(one)));
      assertFail(actions, ZfsProblem.POOL_SUSPENDED);
      for (String pattern : List.of("<", "sus<")) {
        FilteredListing listing =
            FilteredListing.read(zfs, DatasetFilter.of(Map.of("src<", true, pattern, true)));
        assertThat(listing.datasets()).extracting(Dataset::path).contains(DatasetPath.of("src"));
        assertThat(listing.unavailable()).containsOnlyKeys(DatasetPath.of("sus"));
      }
      pool.resume();
      assertThat(zfs.lookup(List.of(one))).hasSize(1);
    }
  }

  private static void assertFail(Map<String, ThrowingCallable> actions, ZfsProblem problem) {
    actions.forEach((what, action) ->
        assertThatThrownBy(action)
            .as(what)
            .isInstanceOfSatisfying(
                ZfsException.class,
                e -> {
                  assertThat(e.problem()).as(what + ": " + e.describe()).isEqualTo(problem);
                  assertThat(e.scope()).isEqualTo(FailureScope.POOL);
                  assertThat(e.temporary()).isTrue();
                }));
  }

  @Test
  void snapshotWhoseReservationDoesNotFitKeepsNobodyElseFromTheirs() throws Exception {
    guest.shell("zfs create -V 60M src/vol && zfs set refreservation=60M src/vol");
    guest.shell("zfs create src/data && zvol-wait src/vol");
    guest.shell("head -c 20000k /dev/urandom >/src/data/file");
    guest.shell("dd if=/dev/urandom of=/dev/zvol/src/vol bs=1M count=55 2>/dev/null; zpool sync");
    try (ProcessCommandRunner runner = runner(guest.commands())) {
      Zfs zfs = new ZfsCommands(runner);
      SnapshotPath volume = snapshot(DatasetPath.of("src/vol"), "1");
      assertThatThrownBy(() -> zfs.snapshot(List.of(volume, snapshot(DATA, "1"))))
          .isInstanceOfSatisfying(
              SnapshotException.class,
              e -> {
                assertThat(e.problem()).isEqualTo(ZfsProblem.SNAPSHOT_RESERVATION);
                assertThat(e.culprits()).containsOnlyKeys(volume);
              });
      zfs.snapshot(List.of(snapshot(DATA, "1")));
    }
  }

  // ---- a user other than root

  /** The rights that the documentation lists for a dataset, all roles together. */
  private static String documentedRights(String dataset) throws IOException {
    Matcher command =
        Pattern.compile("(?m)^    zfs allow -u zrepl (\\S+) " + dataset + "$")
            .matcher(Files.readString(Path.of("docs/rights.md")));
    StringBuilder rights = new StringBuilder();
    while (command.find()) {
      rights.append(rights.isEmpty() ? "" : ",").append(command.group(1));
    }
    assertThat(rights).isNotEmpty();
    return rights.toString();
  }

  private void delegate() throws IOException {
    guest.zfs("create", DATA.toString());
    guest.shell("head -c 200k /dev/urandom >/src/data/file; zfs snapshot src/data@1");
    guest.zfs("create", "-o", "mountpoint=none", VAULT.toString());
    guest.zfs("allow", "-u", "alice", documentedRights("tank/data"), DATA.toString());
    guest.zfs("allow", "-u", "alice", documentedRights("backup/vault"), VAULT.toString());
  }

  private void assertDeniedWithout(String right, DatasetPath dataset, ThrowingCallable action) {
    guest.zfs("unallow", "-u", "alice", right, dataset.toString());
    try {
      assertThatThrownBy(action)
          .as("without %s of %s", right, dataset)
          .isInstanceOfSatisfying(
              ZfsException.class,
              e -> {
                assertThat(e.problem()).as(e.describe()).isEqualTo(ZfsProblem.PERMISSION_DENIED);
                assertThat(e.temporary()).isFalse();
                assertThat(e.advice().orElseThrow()).contains("zfs allow", "docs/rights.md");
              });
    } finally {
      guest.zfs("allow", "-u", "alice", right, dataset.toString());
    }
  }

  private static void assertWorks(ThrowingCallable action) {
    try {
      action.call();
    } catch (Throwable e) {
      fail("with the documented rights: " + e, e);
    }
  }

  @Test
  void documentedRightsOfASenderAreEnoughAndNeeded() throws Exception {
    delegate();
    try (ProcessCommandRunner runner = runner(guest.commandsAs(ALICE))) {
      Zfs zfs = new ZfsCommands(runner);
      SnapshotPath one = snapshot(DATA, "1");
      Snapshot sent = (Snapshot) version(zfs, DATA, "1");
      BookmarkPath bookmark = BookmarkPath.of(DATA, "b");
      ThrowingCallable send =
          () -> {
            SendArguments arguments =
                new SendArguments(DATA, Optional.empty(), sent, SendFlags.NONE, Optional.empty());
            zfs.estimate(arguments);
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
            try (SendProcess process = zfs.send(arguments)) {
              while (process.read(buffer.clear()) >= 0) {}
            }
          };
      Map<String, ThrowingCallable> actions = new LinkedHashMap<>();
      actions.put("send", send);
      actions.put("hold", () -> zfs.hold("t", List.of(one)));
      actions.put("release", () -> zfs.release("t", List.of(one)));
      actions.put("bookmark", () -> zfs.bookmark(one, sent.guid(), bookmark));
      actions.put("destroy", () -> zfs.destroyBookmark(bookmark));
      actions.put("snapshot", () -> zfs.snapshot(List.of(snapshot(DATA, "2"))));
      actions.put("mount", () -> zfs.destroySnapshots(DATA, List.of("2")));
      for (Map.Entry<String, ThrowingCallable> entry : actions.entrySet()) {
        assertDeniedWithout(entry.getKey(), DATA, entry.getValue());
        assertWorks(entry.getValue());
      }
      assertThat(actions.keySet())
          .containsExactlyInAnyOrder(
              java.util.Arrays.stream(documentedRights("tank/data").split(","))
                  .distinct()
                  .toArray(String[]::new));
    }
  }

  @Test
  void documentedRightsOfAReceiverAreEnoughAndNeeded() throws Exception {
    delegate();
    try (ProcessCommandRunner root = runner(guest.commands());
        ProcessCommandRunner runner = runner(guest.commandsAs(ALICE))) {
      Zfs sender = new ZfsCommands(root);
      Zfs zfs = new ZfsCommands(runner);
      Snapshot sent = (Snapshot) version(sender, DATA, "1");
      DatasetPath replica = DatasetPath.of("dst/vault/a");
      SnapshotPath one = snapshot(replica, "1");
      DatasetPath placeholder = DatasetPath.of("dst/vault/p");
      ThrowingCallable create =
          () -> zfs.createPlaceholder(placeholder, PlaceholderEncryption.INHERIT);
      ThrowingCallable receive = () -> transfer(sender, zfs, sent, into(one, Map.of()));
      assertDeniedWithout("mountpoint", VAULT, create);
      assertDeniedWithout("userprop", VAULT, create);
      assertWorks(create);
      for (String right : List.of("receive", "create", "mount")) {
        assertDeniedWithout(right, VAULT, receive);
      }
      assertWorks(receive);
      assertDeniedWithout("hold", VAULT, () -> zfs.hold("t", List.of(one)));
      assertWorks(() -> zfs.hold("t", List.of(one)));
      assertDeniedWithout("release", VAULT, () -> zfs.release("t", List.of(one)));
      assertWorks(() -> zfs.release("t", List.of(one)));
      assertDeniedWithout("rollback", VAULT, () -> zfs.rollback(one));
      assertWorks(() -> zfs.rollback(one));
      assertDeniedWithout("destroy", VAULT, () -> zfs.destroySnapshots(replica, List.of("1")));
      assertWorks(() -> zfs.destroySnapshots(replica, List.of("1")));
      assertThat(documentedRights("backup/vault").split(","))
          .containsExactlyInAnyOrder(
              "mountpoint",
              "userprop",
              "receive",
              "create",
              "mount",
              "hold",
              "release",
              "rollback",
              "destroy");
    }
  }

  @Test
  void propertyThatMayNotBeSetIsAFailureAlthoughZfsSaysSuccess() throws Exception {
    delegate();
    try (ProcessCommandRunner root = runner(guest.commands());
        ProcessCommandRunner runner = runner(guest.commandsAs(ALICE))) {
      Zfs sender = new ZfsCommands(root);
      Snapshot sent = (Snapshot) version(sender, DATA, "1");
      SnapshotPath one = snapshot(DatasetPath.of("dst/vault/a"), "1");
      assertFails(
          () ->
              transfer(
                  sender,
                  new ZfsCommands(runner),
                  sent,
                  into(one, Map.of(PropertyName.of("readonly"), "on"))),
          ZfsProblem.PROPERTY_NOT_RECEIVED);
    }
  }

  @Test
  void replicaThatCannotBeMountedHasArrivedAllTheSame() throws Exception {
    delegate();
    guest.zfs("set", "mountpoint=/vault", VAULT.toString());
    try (ProcessCommandRunner root = runner(guest.commands());
        ProcessCommandRunner runner = runner(guest.commandsAs(ALICE))) {
      Zfs sender = new ZfsCommands(root);
      Snapshot sent = (Snapshot) version(sender, DATA, "1");
      SnapshotPath one = snapshot(DatasetPath.of("dst/vault/a"), "1");
      transfer(sender, new ZfsCommands(runner), sent, into(one, Map.of()));
      assertThat(version(sender, one.filesystem(), "1").guid()).isEqualTo(sent.guid());
      assertThat(guest.zfs("get", "-H", "-o", "value", "mounted", "dst/vault/a")).contains("no");
    }
  }
}

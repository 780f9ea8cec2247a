package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.PropertyName;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that look like options of a command never reach a command line as such. */
class OptionLookalikesTest {
  private final FakeRunner runner = new FakeRunner();
  private final Zfs zfs = new ZfsCommands(runner);

  private static final StreamSource NOTHING =
      new StreamSource() {
        @Override
        public int read(ByteBuffer buffer) {
          return -1;
        }

        @Override
        public void abort() {}
      };

  @ParameterizedTest
  @ValueSource(strings = {"-r", "-R", "-rf", "-", "--", "-F/a", "- a", "-o/b"})
  void noCommandTakesADatasetWhoseNameBeginsLikeAnOption(String name) throws Exception {
    DatasetPath dataset = DatasetPath.of(name);
    SnapshotPath snapshot = SnapshotPath.of(dataset, "x");
    BookmarkPath bookmark = BookmarkPath.of(dataset, "x");
    Snapshot version = new Snapshot("x", new Guid(1), new CreateTxg(1), Instant.EPOCH);
    SendArguments send =
        new SendArguments(dataset, Optional.of(version), version, SendFlags.NONE, Optional.empty());
    Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
    calls.put("datasets", () -> zfs.datasets(DatasetSelection.only(dataset)));
    calls.put("subtree", () -> zfs.datasets(DatasetSelection.subtree(dataset)));
    calls.put("versions", () -> zfs.versions(DatasetSelection.subtree(dataset)));
    calls.put("lookup", () -> zfs.lookup(List.of(snapshot, bookmark)));
    calls.put("snapshot", () -> zfs.snapshot(List.of(snapshot)));
    calls.put("bookmark", () -> zfs.bookmark(snapshot, new Guid(1), bookmark));
    calls.put("destroyBookmark", () -> zfs.destroyBookmark(bookmark));
    calls.put("destroySnapshots", () -> zfs.destroySnapshots(dataset, List.of("x", "y")));
    calls.put("hold", () -> zfs.hold("tag", List.of(snapshot)));
    calls.put("release", () -> zfs.release("tag", List.of(snapshot)));
    calls.put("holds", () -> zfs.holds(List.of(snapshot)));
    calls.put("create", () -> zfs.createPlaceholder(dataset, PlaceholderEncryption.INHERIT));
    calls.put("mark", () -> zfs.setPlaceholder(dataset, true));
    calls.put("rollback", () -> zfs.rollback(snapshot));
    calls.put("estimate", () -> zfs.estimate(send));
    calls.put("send", () -> zfs.send(send));
    calls.put(
        "receive",
        () ->
            zfs.receive(new ReceiveArguments(snapshot, true, true, List.of(), Map.of()), NOTHING));
    calls.put("keepsPartialState", () -> zfs.keepsPartialState(dataset));
    calls.put("abortReceive", () -> zfs.abortReceive(dataset));
    calls.forEach(
        (what, call) -> assertThatThrownBy(call).as(what).isInstanceOf(OperationException.class));
    assertThat(runner.lines()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-t", "-r tag"})
  void tagThatLooksLikeAnOptionIsRefused(String tag) throws Exception {
    List<SnapshotPath> snapshot = List.of(SnapshotPath.of(DatasetPath.of("a"), "x"));
    assertThatThrownBy(() -> zfs.hold(tag, snapshot)).isInstanceOf(ZfsException.class);
    assertThatThrownBy(() -> zfs.release(tag, snapshot)).isInstanceOf(ZfsException.class);
    assertThat(runner.lines()).isEmpty();
  }

  @Test
  void tokenThatLooksLikeAnOptionIsRefused() {
    SendArguments send =
        new SendArguments(
            DatasetPath.of("a"),
            Optional.empty(),
            new Snapshot("x", new Guid(1), new CreateTxg(1), Instant.EPOCH),
            SendFlags.NONE,
            Optional.of(new ResumeToken("-n")));
    assertThatThrownBy(() -> zfs.send(send)).isInstanceOf(ZfsException.class);
    assertThatThrownBy(() -> zfs.estimate(send)).isInstanceOf(ZfsException.class);
    assertThat(runner.lines()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-o", "-", "a b", "a=b", "a/b", "a@b", "a\n", "ü", "a\0"})
  void propertyNameThatLooksLikeAnythingElseIsRefused(String name) {
    assertThatThrownBy(() -> PropertyName.parse(name)).isInstanceOf(InvalidValueException.class);
  }

  @Test
  void propertyNamesAreTakenUpTo256Characters() throws Exception {
    for (String name : List.of("a", "compression", "com.x:y-z_9", "a".repeat(256), ":")) {
      assertThat(PropertyName.parse(name)).hasToString(name);
    }
    assertThatThrownBy(() -> PropertyName.parse("a".repeat(257)))
        .isInstanceOf(InvalidValueException.class);
  }
}

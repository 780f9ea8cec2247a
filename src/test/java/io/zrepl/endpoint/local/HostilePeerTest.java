package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.SendFlags;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A peer may call everything in any order, with any names, guids and tokens. It gets answers and
 * errors, never a defect, and nothing happens outside of what it may see: the sender's filter, and
 * the client's own root.
 */
class HostilePeerTest {
  private static final int CALLS = 400;
  private static final List<String> NAMES =
      List.of(
          "1",
          "2",
          "3",
          "new",
          "",
          "%",
          "1%2",
          "1,2",
          "..",
          "a/b",
          "a@1",
          "-r",
          "x".repeat(300),
          "a\nb",
          "ü",
          "zrepl_CURSOR_G_0000000000000001_J_push");
  private static final List<String> PATHS =
      List.of(
          "src/a",
          "src/a/b",
          "src/secret",
          "src",
          "dst",
          "dst/two",
          "two",
          "two/src/a",
          "one",
          "one/src/a",
          "new",
          "new/fs",
          "-r",
          "x/" + "y".repeat(200),
          "..",
          "../two",
          "src/../two",
          "src/a/",
          "/src/a",
          "src//a",
          "src/a@1",
          "src/%recv",
          "");

  /** Names in the journal stand after a blank or a bracket. */
  private static final Pattern FORBIDDEN = Pattern.compile("[ \\[](src/secret|dst/two)");

  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;
  private final List<SendStream> open = new ArrayList<>();

  static LongStream seeds() {
    return LongStream.concat(LongStream.rangeClosed(1, 15), LongStream.of(System.nanoTime()));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void peerGetsErrorsAndNothingHappensBeyondItsReach(long seed) throws Exception {
    prepare();
    Random random = new Random(seed);
    boolean encrypted = random.nextBoolean();
    zfs.setEncrypted("dst/one", encrypted);
    test.flags =
        new SendFlags(false, false, random.nextBoolean(), false, false, false, false, false);
    test.restart();
    String before = outsideOfItsReach();
    List<String> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      try {
        calls.add(call(random));
      } catch (OperationException e) {
        calls.add(e.message());
        assertThat(e.message()).isNotBlank();
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed %d: after %s".formatted(seed, calls), e);
      }
    }
    open.forEach(SendStream::close);

    assertThat(outsideOfItsReach()).as("seed %d", seed).isEqualTo(before);
    assertThat(zfs.journal())
        .as("seed %d", seed)
        .noneMatch(entry -> FORBIDDEN.matcher(entry).find());
    assertThat(zfs.datasets(new DatasetSelection.Everything()).datasets())
        .as("seed %d", seed)
        .extracting(dataset -> dataset.path().toString())
        .allMatch(path ->
            path.startsWith("dst/one/")
                || Set.of(
                        "src",
                        "src/a",
                        "src/a/b",
                        "src/secret",
                        "dst",
                        "dst/one",
                        "dst/two",
                        "dst/two/src",
                        "dst/two/src/a")
                    .contains(path));
    if (encrypted) {
      assertThat(zfs.datasets(new DatasetSelection.Everything()).datasets())
          .as("seed %d", seed)
          .filteredOn(dataset -> dataset.path().toString().startsWith("dst/one/"))
          .allMatch(Dataset::encrypted);
    }
    // What it did to its own has not made replication impossible for ever.
    assertThat(zfs.exists("src/a")).isTrue();
  }

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void bookmarkOfAnotherJobIsNotDestroyedBecauseAPeerNamesItWithAWrongGuid(
      ReplicationGuarantee guarantee) throws Exception {
    prepare();
    test.sender.listFilesystems();
    FilesystemVersion one = zfs.version("src/a@1");
    Set<String> theirs = new TreeSet<>();
    for (CursorName.Kind kind : CursorName.Kind.values()) {
      for (String job : List.of("other", "push")) {
        theirs.add(TestReplication.cursor(kind, one, job));
      }
    }
    // The other job moves its cursor after this one has listed.
    theirs.forEach(name -> zfs.makeBookmark("src/a@1", name));
    for (String name : theirs) {
      for (Guid guid : List.of(new Guid(7), zfs.version("src/a@2").guid())) {
        Bookmark from = new Bookmark(name, guid, one.createTxg(), one.creation());
        SendRequest request =
            new SendRequest(
                DatasetPath.of("src/a"),
                Optional.of(from),
                (Snapshot) zfs.version("src/a@2"),
                Optional.empty(),
                TestReplication.both(guarantee));
        assertThatThrownBy(() -> test.sender.send(request)).isInstanceOf(OperationException.class);
      }
    }
    assertThat(zfs.bookmarksOf("src/a")).containsAll(theirs);
  }

  private void prepare() throws Exception {
    for (String filesystem :
        List.of("src/a", "src/a/b", "src/secret", "dst/one", "dst/two/src/a")) {
      zfs.create(filesystem);
      zfs.take(filesystem + "@1");
      zfs.take(filesystem + "@2");
      zfs.makeBookmark(filesystem + "@1", "1");
      zfs.placeHold(filesystem + "@1", "mine");
      zfs.placeHold(filesystem + "@2", "zrepl_last_received_J_other");
    }
    test.client = Optional.of("one");
    test.filter = Map.of("src/a<", true);
    test.restart();
    zfs.resetProcesses();
  }

  /** Everything that the peer must not be able to change. */
  private String outsideOfItsReach() throws Exception {
    StringBuilder text = new StringBuilder();
    for (String name : List.of("src", "src/secret", "dst", "dst/one", "dst/two/src/a")) {
      Dataset dataset = zfs.datasetOf(name);
      text.append(dataset.placeholder()).append(dataset.resumeToken());
      text.append(zfs.versionsOf(name)).append(zfs.holdsIn(name)).append('\n');
    }
    for (String name : List.of("src/a", "src/a/b")) {
      // Its snapshots may be destroyed, but not the holds and bookmarks of others.
      zfs.holdsIn(name)
          .forEach((snapshot, tags) ->
              text.append(snapshot)
                  .append(tags.contains("mine"))
                  .append(tags.contains("zrepl_last_received_J_other")));
      text.append(new TreeSet<>(zfs.bookmarksOf(name)).contains("1")).append('\n');
    }
    return text.toString();
  }

  private String call(Random random) throws OperationException, InterruptedException {
    int number = random.nextInt(12);
    if (number < 2 && random.nextBoolean() && !open.isEmpty()) {
      open.remove(random.nextInt(open.size())).close();
      return "close";
    }
    DatasetPath path = path(random);
    switch (number) {
      case 0 -> test.sender.listFilesystems();
      case 1 -> test.receiver.listFilesystems();
      case 2 -> test.sender.listVersions(path);
      case 3 -> test.receiver.listVersions(path);
      case 4 -> test.sender.estimate(sendRequest(random, path));
      case 5 -> open.add(test.sender.send(sendRequest(random, path)));
      case 6 -> test.sender.sendCompleted(sendRequest(random, path));
      case 7 -> test.sender.replicationCursor(path);
      case 8 -> test.sender.destroySnapshots(path, List.of(snapshot(random), snapshot(random)));
      case 9 -> test.receiver.destroySnapshots(path, List.of(snapshot(random), snapshot(random)));
      case 10 -> receive(random, path, sendRequest(random, DatasetPath.of("src/a")));
      default -> receive(random, path, sendRequest(random, path));
    }
    return number + " " + path;
  }

  private void receive(Random random, DatasetPath path, SendRequest request)
      throws OperationException, InterruptedException {
    try (SendStream stream = test.sender.send(request)) {
      test.receiver.receive(
          new ReceiveRequest(
              path,
              random.nextInt(4) == 0 ? snapshot(random) : request.to(),
              random.nextInt(4) == 0 ? random.nextBoolean() : request.from().isEmpty(),
              random.nextBoolean(),
              request.protection()),
          stream);
    }
  }

  private static <T> T any(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static DatasetPath path(Random random) {
    while (true) {
      try {
        return DatasetPath.parse(random.nextBoolean() ? "src/a" : any(random, PATHS));
      } catch (InvalidValueException e) {
        // Such a text never becomes a path; so the peer can only try another.
      }
    }
  }

  private SendRequest sendRequest(Random random, DatasetPath path) {
    Optional<FilesystemVersion> from =
        switch (random.nextInt(4)) {
          case 0 -> Optional.of(snapshot(random));
          case 1 -> {
            Snapshot of = snapshot(random);
            yield Optional.of(new Bookmark(of.name(), of.guid(), of.createTxg(), of.creation()));
          }
          default -> Optional.empty();
        };
    Optional<ResumeToken> token =
        switch (random.nextInt(8)) {
          case 0 -> Optional.of(new ResumeToken("1-0-0-00"));
          case 1 -> Optional.of(new ResumeToken("-t"));
          case 2 ->
              zfs.exists("dst/one/src/a")
                  ? zfs.datasetOf("dst/one/src/a").resumeToken()
                  : Optional.empty();
          default -> Optional.empty();
        };
    return new SendRequest(
        path,
        from,
        snapshot(random),
        token,
        TestReplication.both(any(random, List.of(ReplicationGuarantee.values()))));
  }

  /** Often a real one; the names of others with real guids, and real names with other guids. */
  private Snapshot snapshot(Random random) {
    String place =
        any(random, List.of("src/a", "src/a", "src/a", "src/a/b", "src/secret", "dst/two/src/a"));
    String name = any(random, List.of("1", "2"));
    Snapshot real =
        zfs.exists(place + "@" + name)
            ? (Snapshot) zfs.version(place + "@" + name)
            : new Snapshot(name, new Guid(random.nextLong()), new CreateTxg(1), Instant.EPOCH);
    return new Snapshot(
        random.nextInt(4) == 0 ? any(random, NAMES) : real.name(),
        random.nextInt(6) == 0 ? new Guid(random.nextLong()) : real.guid(),
        real.createTxg(),
        real.creation());
  }
}

package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.Bookmark;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.TestResumeTokens;
import io.zrepl.zfs.lock.DatasetLocks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.helpers.NOPLogger;

/**
 * A peer that asks for anything: no command of a receiver changes what is not strictly below the
 * client's own root, and no command of a sender touches what the filter of its job excludes.
 */
class NamesFromPeerTest {
  private static final int CALLS = 600;

  /** Parts of names, most of them such as no honest peer sends. */
  private static final List<String> PIECES =
      List.of(
          "a",
          "b",
          "src",
          "secret",
          "laptop",
          "other",
          "..",
          ".",
          "",
          "/",
          "//",
          "@",
          "#",
          "%",
          ",",
          "-",
          "-r",
          "-R",
          "-F",
          "--",
          " ",
          "  ",
          "\t",
          "\n",
          "\0",
          "*",
          "|",
          "<",
          ">",
          "'",
          "\"",
          "\\",
          "$(x)",
          "ü",
          "\u202e",
          "\ud83e\udd80",
          "dst",
          "dst/laptop",
          "../other",
          "a@1",
          "a#1",
          "@1,2",
          "@1%2",
          "x".repeat(200),
          "x".repeat(300),
          "zrepl_CURSOR_G_0000000000000001_J_push",
          ":",
          "1",
          "2",
          "vault");

  private final long seed;
  private final Random random;
  private final FakeZfs zfs = new FakeZfs();
  private final TouchedDatasets touched = new TouchedDatasets(zfs);
  private List<Guid> known = List.of();

  NamesFromPeerTest() {
    seed = System.nanoTime();
    random = new Random(seed);
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
      if (random.nextBoolean() && i > 0) {
        text.append('/');
      }
    }
    return text.toString();
  }

  private <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** What a path from the wire becomes before anybody calls an endpoint. */
  private Optional<DatasetPath> path() {
    String text =
        random.nextInt(3) == 0
            ? oneOf(
                List.of("src/a", "src", "a", "secret", "src/secret", "other", "-r", "dst/vault"))
            : text();
    try {
      return Optional.of(DatasetPath.parse(text));
    } catch (InvalidValueException e) {
      return Optional.empty();
    }
  }

  private String versionName() {
    return random.nextInt(3) == 0 ? oneOf(List.of("1", "2", "mine")) : text();
  }

  private Guid guid() {
    return random.nextInt(3) == 0 ? new Guid(random.nextLong()) : oneOf(known);
  }

  private Snapshot snapshot() {
    return new Snapshot(
        versionName(),
        guid(),
        new CreateTxg(random.nextLong()),
        Instant.ofEpochSecond(random.nextInt()));
  }

  private Optional<FilesystemVersion> from() {
    return switch (random.nextInt(3)) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(snapshot());
      default ->
          Optional.of(
              new Bookmark(versionName(), guid(), new CreateTxg(random.nextLong()), Instant.EPOCH));
    };
  }

  private Optional<ResumeToken> token() {
    return switch (random.nextInt(3)) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(new ResumeToken(oneOf(List.of("-n", "", "1-2-3-4", text()))));
      default ->
          Optional.of(
              TestResumeTokens.encode(
                  new ResumeTokenContents(
                      guid(),
                      random.nextBoolean() ? Optional.of(guid()) : Optional.empty(),
                      oneOf(List.of("src/a@1", "src/secret@1", "x", "@", "src/a@1@2", "-r@1")),
                      random.nextBoolean(),
                      false,
                      false,
                      false,
                      random.nextBoolean(),
                      random.nextInt(100))));
    };
  }

  private ReplicationProtection protection() {
    List<ReplicationGuarantee> all = List.of(ReplicationGuarantee.values());
    return new ReplicationProtection(oneOf(all), oneOf(all));
  }

  private void makeWorld() {
    for (String filesystem :
        List.of(
            "src/a", "src/secret", "dst/vault/laptop/src/a", "dst/vault/other/src/a", "dst/b")) {
      zfs.create(filesystem);
      zfs.take(filesystem + "@1");
      zfs.take(filesystem + "@mine");
      zfs.makeBookmark(filesystem + "@1", "mark");
    }
    zfs.setPlaceholderValue("dst/vault/laptop/src", "on");
    zfs.setPlaceholderValue("dst/vault/other/src", "on");
    zfs.setPlaceholderValue("dst/b", "on");
    known =
        List.of(
            zfs.version("src/a@1").guid(),
            zfs.version("src/secret@1").guid(),
            zfs.version("dst/vault/laptop/src/a@1").guid(),
            zfs.version("dst/vault/other/src/a@1").guid());
  }

  /** One call, whose failure must be one that is meant for the peer. */
  private interface Call {
    void run() throws OperationException, InterruptedException;
  }

  private void call(Call call) {
    try {
      call.run();
    } catch (OperationException e) {
      assertThat(e.message()).isNotBlank();
    } catch (RuntimeException | InterruptedException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  @ParameterizedTest
  @MethodSource("settings")
  void receiverStaysBelowTheRootOfItsClient(PlaceholderEncryption encryption) throws Exception {
    makeWorld();
    List<String> outside = outside("dst/vault/laptop");
    DatasetPath clientRoot = DatasetPath.of("dst/vault/laptop");
    LocalReceiver receiver =
        new LocalReceiver(
            new ReceiverSettings(
                JobId.parse("sink"),
                DatasetPath.of("dst/vault"),
                Optional.of(ClientIdentity.parse("laptop")),
                encryption),
            touched.zfs(),
            new ReceiveLocks(),
            BandwidthLimiter.unlimited(),
            NOPLogger.NOP_LOGGER);
    int reached = 0;
    for (int i = 0; i < CALLS; i++) {
      Optional<DatasetPath> path = path();
      if (path.isEmpty()) {
        continue;
      }
      touched.clear();
      switch (random.nextInt(4)) {
        case 0 -> call(receiver::listFilesystems);
        case 1 -> call(() -> receiver.listVersions(path.get()));
        case 2 -> {
          List<Snapshot> snapshots = List.of(snapshot(), snapshot());
          call(() -> receiver.destroySnapshots(path.get(), snapshots));
        }
        default -> {
          ReceiveRequest request =
              new ReceiveRequest(
                  path.get(), snapshot(), random.nextBoolean(), random.nextBoolean(), protection());
          call(() -> receiver.receive(request, stream()));
        }
      }
      for (DatasetPath changed : touched.changed()) {
        reached++;
        assertThat(changed.isBelow(clientRoot))
            .as("seed %d, call %d: %s changed", seed, i, changed)
            .isTrue();
      }
      for (DatasetPath read : touched.read()) {
        assertThat(read.isAtOrBelow(clientRoot) || clientRoot.isAtOrBelow(read))
            .as("seed %d, call %d: %s read", seed, i, read)
            .isTrue();
      }
    }
    assertThat(outside("dst/vault/laptop")).as("seed %d", seed).isEqualTo(outside);
    assertThat(reached).as("calls that got as far as a command").isPositive();
  }

  static List<PlaceholderEncryption> settings() {
    return List.of(PlaceholderEncryption.values());
  }

  private List<String> outside(String root) {
    List<String> all = new ArrayList<>();
    for (String filesystem : List.of("src/a", "src/secret", "dst/vault/other/src/a", "dst/b")) {
      all.add(filesystem + zfs.versionsOf(filesystem) + zfs.holdsIn(filesystem));
    }
    assertThat(all).noneMatch(text -> text.startsWith(root));
    return all;
  }

  private SendStream stream() {
    byte[] bytes = new byte[random.nextInt(3000)];
    if (random.nextBoolean()) {
      bytes = StreamWrappersTest.stream(random.nextBoolean(), random.nextBoolean());
    }
    return random.nextBoolean()
        ? new BytesStream(bytes, 1000)
        : new BytesStream(bytes, 1000, Optional.of(OperationException.permanent("cut")));
  }

  @ParameterizedTest
  @MethodSource("flags")
  void senderTouchesOnlyWhatItsFilterSelects(SendFlags flags) throws Exception {
    makeWorld();
    String secret = "" + zfs.versionsOf("src/secret") + zfs.holdsIn("src/secret");
    DatasetFilter filter = DatasetFilter.of(Map.of("src/a<", true));
    LocalSender sender =
        new LocalSender(
            new SenderSettings(JobId.parse("push"), filter, flags),
            touched.zfs(),
            new ActiveSends(DatasetLocks.withinProcess(), JobId.parse("push")));
    int reached = 0;
    for (int i = 0; i < CALLS; i++) {
      Optional<DatasetPath> path = path();
      if (path.isEmpty()) {
        continue;
      }
      touched.clear();
      SendRequest request = new SendRequest(path.get(), from(), snapshot(), token(), protection());
      switch (random.nextInt(6)) {
        case 0 -> call(() -> sender.listVersions(path.get()));
        case 1 -> {
          List<Snapshot> snapshots = List.of(snapshot(), snapshot());
          call(() -> sender.destroySnapshots(path.get(), snapshots));
        }
        case 2 -> call(() -> sender.replicationCursor(path.get()));
        case 3 -> call(() -> sender.estimate(request));
        case 4 -> call(() -> sender.sendCompleted(request));
        default ->
            call(() -> {
              try (SendStream stream = sender.send(request)) {
                stream.read(java.nio.ByteBuffer.allocateDirect(1000));
              }
            });
      }
      for (DatasetPath dataset : touched.all()) {
        reached++;
        assertThat(filter.matches(dataset))
            .as("seed %d, call %d: %s touched", seed, i, dataset)
            .isTrue();
      }
    }
    assertThat("" + zfs.versionsOf("src/secret") + zfs.holdsIn("src/secret")).isEqualTo(secret);
    assertThat(reached).as("calls that got as far as a command").isPositive();
  }

  static List<SendFlags> flags() {
    return List.of(
        SendFlags.NONE, new SendFlags(true, false, false, false, false, false, false, false));
  }

  @org.junit.jupiter.api.Test
  void identityIsOneComponentOrNone() {
    for (int i = 0; i < 10 * CALLS; i++) {
      String text = text();
      try {
        ClientIdentity identity = ClientIdentity.parse(text);
        DatasetPath root = DatasetPath.of("dst/vault");
        assertThat(root.resolve(DatasetPath.parse(identity.toString())).parent())
            .as("seed %d: %s", seed, text)
            .hasValue(root);
      } catch (InvalidValueException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}

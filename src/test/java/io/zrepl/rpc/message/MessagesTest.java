package io.zrepl.rpc.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our messages against the protobuf library itself, which works from the schema alone: it reads
 * what we write, writes it again to the same bytes, and we read what it writes.
 */
class MessagesTest {
  private static final long SEED = new Random().nextLong();

  private static DynamicMessage read(String type, byte[] bytes) {
    try {
      Descriptor descriptor = ReplicationSchema.message(type);
      DynamicMessage message = DynamicMessage.parseFrom(descriptor, bytes);
      assertThat(message.getUnknownFields().asMap()).as("unknown fields of " + type).isEmpty();
      return message;
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** What the library makes of our bytes. */
  private static byte[] copied(String type, byte[] bytes) {
    byte[] copy = read(type, bytes).toByteArray();
    assertThat(copy).as(type + ", seed " + SEED).isEqualTo(bytes);
    return copy;
  }

  private static Snapshot snapshot(Random random) {
    return new Snapshot(
        "s" + random.nextInt(), guid(random), new CreateTxg(random.nextLong()), time(random));
  }

  private static FilesystemVersion version(Random random) {
    return random.nextBoolean()
        ? snapshot(random)
        : new Bookmark("b", guid(random), new CreateTxg(random.nextInt(2)), time(random));
  }

  private static Guid guid(Random random) {
    return new Guid(random.nextInt(5) == 0 ? 0 : random.nextLong());
  }

  private static Instant time(Random random) {
    return Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE));
  }

  private static DatasetPath path(Random random) {
    return DatasetPath.of("tank/a b/x" + random.nextInt());
  }

  private static ReplicationProtection protection(Random random) {
    ReplicationGuarantee[] all = ReplicationGuarantee.values();
    return new ReplicationProtection(
        all[random.nextInt(all.length)], all[random.nextInt(all.length)]);
  }

  private static Optional<ResumeToken> token(Random random) {
    return random.nextBoolean()
        ? Optional.empty()
        : Optional.of(new ResumeToken("1-%x-abc".formatted(random.nextInt())));
  }

  private static SendRequest sendRequest(Random random) {
    return new SendRequest(
        path(random),
        random.nextBoolean() ? Optional.empty() : Optional.of(version(random)),
        snapshot(random),
        token(random),
        protection(random));
  }

  @Test
  void areWhatTheSchemaSays() throws InvalidMessageException {
    Random random = new Random(SEED);
    for (int i = 0; i < 300; i++) {
      SendRequest send = sendRequest(random);
      assertThat(SendMessages.parseRequest(copied("SendReq", SendMessages.encode(send))))
          .isEqualTo(send);
      assertThat(
              SendMessages.parseCompleted(
                  copied("SendCompletedReq", SendMessages.encodeCompleted(send))))
          .isEqualTo(send);
      SendMessages.Response response =
          new SendMessages.Response(random.nextBoolean(), random.nextLong());
      assertThat(SendMessages.parseResponse(copied("SendRes", SendMessages.encode(response))))
          .isEqualTo(response);
      ReceiveMessage receive =
          new ReceiveMessage(
              path(random), snapshot(random), random.nextBoolean(), protection(random));
      assertThat(ReceiveMessage.parse(copied("ReceiveReq", receive.encode()))).isEqualTo(receive);
      List<FilesystemEntry> entries =
          List.of(
              new FilesystemEntry(path(random), random.nextBoolean(), token(random)),
              new FilesystemEntry(path(random), random.nextBoolean(), token(random)));
      assertThat(
              ListMessages.parseFilesystems(
                  copied("ListFilesystemRes", ListMessages.encodeFilesystems(entries))))
          .isEqualTo(entries);
      List<FilesystemVersion> versions = Stream.generate(() -> version(random)).limit(3).toList();
      assertThat(
              ListMessages.parseVersions(
                  copied("ListFilesystemVersionsRes", ListMessages.encodeVersions(versions))))
          .isEqualTo(versions);
      List<Snapshot> snapshots = List.of(snapshot(random), snapshot(random));
      DestroyMessages.Request destroy = new DestroyMessages.Request(path(random), snapshots);
      assertThat(
              DestroyMessages.parseRequest(
                  copied("DestroySnapshotsReq", DestroyMessages.encode(destroy))))
          .isEqualTo(destroy);
      List<DestroyResult> results =
          List.of(
              new DestroyResult(snapshots.get(0).name(), Optional.empty()),
              new DestroyResult(snapshots.get(1).name(), Optional.of("é!")));
      assertThat(
              DestroyMessages.parseResults(
                  copied("DestroySnapshotsRes", DestroyMessages.encode(snapshots, results))))
          .isEqualTo(results);
      Optional<Guid> cursor = random.nextBoolean() ? Optional.empty() : Optional.of(guid(random));
      assertThat(CursorMessage.parse(copied("ReplicationCursorRes", CursorMessage.encode(cursor))))
          .isEqualTo(cursor);
    }
    for (String type : List.of("ListFilesystemVersionsReq", "ReplicationCursorReq")) {
      DatasetPath path = path(random);
      assertThat(ListMessages.parseFilesystem(copied(type, ListMessages.encodeFilesystem(path))))
          .isEqualTo(path);
    }
    for (String type : List.of("PingReq", "PingRes")) {
      assertThat(PingMessage.parse(copied(type, PingMessage.encode("ü")))).isEqualTo("ü");
    }
  }

  @Test
  void fieldsOfLaterVersionsArePassedOver() throws InvalidMessageException {
    byte[] later = new Encoder().text(1, "x").text(99, "new").number(98, 7).bytes();
    assertThat(PingMessage.parse(later)).isEqualTo("x");
  }

  /** One way to spoil a valid request each. */
  static Stream<Arguments> spoiled() {
    byte[] version = VersionMessage.encode(snapshot(new Random(1)));
    byte[] config = ProtectionMessage.encode(ReplicationProtection.DEFAULT);
    byte[] bookmark =
        VersionMessage.encode(new Bookmark("b", new Guid(1), new CreateTxg(1), Instant.EPOCH));
    return Stream.of(
        Arguments.of(request("", version, config, ""), "SendReq.Filesystem"),
        Arguments.of(request("/a", version, config, ""), "SendReq.Filesystem"),
        Arguments.of(request("a/../b", version, config, ""), "SendReq.Filesystem"),
        Arguments.of(request("a@b", version, config, ""), "SendReq.Filesystem"),
        Arguments.of(request("a", new byte[0], config, ""), "FilesystemVersion.Name"),
        Arguments.of(request("a", bookmark, config, ""), "SendReq.To is a bookmark"),
        Arguments.of(request("a", version, new byte[0], ""), "protection is missing"),
        Arguments.of(request("a", version, config, "-rf /"), "not a resume token"),
        Arguments.of(request("a", version, config, "1-" + "a".repeat(20_000)), "resume token"),
        Arguments.of(
            new Encoder().text(1, "a").message(6, config).bytes(), "SendReq.To is missing"),
        Arguments.of(
            new Encoder().text(1, "a").message(3, version).bytes(), "ReplicationConfig is missing"),
        Arguments.of(new byte[] {0x0a, 0x05, 'a'}, "malformed"),
        Arguments.of(new byte[] {0x0a, 0x02, (byte) 0xc3, 0x28}, "malformed"),
        Arguments.of(new byte[] {(byte) 0xff}, "malformed"),
        Arguments.of(new byte[] {0x0c}, "malformed|group"));
  }

  private static byte[] request(String filesystem, byte[] to, byte[] config, String token) {
    return new Encoder()
        .text(1, filesystem)
        .message(3, to)
        .text(4, token)
        .message(6, config)
        .bytes();
  }

  @ParameterizedTest
  @MethodSource("spoiled")
  void invalidValuesAreRefusedByName(byte[] bytes, String reason) {
    assertThatThrownBy(() -> SendMessages.parseRequest(bytes))
        .isInstanceOf(InvalidMessageException.class)
        .satisfies(e -> assertThat(e.getMessage()).containsPattern(reason));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, -1, Integer.MAX_VALUE})
  void versionsAreSnapshotsOrBookmarks(int type) {
    byte[] bytes = new Encoder().word(1, type).text(2, "x").text(5, "2024-01-02T03:04:05Z").bytes();
    assertThatThrownBy(() -> VersionMessage.parse(bytes)).hasMessageContaining("Type");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, -1})
  void guaranteesHaveThreeKinds(int kind) {
    byte[] inner = new Encoder().word(1, kind).word(2, 1).bytes();
    byte[] bytes = new Encoder().message(1, inner).bytes();
    assertThatThrownBy(() -> ProtectionMessage.parse(bytes)).hasMessageContaining("guarantee");
  }

  @ParameterizedTest
  @CsvSource({
    "2024-01-02T03:04:05Z, 2024-01-02T03:04:05Z",
    "2024-01-02T03:04:05+01:00, 2024-01-02T02:04:05Z",
    "2024-01-02T03:04:05.999Z, 2024-01-02T03:04:05Z",
    "2024-01-02T03:04:00Z, 2024-01-02T03:04:00Z",
    "2024-01-02T03:04Z, ",
    "2024-01-02T03:04:05, ",
    "2024-01-02T03:04:05+0100, ",
    "2024-01-02 03:04:05Z, ",
    "2024-13-02T03:04:05Z, ",
    "2024-01-02T25:04:05Z, ",
    "'', ",
    "12024-01-02T03:04:05Z, "
  })
  void datesAreThoseOfRfc3339(String text, Instant time) throws InvalidMessageException {
    byte[] bytes = new Encoder().text(2, "x").text(5, text).bytes();
    if (time == null) {
      assertThatThrownBy(() -> VersionMessage.parse(bytes)).hasMessageContaining("Creation");
    } else {
      assertThat(VersionMessage.parse(bytes).creation()).isEqualTo(time);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2024-01-02T03:04:00Z, 2024-01-02T03:04:00Z",
    "+99999-01-02T03:04:05Z, 9999-12-31T23:59:59Z",
    "-0005-01-02T03:04:05Z, 0001-01-01T00:00:00Z"
  })
  void datesAreWrittenSoThatGoReadsThem(Instant time, String text) {
    byte[] bytes = VersionMessage.encode(new Snapshot("x", new Guid(1), new CreateTxg(1), time));
    DynamicMessage message = read("FilesystemVersion", bytes);
    assertThat(message.getField(message.getDescriptorForType().findFieldByName("Creation")))
        .isEqualTo(text);
  }

  @Test
  void randomBytesAreRefusedOrRead() {
    Random random = new Random(SEED);
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = SendMessages.encode(sendRequest(random));
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      MessageProbe.parseAll(bytes);
    }
  }
}

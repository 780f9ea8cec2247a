package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.ResumeTokenExamples;
import io.zrepl.model.SnapshotPath;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.zfs.PartialStateSavedException;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.SendProcess;
import io.zrepl.zfs.StreamSource;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a token says, and which ones a sender refuses. */
@LabTest
class ResumeTokensOnRealZfsTest {
  private static final int SIZE = 1500;
  private static final long CUT = 800_000;

  private final Guest guest;
  private final EndpointSite site;

  ResumeTokensOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.site = new EndpointSite(guest);
  }

  @BeforeEach
  void makeRoot() {
    guest.zfs("create", "-p", "-o", "mountpoint=none", "dst/r/src/s");
    guest.zfs("create", "src/s");
  }

  @AfterEach
  void end() {
    site.close();
  }

  @Test
  void a36_tokensAreDecodedAsZfsDecodesThem() throws Exception {
    for (String text : ResumeTokenExamples.ALL) {
      ResumeToken token = new ResumeToken(text);
      assertThat(ResumeTokenContents.decode(token))
          .usingRecursiveComparison()
          .isEqualTo(site.zfs.decode(token));
    }
    ResumeToken damaged = new ResumeToken(ResumeTokenExamples.DAMAGED);
    assertThatThrownBy(() -> ResumeTokenContents.decode(damaged))
        .isInstanceOf(InvalidValueException.class);
    assertThatThrownBy(() -> site.zfs.decode(damaged))
        .isInstanceOfSatisfying(
            ZfsException.class,
            failure -> assertThat(failure.problem()).isEqualTo(ZfsProblem.TOKEN_CORRUPT));
  }

  @Test
  void a35_tokenOfAnInterruptedReceiveIsToldAndDecodes() throws Exception {
    guest.zfs("create", "src/s/send er");
    site.snapshotWithData("src/s/send er", "a snapshot", SIZE);
    guest.zfs("snapshot", "src/s/send er@b snapshot");
    SendRequest request = site.full("src/s/send er@a snapshot");
    String target = "dst/r/copy of it";

    PartialStateSavedException failure;
    try (SendProcess process =
        site.zfs.send(
            new SendArguments(
                request.filesystem(),
                Optional.empty(),
                request.to(),
                SendFlags.NONE,
                Optional.empty()))) {
      ReceiveArguments arguments =
          new ReceiveArguments(
              SnapshotPath.of(DatasetPath.of(target), "a snapshot"),
              false,
              true,
              List.of(),
              Map.of());
      failure =
          catchThrowableOfType(
              PartialStateSavedException.class,
              () -> site.zfs.receive(arguments, endingEarly(process)));
    }

    ResumeToken inProperty = site.token(target);
    assertThat(failure.token()).isEqualTo(inProperty);
    assertThat(failure.message()).doesNotContain(inProperty.text());
    ResumeTokenContents contents = ResumeTokenContents.decode(inProperty);
    assertThat(contents.toGuid()).isEqualTo(request.to().guid());
    assertThat(contents.fromGuid()).isEmpty();
    assertThat(contents.toName()).isEqualTo("src/s/send er@a snapshot");
    assertThat(contents.bytes()).isPositive();
  }

  /** Claims that the stream is complete when it is not. */
  private static StreamSource endingEarly(SendProcess process) {
    return new StreamSource() {
      private long left = CUT;

      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        if (left <= 0) {
          return -1;
        }
        buffer.limit((int) Math.min(buffer.limit(), buffer.position() + left));
        int count = process.read(buffer);
        left -= count;
        return count;
      }

      @Override
      public void abort() {
        process.abort();
      }
    };
  }

  @Test
  void a40_tokenOfAnotherFilesystemIsRefused() throws Exception {
    for (String filesystem : List.of("src/s/one", "src/s/two")) {
      guest.zfs("create", filesystem);
      site.snapshotWithData(filesystem, "a", SIZE);
    }
    assertThatThrownBy(() -> site.transfer(site.full("src/s/one@a"), CUT))
        .hasMessageContaining("cut");
    Optional<ResumeToken> token = Optional.of(site.token("dst/r/src/s/one"));

    SendRequest other = site.request(Optional.empty(), "src/s/two@a", token);
    assertThatThrownBy(() -> site.newSender().send(other))
        .isInstanceOf(ResumeTokenException.class)
        .hasMessageContaining("it belongs to another filesystem")
        .hasMessageNotContaining(token.get().text());
    assertThatThrownBy(() -> site.newSender().estimate(other))
        .isInstanceOf(ResumeTokenException.class);
    assertThat(guest.zfs("holds", "-H", "src/s/two@a")).isEmpty();
  }

  @Test
  void i23_tokenOfAnotherStepIsRefused() throws Exception {
    site.snapshotWithData("src/s", "a", SIZE);
    site.snapshotWithData("src/s", "b", SIZE);
    guest.zfs("destroy", "dst/r/src/s");
    assertThatThrownBy(() -> site.transfer(site.full("src/s@a"), CUT)).hasMessageContaining("cut");
    Optional<ResumeToken> token = Optional.of(site.token("dst/r/src/s"));

    for (SendRequest other :
        List.of(
            site.request(Optional.empty(), "src/s@b", token),
            site.request(Optional.of("src/s@a"), "src/s@b", token))) {
      assertThatThrownBy(() -> site.newSender().send(other))
          .isInstanceOf(ResumeTokenException.class);
    }
  }

  @Test
  void a41_tokenOfAnotherEncryptionIsRefused() throws Exception {
    site.createEncrypted("src/s/e");
    site.snapshotWithData("src/s/e", "a", SIZE);

    assertThatThrownBy(() -> site.transfer(site.full("src/s/e@a"), CUT))
        .hasMessageContaining("cut");
    Optional<ResumeToken> plain = Optional.of(site.token("dst/r/src/s/e"));
    site.flags = EndpointSite.ENCRYPTED;
    SendRequest withPlain = site.request(Optional.empty(), "src/s/e@a", plain);
    assertThatThrownBy(() -> site.newSender().send(withPlain))
        .isInstanceOf(ResumeTokenException.class)
        .hasMessageContaining(
            "resume token does not have rawok=true which would result in an unencrypted send, but"
                + " policy mandates encrypted sends only");

    // drops the plain partial state
    assertThatThrownBy(() -> site.transfer(site.full("src/s/e@a"), CUT))
        .hasMessageContaining("cut");
    Optional<ResumeToken> raw = Optional.of(site.token("dst/r/src/s/e"));
    site.flags = SendFlags.NONE;
    SendRequest withRaw = site.request(Optional.empty(), "src/s/e@a", raw);
    assertThatThrownBy(() -> site.newSender().send(withRaw))
        .isInstanceOf(ResumeTokenException.class)
        .hasMessageContaining(
            "resume token has rawok=true which would result in encrypted send, but policy mandates"
                + " unencrypted sends only");
  }

  @Test
  void i46_partialStateOfAnotherEncryptionPolicyIsDropped() throws Exception {
    site.filter = Map.of("src/s/e", true);
    site.createEncrypted("src/s/e");
    site.snapshotWithData("src/s/e", "a", SIZE);
    assertThatThrownBy(() -> site.transfer(site.full("src/s/e@a"), CUT))
        .hasMessageContaining("cut");
    assertThat(site.hasPartialState("dst/r/src/s/e")).isTrue();
    site.flags = EndpointSite.ENCRYPTED;

    AttemptReport attempt = site.run(3).attempt();

    assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots("dst/r/src/s/e")).containsExactly("a");
    assertThat(site.property("encryptionroot", "dst/r/src/s/e")).isEqualTo("dst/r/src/s/e");
  }

  @Test
  void i46_partialStateWhoseSnapshotIsGoneIsDropped() throws Exception {
    guest.zfs("create", "src/s/a");
    site.filter = Map.of("src/s/a", true);
    site.snapshotWithData("src/s/a", "1", SIZE);
    assertThatThrownBy(() -> site.transfer(site.full("src/s/a@1"), CUT))
        .hasMessageContaining("cut");
    guest.shell(
        "zfs release zrepl_STEP_J_sender-job src/s/a@1 && zfs destroy src/s/a@1 && zfs snapshot"
            + " src/s/a@2");

    AttemptReport attempt = site.run().attempt();

    assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
    assertThat(site.snapshots("dst/r/src/s/a")).containsExactly("2");
    assertThat(site.hasPartialState("dst/r/src/s/a")).isFalse();
  }
}

package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.TestResumeTokens;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SendRulesTest {
  private static final DatasetPath FS = DatasetPath.of("tank/a b");

  private static SendFlags flags(boolean encrypted, boolean raw) {
    return new SendFlags(encrypted, raw, false, false, false, false, false, false);
  }

  private static Dataset dataset(boolean encrypted) {
    return new Dataset(FS, Placeholder.NONE, Optional.empty(), encrypted);
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, false, true", "false, false, true, true",
    "false, true, false, false", "false, true, true, false",
    "true, false, false, true", "true, false, true, false",
    "true, true, false, true", "true, true, true, true"
  })
  void encryptionPolicy(
      boolean filesystemEncrypted, boolean encrypted, boolean raw, boolean allowed) {
    if (allowed) {
      assertThatCode(
              () -> SendRules.requireAllowed(flags(encrypted, raw), dataset(filesystemEncrypted)))
          .doesNotThrowAnyException();
    } else {
      assertThatThrownBy(
              () -> SendRules.requireAllowed(flags(encrypted, raw), dataset(filesystemEncrypted)))
          .isInstanceOf(PolicyException.class)
          .hasMessageContaining(
              filesystemEncrypted ? "raw+unencrypted" : "encrypted send mandated");
    }
  }

  private static Snapshot snapshot(long guid) {
    return new Snapshot("s" + guid, new Guid(guid), new CreateTxg(guid), Instant.EPOCH);
  }

  private static SendRequest request(Optional<FilesystemVersion> from) {
    return new SendRequest(FS, from, snapshot(2), Optional.empty(), ReplicationProtection.DEFAULT);
  }

  private static ResumeToken token(String toName, Optional<Guid> from, long to, boolean raw) {
    return TestResumeTokens.encode(
        new ResumeTokenContents(new Guid(to), from, toName, raw, false, false, false, false, 10));
  }

  private static void check(
      ResumeToken token, Optional<FilesystemVersion> from, boolean mustEncrypt, boolean encrypted)
      throws OperationException, InterruptedException {
    SendRules.requireUsableToken(
        token,
        TestReplication::decode,
        request(from),
        flags(mustEncrypt, false),
        dataset(encrypted));
  }

  @Test
  void tokenOfTheSameStepIsAccepted() {
    assertThatCode(() ->
            check(token(FS + "@x", Optional.empty(), 2, false), Optional.empty(), false, false))
        .doesNotThrowAnyException();
    assertThatCode(() ->
            check(
                token(FS + "@x", Optional.of(new Guid(1)), 2, false),
                Optional.of(snapshot(1)),
                false,
                false))
        .doesNotThrowAnyException();
  }

  @Test
  void tokenOfAnotherStepIsRefused() {
    Optional<FilesystemVersion> none = Optional.empty();
    Optional<FilesystemVersion> one = Optional.of(snapshot(1));
    refused(token("tank/b@x", Optional.empty(), 2, false), none, "another filesystem");
    refused(token("tank@x", Optional.empty(), 2, false), none, "another filesystem");
    refused(token("no snapshot", Optional.empty(), 2, false), none, "does not name a snapshot");
    refused(token(FS + "@x", Optional.empty(), 3, false), none, "leads to another snapshot");
    refused(token(FS + "@x", Optional.of(new Guid(1)), 2, false), none, "incremental send");
    refused(token(FS + "@x", Optional.empty(), 2, false), one, "full send");
    refused(token(FS + "@x", Optional.of(new Guid(7)), 2, false), one, "starts from another");
    refused(new ResumeToken("1-0-0-00"), none, "corrupt");
  }

  private static void refused(ResumeToken token, Optional<FilesystemVersion> from, String reason) {
    assertThatThrownBy(() -> check(token, from, false, false))
        .isInstanceOf(ResumeTokenException.class)
        .hasMessageContaining(reason)
        .hasMessageNotContaining(token.text());
  }

  @ParameterizedTest(name = "filesystem encrypted {0}, must encrypt {1}, raw token {2}: {3}")
  @CsvSource({
    "true, true, true, ''",
    "true, true, false, does not have rawok=true",
    "true, false, true, has rawok=true",
    "true, false, false, ''",
    "false, false, true, ''",
    "false, false, false, ''",
    "false, true, true, does not have rawok=true"
  })
  void tokenMustLeadToTheEncryptionThatThePolicyWants(
      boolean encrypted, boolean mustEncrypt, boolean raw, String reason) {
    ResumeToken token = token(FS + "@x", Optional.empty(), 2, raw);
    if (reason.isEmpty()) {
      assertThatCode(() -> check(token, Optional.empty(), mustEncrypt, encrypted))
          .doesNotThrowAnyException();
    } else {
      assertThatThrownBy(() -> check(token, Optional.empty(), mustEncrypt, encrypted))
          .isInstanceOf(ResumeTokenException.class)
          .hasMessageContaining(reason);
    }
  }
}

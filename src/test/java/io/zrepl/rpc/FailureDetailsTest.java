package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.ResourceExhaustedException;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job decides by is not lost on the way from the other side. */
@Timeout(60)
class FailureDetailsTest {
  private static final SendRequest SEND =
      new SendRequest(
          DatasetPath.of("p/a"),
          Optional.empty(),
          new Snapshot("s1", new Guid(1), new CreateTxg(1), Instant.EPOCH),
          Optional.empty(),
          ReplicationProtection.DEFAULT);

  /** The failure there, and how far it reaches here. */
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(failure(FailureScope.FILESYSTEM, true), FailureScope.FILESYSTEM),
        Arguments.of(failure(FailureScope.FILESYSTEM, false), FailureScope.FILESYSTEM),
        Arguments.of(failure(FailureScope.POOL, true), FailureScope.POOL),
        Arguments.of(failure(FailureScope.POOL, false), FailureScope.POOL),
        Arguments.of(failure(FailureScope.PEER, true), FailureScope.PEER),
        Arguments.of(failure(FailureScope.JOB, true), FailureScope.PEER),
        Arguments.of(failure(FailureScope.JOB, false), FailureScope.PEER),
        Arguments.of(new ResumeTokenException("bad"), FailureScope.FILESYSTEM),
        Arguments.of(new PolicyException("bad"), FailureScope.FILESYSTEM),
        Arguments.of(new ResourceExhaustedException("bad"), FailureScope.FILESYSTEM));
  }

  private static OperationException failure(FailureScope scope, boolean temporary) {
    return new OperationException(scope, temporary, "bad\nluck", "wait", null);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void arriveOverBothPlanes(OperationException there, FailureScope scope) throws Exception {
    StubSender failing =
        new StubSender() {
          @Override
          public List<FilesystemVersion> listVersions(DatasetPath filesystem)
              throws OperationException {
            throw there;
          }
        };
    failing.opening =
        _ -> {
          throw there;
        };
    try (Network network = new Network()) {
      Sender remote = network.around(failing);
      for (ThrowingCallable use :
          List.<ThrowingCallable>of(
              () -> remote.send(SEND), () -> remote.listVersions(DatasetPath.of("p/a")))) {
        assertThatExceptionOfType(OperationException.class)
            .isThrownBy(use)
            .withMessageMatching(".* reports: bad(; luck \\(wait\\))?")
            .satisfies(here -> {
              assertThat(here).hasSameClassAs(there);
              assertThat(here.scope()).isEqualTo(scope);
              assertThat(here.temporary()).isEqualTo(there.temporary());
            });
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "no such fs, FILESYSTEM, false",
    "sender does not implement Receive(), FILESYSTEM, false",
    "cannot receive resume stream: dataset is busy, FILESYSTEM, true",
    "still sending, FILESYSTEM, true",
    "cannot open 'p/a': pool I/O is currently suspended, POOL, true",
    "'[pool permanent general] said by one who may not', FILESYSTEM, true"
  })
  void ofOneWhoSendsOnlyTextMayPassUnlessItIsKnownNotTo(
      String text, FailureScope scope, boolean temporary) {
    OperationException failure = RemoteFailure.ofText("there", text, Banner.PLAIN);
    assertThat(failure.scope()).isEqualTo(scope);
    assertThat(failure.temporary()).isEqualTo(temporary);
    assertThat(failure).hasMessage("there reports: " + text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "pool", "pool temporary", "POOL temporary general", "pool temporary general "})
  void thatAreNoneAreAsIfAbsent(String text) {
    assertThat(FailureDetails.parse(text)).isEmpty();
    assertThat(RemoteFailure.ofText("there", "[" + text + "] x", Banner.OURS))
        .hasMessage("there reports: [" + text + "] x");
  }

  @Test
  void areReadAsTheyAreWritten() {
    for (FailureScope scope : FailureScope.values()) {
      for (FailureDetails.Kind kind : FailureDetails.Kind.values()) {
        for (boolean temporary : new boolean[] {true, false}) {
          FailureDetails details = new FailureDetails(scope, temporary, kind);
          assertThat(FailureDetails.parse(details.encode())).contains(details);
        }
      }
    }
  }
}

package io.zrepl.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlJsonTest {

  @Test
  void statusIsWrittenUnderTheDocumentedNames() {
    assertThat(ControlJson.toJson(SampleStatus.everything()))
        .isEqualTo(
            resource("status.json").lines().map(String::strip).reduce("", String::concat) + "\n");
  }

  @Test
  void statusThatIsReadEqualsTheOneThatWasWritten() throws Exception {
    DaemonStatus status = SampleStatus.everything();
    assertThat(ControlJson.readStatus(stream(ControlJson.toJson(status)))).isEqualTo(status);
  }

  @Test
  void statusOfGoIsRead() throws Exception {
    DaemonStatus status = ControlJson.readStatus(stream(resource("status-go.json")));
    assertThat(status.jobs().keySet()).containsExactly("_control", "backup", "servers", "x");
    assertThat(status.jobs().get("x")).isEqualTo(new JobStatus.Unknown("from-the-future"));
    JobStatus.Active push = (JobStatus.Active) Objects.requireNonNull(status.jobs().get("backup"));
    ReplicationStatus replication = push.replication().orElseThrow();
    assertThat(replication.waitReconnectSince()).isEmpty();
    assertThat(replication.startedAt()).contains(SampleStatus.START);
    ReplicationStatus.Attempt attempt = replication.attempts().getFirst();
    assertThat(attempt.state()).isEqualTo(ReplicationStatus.AttemptState.UNKNOWN);
    assertThat(attempt.filesystems().getFirst().steps().getFirst().bytesExpected())
        .isEqualTo(Long.MAX_VALUE);
    assertThat(push.snapshotting()).contains(new SnapshottingStatus.Manual());
  }

  @Test
  void jobsWhoseNamesDifferInCaseAloneStayApart() throws Exception {
    DaemonStatus status =
        ControlJson.readStatus(
            stream("{\"Jobs\":{\"a\":{\"type\":\"internal\"},\"A\":{\"type\":\"odd\"}}}"));
    assertThat(status.jobs())
        .containsEntry("a", new JobStatus.Internal())
        .containsEntry("A", new JobStatus.Unknown("odd"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{",
        "{}",
        "{\"Jobs\":[]}",
        "{\"Jobs\":{\"a\":1}}",
        "{\"Jobs\":{\"a\":{\"type\":1}}}",
        "{\"Jobs\":{\"a\":{\"type\":\"push\",\"push\":{\"Replication\":{\"StartAt\":\"now\"}}}}}",
        "{\"Jobs\":{\"a\":{\"type\":\"push\",\"push\":{\"Replication\":{\"Attempts\":[1]}}}}}",
        "<html>"
      })
  void whatIsNoStatusIsRefused(String json) {
    assertThatThrownBy(() -> ControlJson.readStatus(stream(json)))
        .isInstanceOf(InvalidValueException.class);
  }

  @Test
  void deepNestingIsRefused() {
    String json = "{\"Jobs\":" + "[".repeat(100_000);
    assertThatThrownBy(() -> ControlJson.readStatus(stream(json)))
        .isInstanceOf(InvalidValueException.class);
  }

  @Test
  void environmentIsNotPublished() {
    assertThat(ControlJson.toJson(SampleStatus.everything())).contains("\"OsEnviron\":[]");
  }

  @Test
  void versionIsReadAsItIsWritten() throws Exception {
    VersionInformation version = new VersionInformation("1.2", "java25", "linux", "amd64", "VM");
    String json = ControlJson.toJson(version);
    assertThat(json)
        .isEqualTo(
            "{\"Version\":\"1.2\",\"RuntimeGo\":\"java25\",\"RuntimeGOOS\":\"linux\","
                + "\"RuntimeGOARCH\":\"amd64\",\"RUNTIMECompiler\":\"VM\"}\n");
    assertThat(ControlJson.readVersion(stream(json))).isEqualTo(version);
  }

  @Test
  void signalIsReadAsItIsWritten() throws Exception {
    SignalRequest request = new SignalRequest("a \"job\"", SignalRequest.WAKEUP);
    String json = ControlJson.toJson(request);
    assertThat(json).isEqualTo("{\"Name\":\"a \\\"job\\\"\",\"Op\":\"wakeup\"}\n");
    assertThat(ControlJson.readSignal(stream(json))).isEqualTo(request);
  }

  @Test
  void signalIsReadInAnyCaseAndWithUnknownMembers() throws Exception {
    assertThat(ControlJson.readSignal(stream("{\"NAME\":\"a\",\"more\":[{}],\"op\":\"reset\"}")))
        .isEqualTo(new SignalRequest("a", "reset"));
    assertThat(ControlJson.readSignal(stream("{}"))).isEqualTo(new SignalRequest("", ""));
  }

  @Test
  void errorWithoutAdviceHasNoMemberForIt() {
    DaemonStatus status =
        new DaemonStatus(
            new java.util.TreeMap<>(
                java.util.Map.of(
                    "a",
                    new JobStatus.Passive(
                        JobStatus.PassiveType.SINK,
                        Optional.empty(),
                        Optional.of(
                            new ErrorStatus("broken", Optional.empty(), Optional.empty()))))),
            DaemonStatus.Global.EMPTY);
    assertThat(ControlJson.toJson(status))
        .contains("\"Problem\":{\"Err\":\"broken\",\"Time\":\"0001-01-01T00:00:00Z\"}");
  }

  private static InputStream stream(String json) {
    return new ByteArrayInputStream(json.getBytes(UTF_8));
  }

  static String resource(String name) {
    try (InputStream stream = ControlJsonTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(stream, name).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

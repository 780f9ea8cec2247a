package io.zrepl.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A failure that comes back with every run is told once, then counted, and its end is told. */
class RepeatedFailuresTest {
  private final RepeatedFailures failures = new RepeatedFailures();
  private Instant now = Instant.parse("2026-03-01T00:00:00Z");

  private static LogEntry entry(
      Instant time, LogLevel level, String job, String subsystem, String message, String... rest) {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    for (int i = 0; i < rest.length; i += 2) {
      fields.add(Map.entry(rest[i], rest[i + 1]));
    }
    return new LogEntry(
        time,
        level,
        job.isEmpty() ? Optional.empty() : Optional.of(job),
        Optional.of(subsystem),
        message,
        fields,
        List.of());
  }

  /** What the outlets get of a failed step, as text. */
  private List<String> step(String filesystem, String reason) {
    now = now.plusMillis(1);
    return texts(
        failures.filter(
            entry(now, LogLevel.ERROR, "j", "repl", "step failed", "fs", filesystem, "err", reason),
            RepeatedFailures.End.NONE));
  }

  private List<String> end(String subsystem) {
    now = now.plus(Duration.ofMinutes(5));
    List<LogEntry> told =
        failures.filter(
            entry(now, LogLevel.INFO, "j", subsystem, "over"), RepeatedFailures.End.COMPLETE);
    assertThat(told.getLast().message()).isEqualTo("over");
    return texts(told.subList(0, told.size() - 1));
  }

  private List<String> end() {
    return end("job");
  }

  private static List<String> texts(List<LogEntry> entries) {
    return entries.stream()
        .map(each -> each.level() + " " + each.message() + " " + each.fields())
        .toList();
  }

  @Test
  void firstTimeIsToldInFullThenItIsCountedAndItsEndIsTold() {
    assertThat(step("tank/a", "no space"))
        .containsExactly("ERROR step failed [fs=tank/a, err=no space]");
    assertThat(end()).isEmpty();
    assertThat(step("tank/a", "no space"))
        .as("for those who want everything")
        .containsExactly("DEBUG step failed [fs=tank/a, err=no space]");
    assertThat(end())
        .containsExactly(
            "ERROR the same failures as before [failures=1, lines=1, which=tank/a: step failed"
                + " (since 2026-03-01T00:00:00.001Z, runs: 2)]");
    assertThat(step("tank/a", "no space")).hasSize(1).first().asString().startsWith("DEBUG");
    assertThat(end()).singleElement().asString().contains("runs: 3");
    assertThat(end())
        .containsExactly(
            "INFO failures are over [failures=1, lines=3, which=tank/a: step failed"
                + " (since 2026-03-01T00:00:00.001Z, runs: 3)]");
    assertThat(end()).isEmpty();
    assertThat(step("tank/a", "no space")).as("news again").first().asString().startsWith("ERROR");
  }

  @ParameterizedTest
  @CsvSource({
    "tank/b, no space, another filesystem",
    "tank/a, the pool is suspended, another reason",
    "tank/a, no space in pool 7, a short number may be a name",
  })
  void anotherFailureIsToldInFull(String filesystem, String reason, String why) {
    step("tank/a", "no space");
    end();
    assertThat(step(filesystem, reason)).as(why).first().asString().startsWith("ERROR");
  }

  @ParameterizedTest
  @CsvSource({
    "rpool/data/vm-1001-disk-0, busy, rpool/data/vm-1002-disk-0, busy, field",
    "rpool1234, busy, rpool4321, busy, pool",
    "tank, cannot destroy tank/vm-1001@a_20260101, tank, cannot destroy tank/vm-1002@a_20260101, text",
  })
  void filesystemsWhoseNamesDifferInANumberAreNotTheSame(
      String one, String reason, String other, String otherReason, String where) {
    assertThat(step(one, reason)).first().asString().startsWith("ERROR");
    assertThat(step(other, otherReason)).as(where).first().asString().startsWith("ERROR");
    assertThat(step(other, otherReason)).first().asString().startsWith("DEBUG");
  }

  @Test
  void longNumbersAndNamesOfSnapshotsMakeNoOtherFailure() {
    step("tank/a", "zfs with pid 12345 was killed");
    assertThat(step("tank/a", "zfs with pid 54321 was killed"))
        .first()
        .asString()
        .startsWith("DEBUG");
  }

  @Test
  void snapshotsHaveRunsOfTheirOwn() {
    step("tank/a", "no space");
    assertThat(end("snapshot")).as("says nothing about replication").isEmpty();
    assertThat(end("snapshot")).isEmpty();
    assertThat(step("tank/a", "no space")).first().asString().startsWith("DEBUG");
  }

  @Test
  void whatFailedInARunThatWasResetIsNotOver() {
    step("tank/a", "no space");
    end();
    // reset: no end
    step("tank/a", "no space");
    assertThat(end()).singleElement().asString().contains("the same failures as before");
  }

  @Test
  void runThatDidNotComeToEverythingEndsNoFailureButCountsItsOwn() {
    step("tank/a", "no space");
    step("tank/b", "no space");
    end();
    step("tank/b", "no space");
    List<String> told =
        texts(
            failures.filter(
                entry(now, LogLevel.INFO, "j", "job", "over"), RepeatedFailures.End.PARTIAL));
    assertThat(told).hasSize(2).first().asString().contains("failures=1", "tank/b");
    assertThat(step("tank/a", "no space")).first().asString().startsWith("DEBUG");
  }

  @Test
  void failureThatIsInNoRunIsToldAgainAfterAnHourWithHowOftenItCame() {
    step("tank/a", "no space");
    for (int i = 0; i < 10; i++) {
      assertThat(step("tank/a", "no space")).first().asString().startsWith("DEBUG");
    }
    now = now.plus(RepeatedFailures.LONGEST_SILENCE);
    assertThat(step("tank/a", "no space"))
        .containsExactly(
            "ERROR step failed [fs=tank/a, err=no space, times=12, since=2026-03-01T00:00:00.001Z]");
  }

  @Test
  void oldFailureIsToldInFullOnceADay() {
    step("tank/a", "no space");
    int inFull = 0;
    for (int run = 0; run < 3 * 24 * 11; run++) {
      end();
      if (step("tank/a", "no space").getFirst().startsWith("ERROR")) {
        inFull++;
      }
    }
    assertThat(inFull).isEqualTo(2);
  }

  @Test
  void manyFailuresAreOneLineThatNamesSome() {
    for (int run = 0; run < 2; run++) {
      for (String each : List.of("a", "b", "c", "d", "e")) {
        step("tank/" + each, "no space");
      }
      if (run == 0) {
        assertThat(end()).isEmpty();
      }
    }
    assertThat(end())
        .singleElement()
        .asString()
        .contains("failures=5", "tank/a: step failed", "tank/c", "; and 2 more")
        .doesNotContain("tank/d");
  }

  @Test
  void whatBelongsToNoJobOrToAServerIsNeverHeldBack() {
    for (int i = 0; i < 3; i++) {
      assertThat(
              texts(
                      failures.filter(
                          entry(now, LogLevel.WARN, "", "repl", "m"), RepeatedFailures.End.NONE))
                  .getFirst())
          .startsWith("WARN");
      assertThat(
              texts(
                      failures.filter(
                          entry(now, LogLevel.WARN, "j", "rpc", "m"), RepeatedFailures.End.NONE))
                  .getFirst())
          .startsWith("WARN");
      assertThat(
              texts(
                      failures.filter(
                          entry(now, LogLevel.INFO, "j", "repl", "m"), RepeatedFailures.End.NONE))
                  .getFirst())
          .startsWith("INFO");
    }
  }

  @Test
  void whatIsTooMuchToRememberIsTold() {
    for (int i = 0; i < RepeatedFailures.MOST_KNOWN; i++) {
      step("tank/" + i % 1000 + "/" + i / 1000, "no space");
    }
    assertThat(step("other/x", "no space")).first().asString().startsWith("ERROR");
    assertThat(step("other/x", "no space")).first().asString().startsWith("ERROR");
    assertThat(step("tank/1/1", "no space")).first().asString().startsWith("DEBUG");
    end();
    assertThat(end())
        .as("all are over, and there is room again")
        .singleElement()
        .asString()
        .contains("failures=" + RepeatedFailures.MOST_KNOWN, "and 19997 more");
    step("other/x", "no space");
    assertThat(step("other/x", "no space")).first().asString().startsWith("DEBUG");
  }
}

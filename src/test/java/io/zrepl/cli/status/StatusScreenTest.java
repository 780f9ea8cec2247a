package io.zrepl.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.cli.status.Key.Kind;
import io.zrepl.control.JobStatus;
import io.zrepl.control.ReplicationStatus.AttemptState;
import io.zrepl.control.ReplicationStatus.Filesystem;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the user sees after which keys and answers. */
class StatusScreenTest {
  private static final Instant NOW = Samples.START.plusSeconds(20);

  private final StatusModel model = new StatusModel("");

  private Canvas screen() {
    return screen(24, 80);
  }

  private Canvas screen(int rows, int columns) {
    return StatusScreen.draw(model, NOW, ZoneOffset.UTC, rows, columns);
  }

  private void answer(JobStatus push) {
    model.answer(Samples.status(Map.of("laptop", push, "sink", Samples.sink())), NOW);
  }

  private Effect type(String text) {
    Effect last = new Effect.Draw();
    for (int i = 0; i < text.length(); i++) {
      last = model.key(Key.character(text.charAt(i)));
    }
    return last;
  }

  @Test
  void showsJobsAtTheLeftAndTheMostUrgentOneAtTheRight() {
    answer(Samples.push(Samples.failed("tank/a", "out of space")));
    assertThat(screen().toString())
        .contains("2 jobs: 1 failed, 1 running", "! laptop ", "laptop (push)", "  sink ")
        .contains("out of space", "What helps: free space on the receiver")
        .contains("Only on the receiver", "tank/gone");
  }

  @Test
  void showsFirstWhatFailedThenWhatRunsThenWhatWaits() {
    answer(
        Samples.push(
            Samples.done("tank/a"),
            Samples.waiting("tank/b"),
            Samples.running("tank/c", 10),
            Samples.failed("tank/d", "broken")));
    String text = screen(40, 120).toString();
    assertThat(text).contains("4 filesystems: 1 failed, 1 running, 1 waiting, 1 done");
    assertThat(List.of("! tank/d", "* tank/c", "- tank/b", "  tank/a"))
        .isSortedAccordingTo((a, b) -> Integer.compare(text.indexOf(a), text.indexOf(b)))
        .allMatch(text::contains);
  }

  @Test
  void oneFailureAmongTenThousandFilesystemsIsOnTheFirstPage() {
    List<Filesystem> many = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      many.add(Samples.done("tank/fs%05d".formatted(i)));
    }
    many.set(7_777, Samples.failed("tank/fs07777", "broken"));
    answer(Samples.push(AttemptState.FILESYSTEM_ERROR, many));
    assertThat(screen().toString()).contains("1 failed, 9999 done", "! tank/fs07777", "broken");
  }

  @Test
  void tellsRateAndRemainingTimeFromTheLastAnswers() {
    answer(Samples.push(Samples.running("tank/a", 10)));
    assertThat(screen().toString()).contains("10%").doesNotContain("/s");
    model.answer(
        Samples.status(Map.of("laptop", Samples.push(Samples.running("tank/a", 20)))),
        NOW.plusSeconds(2));
    assertThat(screen().toString()).contains("20.0 MiB / 100.0 MiB @ 5.0 MiB/s, 16s left");
  }

  @Test
  void theRestOfWhatFailedIsNotWaitedFor() {
    answer(Samples.push(Samples.running("tank/a", 50), Samples.failed("tank/b", "broken")));
    assertThat(screen().toString()).contains("50.0 MiB / 100.0 MiB");
  }

  @ParameterizedTest
  @CsvSource({
    "c$, 1 filesystem of 2, tank/c",
    "tank/[bc], 2 filesystems, tank/c",
    "(, not a valid expression, tank/b"
  })
  void theFilterIsARegularExpressionOnFilesystems(String filter, String says, String shows) {
    answer(Samples.push(Samples.running("tank/b", 1), Samples.running("tank/c", 1)));
    type("/" + filter);
    assertThat(model.filter()).isEqualTo(filter);
    assertThat(screen().toString()).contains("FILTER " + filter + "_", says, shows);
  }

  @Test
  void keysInTheFilterAreText() {
    answer(Samples.push());
    assertThat(type("/qS")).isInstanceOf(Effect.Draw.class);
    assertThat(model.filter()).isEqualTo("qS");
    model.key(Key.of(Kind.BACKSPACE));
    assertThat(model.filter()).isEqualTo("q");
    model.key(Key.of(Kind.ENTER));
    assertThat(type("q")).isInstanceOf(Effect.Quit.class);
  }

  @ParameterizedTest
  @CsvSource({"0, wakeup", "1, reset"})
  void signalsAreSentOnlyFromTheDialog(int right, String operation) {
    answer(Samples.push());
    assertThat(type("S")).isInstanceOf(Effect.Draw.class);
    assertThat(screen().toString())
        .contains("Signal to job laptop", "[ wakeup ]  [ reset ]  [ cancel ]");
    for (int i = 0; i < right; i++) {
      model.key(Key.of(Kind.RIGHT));
    }
    assertThat(model.key(Key.of(Kind.ENTER))).isEqualTo(new Effect.Signal("laptop", operation));
    assertThat(screen().toString()).doesNotContain("Signal to job");
  }

  @Test
  void cancelAndEscapeSendNothing() {
    answer(Samples.push());
    type("S");
    model.key(Key.of(Kind.LEFT));
    assertThat(model.key(Key.of(Kind.ENTER))).isInstanceOf(Effect.Draw.class);
    type("S");
    assertThat(model.key(Key.of(Kind.ESCAPE))).isInstanceOf(Effect.Draw.class);
    assertThat(model.dialog()).isEmpty();
  }

  @Test
  void aRefusedSignalIsToldUntilTheNextKey() {
    answer(Samples.push());
    model.told("reset of laptop refused: already reset", true);
    assertThat(screen().text(23)).isEqualTo("reset of laptop refused: already reset");
    model.key(Key.of(Kind.DOWN));
    assertThat(screen().text(23)).startsWith("q quit");
  }

  @Test
  void aDaemonThatIsGoneIsToldWithTheAgeOfWhatIsShown() {
    answer(Samples.push(Samples.running("tank/a", 1)));
    model.failed("nobody listens there");
    Canvas screen = StatusScreen.draw(model, NOW.plusSeconds(61), ZoneOffset.UTC, 24, 80);
    assertThat(screen.text(23)).contains("NO ANSWER from the daemon since 1m 01s");
    assertThat(screen.toString())
        .contains("nobody listens there", "What follows is 1m 01s old", "tank/a");
    answer(Samples.push(Samples.running("tank/a", 1)));
    assertThat(screen().toString()).doesNotContain("NO ANSWER", "nobody");
  }

  @Test
  void aJobThatARestartedDaemonDoesNotHaveDisappears() {
    answer(Samples.push(Samples.failed("tank/a", "broken")));
    model.answer(Samples.status(Map.of("sink", Samples.sink())), NOW);
    assertThat(screen().toString()).contains("sink (sink)").doesNotContain("laptop");
  }

  @Test
  void oneJobOnly() {
    StatusModel one = new StatusModel("nosuch");
    one.answer(Samples.status(Map.of("sink", Samples.sink())), NOW);
    assertThat(StatusScreen.draw(one, NOW, ZoneOffset.UTC, 24, 80).toString())
        .contains("The daemon has no job \"nosuch\"")
        .doesNotContain("sink");
  }

  @Test
  void scrollsWithinTheLines() {
    answer(
        Samples.push(
            java.util.stream.IntStream.range(0, 100)
                .mapToObj(i -> Samples.done("tank/%03d".formatted(i)))
                .toArray(Filesystem[]::new)));
    screen();
    model.key(Key.of(Kind.END));
    assertThat(screen().toString()).contains("Pruning receiver").doesNotContain("tank/001");
    model.key(Key.of(Kind.HOME));
    model.key(Key.of(Kind.UP));
    assertThat(screen().toString()).contains("1-20 of ", "tank/001");
  }

  @Test
  void longErrorsAreWrappedInFullOrShiftedSideways() {
    answer(Samples.push(Samples.failed("tank/a", "word ".repeat(40) + "end")));
    assertThat(screen().toString()).contains(" end");
    type("w");
    assertThat(screen().toString()).contains("…").doesNotContain(" end");
    for (int i = 0; i < 16; i++) {
      model.key(Key.of(Kind.RIGHT));
    }
    assertThat(screen().toString()).contains(" end");
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 5", "5, 20", "24, 80", "60, 200"})
  void anySizeCanBeDrawn(int rows, int columns) {
    answer(Samples.push(Samples.failed("tank/a", "out of space"), Samples.running("t", 1)));
    type("S");
    Canvas screen = screen(rows, columns);
    assertThat(screen.rows()).isEqualTo(rows);
    assertThat(screen.columns()).isEqualTo(columns);
  }

  @Test
  void noTextSteersTheTerminal() {
    answer(
        Samples.push(Samples.failed("tank/\u001b[2J", "a\u001b]0;x\u0007\u009b2J\u202e語\u0301b")));
    String painted = new Painter(true, true).paint(screen());
    assertThat(painted.replaceAll("\u001b\\[[0-9;?]*[mHJhl]", ""))
        .doesNotContain("\u001b", "\u0007", "\u009b", "\u202e", "語", "\u0301");
    assertThat(painted.split("\u001b\\[2J", -1)).as("clears once").hasSize(2);
  }

  @Test
  void tabGoesRound() {
    answer(Samples.push());
    List<StatusModel.Focus> seen = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      model.key(Key.of(Kind.TAB));
      seen.add(model.focus());
    }
    assertThat(seen)
        .containsExactly(
            StatusModel.Focus.FILTER, StatusModel.Focus.JOBS, StatusModel.Focus.DETAILS);
    type("M");
    model.key(Key.of(Kind.TAB));
    model.key(Key.of(Kind.TAB));
    assertThat(model.focus()).isEqualTo(StatusModel.Focus.DETAILS);
  }

  @Test
  void summaryHasOneLineForEachJob() {
    assertThat(
            SummaryText.of(
                Samples.status(
                    Map.of(
                        "laptop",
                        Samples.push(Samples.failed("tank/a", "x"), Samples.running("tank/b", 25)),
                        "sink",
                        Samples.sink(),
                        "_control",
                        new JobStatus.Internal())),
                ""))
        .isEqualTo(
            """
            FAILED  laptop    push    1 of 2 filesystems failed; replicates 25%
            ok      sink      sink    serves clients
            """);
  }
}

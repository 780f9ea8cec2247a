package io.zrepl.zfs.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class DatasetLocksTest {
  private static final DatasetPath A = DatasetPath.of("tank/a");
  private static final DatasetPath B = DatasetPath.of("tank/b");

  @TempDir private Path folder;
  private final DatasetLocks locks = new DatasetLocks(Optional.empty(), Duration.ZERO);

  private boolean together(DatasetActivity first, DatasetActivity second) throws Exception {
    try (DatasetLocks.Held _ = locks.enter(A, first, "one")) {
      try (DatasetLocks.Held _ = locks.enter(A, second, "two")) {
        return true;
      } catch (OperationException e) {
        assertThat(e.temporary()).isTrue();
        return false;
      }
    }
  }

  @ParameterizedTest(name = "{0} and {1} together: {2}")
  @CsvSource({
    "SEND, SEND, true",
    "SEND, RECEIVE, true",
    "SEND, DESTROY_SNAPSHOTS, true",
    "SEND, ROLL_BACK, false",
    "SEND, RELEASE_PROTECTION, false",
    "SEND, CONFIRM_STEP, true",
    "RECEIVE, RECEIVE, false",
    "RECEIVE, DESTROY_SNAPSHOTS, true",
    "RECEIVE, ROLL_BACK, true",
    "RECEIVE, RELEASE_PROTECTION, false",
    "RECEIVE, MARK_PLACEHOLDER, false",
    "DESTROY_SNAPSHOTS, DESTROY_SNAPSHOTS, true",
    "DESTROY_SNAPSHOTS, ROLL_BACK, false",
    "ROLL_BACK, ROLL_BACK, false",
    "CONFIRM_STEP, RELEASE_PROTECTION, false",
    "RELEASE_PROTECTION, RELEASE_PROTECTION, false",
    "MARK_PLACEHOLDER, SEND, true"
  })
  void activitiesGoTogetherOrNotWhicheverComesFirst(
      DatasetActivity one, DatasetActivity other, boolean together) throws Exception {
    assertThat(together(one, other)).isEqualTo(together);
    assertThat(together(other, one)).isEqualTo(together);
  }

  @Test
  void datasetsDoNotExcludeEachOther() throws Exception {
    try (DatasetLocks.Held _ = locks.enter(A, DatasetActivity.RECEIVE, "one");
        DatasetLocks.Held second = locks.enter(B, DatasetActivity.RECEIVE, "two")) {
      assertThat(second).isNotNull();
    }
  }

  @Test
  void errorNamesTheDatasetAndAllWhoAreInTheWay() throws Exception {
    try (DatasetLocks.Held _ = locks.enter(A, DatasetActivity.SEND, "job \"x\"");
        DatasetLocks.Held _ = locks.enter(A, DatasetActivity.RECEIVE, "job \"y\"")) {
      assertThatThrownBy(() -> locks.enter(A, DatasetActivity.RELEASE_PROTECTION, "me"))
          .isInstanceOf(OperationException.class)
          .hasMessage(
              "cannot release holds and bookmarks of tank/a now: it is in use by job \"x\" (to"
                  + " send it), job \"y\" (to receive into it)");
    }
  }

  @Test
  void refusedActivityLeavesNothingLocked() throws Exception {
    try (DatasetLocks.Held _ = locks.enter(A, DatasetActivity.MARK_PLACEHOLDER, "one")) {
      assertThatThrownBy(() -> locks.enter(A, DatasetActivity.RECEIVE, "two"))
          .isInstanceOf(OperationException.class);
      // The receive had got its first resource before it found the second one taken.
      locks.enter(A, DatasetActivity.RELEASE_PROTECTION, "three").close();
    }
  }

  @Test
  void closingTwiceFreesOnce() throws Exception {
    DatasetLocks.Held first = locks.enter(A, DatasetActivity.SEND, "same");
    DatasetLocks.Held second = locks.enter(A, DatasetActivity.SEND, "same");
    first.close();
    first.close();
    assertThatThrownBy(() -> locks.enter(A, DatasetActivity.RELEASE_PROTECTION, "me"))
        .isInstanceOf(OperationException.class);
    second.close();
    locks.enter(A, DatasetActivity.RELEASE_PROTECTION, "me").close();
  }

  @Test
  void waitEndsWhenTheOtherIsDone() throws Exception {
    DatasetLocks patient = new DatasetLocks(Optional.empty(), Duration.ofHours(1));
    DatasetLocks.Held send = patient.enter(A, DatasetActivity.SEND, "one");
    CountDownLatch done = new CountDownLatch(1);
    Thread waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                patient.enter(A, DatasetActivity.RELEASE_PROTECTION, "two").close();
                done.countDown();
              } catch (OperationException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    send.close();
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    waiting.join();
  }

  @Test
  void waitCanBeInterruptedAndLeavesNothing() throws Exception {
    DatasetLocks patient = new DatasetLocks(Optional.empty(), Duration.ofHours(1));
    try (DatasetLocks.Held _ = patient.enter(A, DatasetActivity.MARK_PLACEHOLDER, "one")) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> patient.enter(A, DatasetActivity.RECEIVE, "two"))
          .isInstanceOf(InterruptedException.class);
      patient.enter(A, DatasetActivity.RELEASE_PROTECTION, "three").close();
    }
  }

  @Test
  void otherProcessIsKeptOutAndNamedAndItsDeathFreesTheDataset() throws Exception {
    Path file = folder.resolve(LockFile.NAME);
    Process other = new OtherProcess(file).start();
    try (LockFile opened = LockFile.open(file)) {
      DatasetLocks ours = new DatasetLocks(Optional.of(opened), Duration.ZERO);
      assertThatThrownBy(() -> ours.enter(A, DatasetActivity.RELEASE_PROTECTION, "me"))
          .isInstanceOf(OperationException.class)
          .hasMessageContaining("tank/a")
          .hasMessageContaining("process " + other.pid());
      ours.enter(A, DatasetActivity.SEND, "me").close();
      ours.enter(B, DatasetActivity.RELEASE_PROTECTION, "me").close();

      DatasetLocks patient = new DatasetLocks(Optional.of(opened), Duration.ofHours(1));
      other.destroyForcibly().waitFor();
      patient.enter(A, DatasetActivity.RELEASE_PROTECTION, "me").close();
    } finally {
      other.destroyForcibly();
    }
    assertThat(file).isEmptyFile();
  }

  /** A process that sends tank/a until it is killed. */
  static final class OtherProcess {
    private final Path file;

    OtherProcess(Path file) {
      this.file = file;
    }

    Process start() throws Exception {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  OtherProcess.class.getName(),
                  file.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(process.getInputStream().read()).as("it holds the lock").isEqualTo('!');
      return process;
    }

    /** In the other process. */
    public static void main(String[] arguments) throws Exception {
      LockFile file = LockFile.open(Path.of(arguments[0]));
      DatasetLocks.Held held =
          new DatasetLocks(Optional.of(file), Duration.ZERO).enter(A, DatasetActivity.SEND, "x");
      System.out.write('!');
      System.out.flush();
      while (held != null) {
        Thread.sleep(Duration.ofHours(1));
      }
    }
  }

  @Test
  void processIsFoundInTheLinesOfTheSystem() {
    String line = "1: POSIX  ADVISORY  READ  4711 fe:01:815 100 103";
    assertThat(LockHolder.process(line, "815", 100)).contains("4711");
    assertThat(LockHolder.process(line, "815", 103)).contains("4711");
    assertThat(LockHolder.process(line, "815", 104)).isEmpty();
    assertThat(LockHolder.process(line, "815", 99)).isEmpty();
    assertThat(LockHolder.process(line, "15", 100)).isEmpty();
    assertThat(LockHolder.process("2: FLOCK  ADVISORY  WRITE 1 fe:01:815 0 EOF", "815", 1))
        .isEmpty();
    assertThat(LockHolder.process("2: -> POSIX  ADVISORY  WRITE 1 fe:01:815 0 EOF", "815", 1))
        .isEmpty();
    assertThat(LockHolder.process("2: POSIX  ADVISORY  WRITE 1 fe:01:815 0 EOF", "815", 1))
        .contains("1");
  }

  @Test
  void commandLineIsShownWithoutWhatIsForTheJvm() {
    assertThat(
            LockHolder.command(
                List.of("/usr/bin/java", "-Xmx1g", "-cp", "x.jar", "io.zrepl.cli.Main", "daemon")))
        .isEqualTo("zrepl daemon");
    assertThat(LockHolder.command(List.of("/usr/bin/other", "a\nb")))
        .isEqualTo("/usr/bin/other a?b");
  }

  @Test
  void fileThatCannotBeMadeIsAnError() {
    assertThatThrownBy(() -> LockFile.open(folder.resolve("missing").resolve("x")))
        .isInstanceOf(java.io.IOException.class);
    assertThat(Files.exists(folder.resolve("missing"))).isFalse();
  }
}

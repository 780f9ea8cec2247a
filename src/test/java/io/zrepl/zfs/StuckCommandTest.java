package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zrepl.model.FailureScope;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands that hang in the kernel, as on a suspended pool: they do not even die when killed. */
@Timeout(60)
class StuckCommandTest {
  private static final Duration SOON = Duration.ofMillis(30);
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final List<UnkillableProcess> processes = new ArrayList<>();
  private CommandObserver observer = CommandObserver.NONE;

  private ProcessCommandRunner runner(int slots, Duration slotTime) {
    return new ProcessCommandRunner(
        RunnerSettings.DEFAULT
            .withConcurrentCommands(slots)
            .withNativePipes(false)
            .withTimes(SOON, SOON),
        observer,
        InstantSource.fixed(NOW),
        builder -> {
          UnkillableProcess process = new UnkillableProcess(100 + processes.size());
          processes.add(process);
          return process;
        },
        slotTime);
  }

  @AfterEach
  void endAll() {
    processes.forEach(process -> process.ended.complete(process));
  }

  /** The last argument is the name of a dataset, unless it is an option. */
  private static Command command(Duration deadline, String... arguments) {
    List<String> all = List.of(arguments);
    String name = all.getLast();
    Set<String> pools =
        name.startsWith("-") ? Set.of() : Set.of(name.substring(0, (name + "/").indexOf('/')));
    return new Command(all, Optional.of(deadline), true, pools);
  }

  private static void assertDoesNotEnd(ProcessCommandRunner runner, String... arguments) {
    assertThatThrownBy(() -> runner.run(command(SOON, arguments)))
        .isInstanceOfSatisfying(
            ZfsException.class,
            e -> {
              assertThat(e.scope()).isEqualTo(FailureScope.POOL);
              assertThat(e.temporary()).isTrue();
            })
        .hasMessageContaining("did not end within");
  }

  private static void assertNotStarted(ProcessCommandRunner runner, String... arguments) {
    assertThatThrownBy(() -> runner.run(command(SOON, arguments)))
        .isInstanceOfSatisfying(
            ZfsException.class,
            e -> {
              assertThat(e.problem()).isEqualTo(ZfsProblem.POOL_SUSPENDED);
              assertThat(e.scope()).isEqualTo(FailureScope.POOL);
              assertThat(e.temporary()).isTrue();
            })
        .hasMessageContaining("process 100, killed at " + NOW);
  }

  @Test
  void poolOnWhichAKilledCommandHangsIsLeftAloneUntilItEnds() throws Exception {
    try (var runner = runner(10, LIMIT)) {
      assertDoesNotEnd(runner, "zfs", "list", "-r", "tank/a");
      assertThat(processes.getFirst().kills).hasPositiveValue();
      assertThat(runner.running()).isEmpty();
      assertThat(runner.stuck())
          .singleElement()
          .satisfies(stuck -> {
            assertThat(stuck.command().pid()).isEqualTo(100);
            assertThat(stuck.killedAt()).isEqualTo(NOW);
          });

      assertNotStarted(runner, "zfs", "snapshot", "tank/b@1");
      assertThatThrownBy(() -> runner.startWriting(command(SOON, "zfs", "recv", "tank/c@1")))
          .isInstanceOf(ZfsException.class);
      assertThat(processes).hasSize(1);

      processes.getFirst().ended.complete(processes.getFirst());
      await().atMost(LIMIT).until(() -> runner.stuck().isEmpty());
      assertDoesNotEnd(runner, "zfs", "snapshot", "tank/b@1");
      assertThat(processes).hasSize(2);
    }
  }

  @Test
  void otherPoolsGoOnAndSoDoListingsOfEverythingUnlessOneOfThemHangs() {
    try (var runner = runner(10, LIMIT)) {
      assertDoesNotEnd(runner, "zfs", "list", "tank/a");
      assertDoesNotEnd(runner, "zfs", "list", "back/a");
      assertDoesNotEnd(runner, "zfs", "list", "-H");
      assertThat(runner.stuck()).hasSize(3);
      processes.getFirst().ended.complete(processes.getFirst());
      processes.get(1).ended.complete(processes.get(1));
      await().atMost(LIMIT).until(() -> runner.stuck().size() == 1);
      assertThatThrownBy(() -> runner.run(command(SOON, "zpool", "list", "-H")))
          .isInstanceOf(ZfsException.class)
          .hasMessageContaining("process 102")
          .hasMessageContaining("over all pools");
      assertDoesNotEnd(runner, "zfs", "list", "third");
    }
  }

  @Test
  void streamThatDoesNotDieIsStuckAsWell() throws Exception {
    try (var runner = runner(10, LIMIT)) {
      runner.startWriting(command(SOON, "zfs", "recv", "tank/a@1")).close();
      assertThat(runner.stuck()).hasSize(1);
      assertNotStarted(runner, "zfs", "list", "tank");
    }
  }

  @Test
  void nobodyWaitsForTheErrorMessagesOfACommandThatDoesNotDie() throws Exception {
    try (var runner = runner(10, LIMIT)) {
      assertDoesNotEnd(runner, "zfs", "list", "tank/a");
      assertThat(processes.getFirst().errorsClosed.await(LIMIT.toSeconds(), TimeUnit.SECONDS))
          .isTrue();
      assertThat(runner.stuck()).hasSize(1);
    }
  }

  @Test
  void hangingCommandGivesItsSlotToOthers() throws Exception {
    try (var runner = runner(1, SOON)) {
      CompletableFuture<Object> hanging = new CompletableFuture<>();
      Thread thread =
          Thread.startVirtualThread(() -> {
            try {
              hanging.complete(runner.run(command(LIMIT, "zfs", "list", "tank")));
            } catch (ZfsException | InterruptedException e) {
              hanging.complete(e);
            }
          });
      await().atMost(LIMIT).until(() -> processes.size() == 1);
      // Waits for the slot, which the first one gives back although it goes on.
      assertDoesNotEnd(runner, "zfs", "list", "back");
      assertThat(hanging).isNotDone();
      processes.getFirst().ended.complete(processes.getFirst());
      thread.join();
      assertThat(hanging.get()).isInstanceOf(CommandResult.class);
    }
  }

  @Test
  void childThatCannotBeLookedAfterIsKilled() {
    observer =
        new CommandObserver() {
          @Override
          public void started(RunningCommand command) {
            throw new IllegalStateException("defect");
          }

          @Override
          public void finished(RunningCommand command, Duration duration, OptionalInt status) {}
        };
    try (var runner = runner(10, LIMIT)) {
      for (int i = 0; i < 2; i++) {
        Command list = command(SOON, "zfs", "list", "pool" + i);
        boolean writing = i == 1;
        assertThatThrownBy(
                () -> {
                  if (writing) {
                    runner.startWriting(list);
                  } else {
                    runner.run(list);
                  }
                })
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("defect");
        assertThat(processes.get(i).kills).hasPositiveValue();
      }
    }
  }
}

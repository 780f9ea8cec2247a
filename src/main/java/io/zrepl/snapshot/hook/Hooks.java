package io.zrepl.snapshot.hook;

import io.zrepl.model.DatasetPath;
import io.zrepl.snapshot.hook.HookStep.Edge;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** The hooks of a job. Immutable; any thread. */
public final class Hooks {
  /** How long a snapshot between hooks may take: for what they hold, others wait. */
  static final Duration LONGEST_SNAPSHOT = Duration.ofMinutes(1);

  /** By how much a hook may be late: it is killed, and its output read. */
  private static final Duration LATENESS = Duration.ofSeconds(15);

  private final List<NumberedHook> hooks;
  private final Duration longestSnapshot;
  private final HookStarter starter;
  private final InstantSource clock;
  private final HookObserver observer;
  private final Logger log;

  /** Takes the snapshot between the hooks. */
  @FunctionalInterface
  public interface Snapshotting {
    /**
     * Takes it. What becomes of it is not the hooks' business but for the report.
     *
     * @return why it was not taken, empty text if it was
     */
    String take() throws InterruptedException;
  }

  /** Makes what runs a hook around one snapshot. */
  @FunctionalInterface
  interface HookStarter {
    /** Nothing runs yet. */
    HookRun prepare(NumberedHook hook, HookSubject subject);
  }

  /**
   * The hooks of a job.
   *
   * @param settings in the order of the configuration
   * @param stallLimit how long a hook may do nothing. What goes on in a database cannot be seen
   *     from here: for those hooks it is a limit of the timeout
   * @param log gets what programs write, and failures
   */
  public Hooks(
      List<HookSettings> settings,
      Duration stallLimit,
      InstantSource clock,
      HookObserver observer,
      Logger log) {
    this(
        settings,
        (hook, subject) ->
            switch (hook.settings()) {
              case HookSettings.Command command ->
                  new CommandHook(hook, command, subject, stallLimit, log);
              case HookSettings.PostgresCheckpoint postgres ->
                  new PostgresCheckpointHook(
                      new HookSettings.PostgresCheckpoint(
                          postgres.common().atMost(stallLimit), postgres.dataSource()));
              case HookSettings.MysqlLockTables mysql ->
                  new MysqlLockTablesHook(
                      new HookSettings.MysqlLockTables(
                          mysql.common().atMost(stallLimit), mysql.dataSource()),
                      longest(settings));
            },
        clock,
        observer,
        log,
        LONGEST_SNAPSHOT);
  }

  /** How long all these hooks and the snapshot can take together. */
  private static Duration longest(List<HookSettings> settings) {
    return settings.stream()
        .map(each -> each.common().timeout().plus(LATENESS).multipliedBy(2))
        .reduce(LONGEST_SNAPSHOT.plus(LATENESS), Duration::plus);
  }

  Hooks(
      List<HookSettings> settings,
      HookStarter starter,
      InstantSource clock,
      HookObserver observer,
      Logger log,
      Duration longestSnapshot) {
    List<NumberedHook> numbered = new ArrayList<>();
    for (HookSettings each : settings) {
      numbered.add(new NumberedHook(numbered.size() + 1, each));
    }
    this.hooks = List.copyOf(numbered);
    this.starter = starter;
    this.clock = clock;
    this.observer = observer;
    this.log = log;
    this.longestSnapshot = longestSnapshot;
  }

  /** Whether a hook runs around snapshots of that filesystem. */
  public boolean concern(DatasetPath filesystem) {
    return hooks.stream()
        .anyMatch(hook -> hook.settings().common().filesystems().matches(filesystem));
  }

  /** Warns of each hook that runs for none of the filesystems of a round. */
  public void tellUnused(List<DatasetPath> filesystems) {
    for (NumberedHook hook : hooks) {
      if (filesystems.stream().noneMatch(hook.settings().common().filesystems()::matches)) {
        log.atWarn()
            .addKeyValue("hook", hook)
            .addKeyValue("hook_number", hook.number())
            .log("the hook did not match any filesystem of this round");
      }
    }
  }

  /**
   * Takes a snapshot with the hooks around it. An interrupt ends the hook or the snapshot that is
   * going on; the hooks that are due after the snapshot run all the same, each within its timeout.
   *
   * @param publish hears of each change, on the calling thread or one that it waits for
   * @return how it went; its snapshot step is as {@code snapshotting} said
   * @throws InterruptedException after everything has ended
   */
  public Bracket around(HookSubject subject, Snapshotting snapshotting, Consumer<Bracket> publish)
      throws InterruptedException {
    List<NumberedHook> own =
        hooks.stream()
            .filter(hook -> hook.settings().common().filesystems().matches(subject.filesystem()))
            .toList();
    Work work = new Work(subject, snapshotting, publish, own);
    try {
      work.beforeAndSnapshot();
    } finally {
      work.afterUninterruptibly();
      work.tellObserver();
    }
    return work.state;
  }

  /** One call of {@link #around}. */
  private final class Work {
    private final HookSubject subject;
    private final Snapshotting snapshotting;
    private final Consumer<Bracket> publish;
    private final Map<Integer, NumberedHook> byNumber = new TreeMap<>();
    private final Map<Integer, HookRun> runs = new HashMap<>();
    private Bracket state;

    Work(
        HookSubject subject,
        Snapshotting snapshotting,
        Consumer<Bracket> publish,
        List<NumberedHook> own) {
      this.subject = subject;
      this.snapshotting = snapshotting;
      this.publish = publish;
      own.forEach(hook -> byNumber.put(hook.number(), hook));
      this.state = Bracket.of(own);
    }

    void beforeAndSnapshot() throws InterruptedException {
      OptionalInt next = state.next();
      while (next.isPresent() && state.steps().get(next.getAsInt()).edge() != Edge.AFTER) {
        if (Thread.interrupted()) {
          change(state.abandoned());
          throw new InterruptedException();
        }
        perform(next.getAsInt());
        next = state.next();
      }
    }

    /**
     * On a thread of its own, which nobody interrupts: what a hook holds must be given back even if
     * the daemon is ending.
     */
    void afterUninterruptibly() {
      if (state.next().isEmpty()) {
        return;
      }
      Thread thread =
          Thread.ofVirtual().name("hooks after " + subject.filesystem()).start(this::after);
      boolean interrupted = false;
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    private void after() {
      OptionalInt next = state.next();
      while (next.isPresent()) {
        try {
          perform(next.getAsInt());
        } catch (InterruptedException e) {
          // nobody knows this thread; what was interrupted is noted as a failure
        }
        next = state.next();
      }
    }

    private void perform(int index) throws InterruptedException {
      change(state.started(index, clock.instant()));
      HookStep step = state.steps().get(index);
      try {
        String told =
            switch (step.edge()) {
              case BEFORE -> run(step).before();
              case AFTER -> run(step).after();
              case SNAPSHOT -> snapshot();
            };
        boolean failed = step.edge() == Edge.SNAPSHOT && !told.isEmpty();
        if (step.edge() != Edge.SNAPSHOT) {
          log.atDebug()
              .addKeyValue("fs", subject.filesystem())
              .addKeyValue("snap", subject.snapshotName())
              .addKeyValue("hook", step.what())
              .addKeyValue("hook_number", step.hookNumber())
              .addKeyValue("edge", step.edge().word())
              .log("the hook succeeded");
        }
        end(index, failed ? Bracket.End.FAILED : Bracket.End.DONE, told);
      } catch (HookException e) {
        if (e instanceof HookStalledException stalled) {
          observer.hookStalled(subject, stalled.quiet());
        }
        tell(step, e.text());
        end(index, failure(step), e.text());
      } catch (InterruptedException e) {
        end(index, Bracket.End.CANCELLED, "cancelled");
        throw e;
      } catch (RuntimeException | Error e) {
        log.atError().setCause(e).log("defect in the program in " + step.what());
        end(index, failure(step), "defect in the program: " + e);
      }
    }

    /** Takes it; gives the reason why not, or the empty text. */
    private String snapshot() throws InterruptedException {
      try {
        return Deadline.within(
            longestSnapshot,
            snapshotting::take,
            late -> {},
            cause -> {
              if (cause instanceof RuntimeException defect) {
                throw defect;
              }
              if (cause instanceof Error error) {
                throw error;
              }
              return new HookException(String.valueOf(cause));
            });
      } catch (HookException e) {
        return "the snapshot "
            + e.text()
            + ", longer than hooks may hold something; if it appears later, it was taken without them";
      }
    }

    private HookRun run(HookStep step) {
      return runs.computeIfAbsent(
          step.hookNumber(), number -> starter.prepare(hook(number), subject));
    }

    private NumberedHook hook(int number) {
      NumberedHook hook = byNumber.get(number);
      if (hook == null) {
        throw new IllegalStateException("no hook #" + number);
      }
      return hook;
    }

    private Bracket.End failure(HookStep step) {
      return step.edge() == Edge.BEFORE
              && hook(step.hookNumber()).settings().common().errorIsFatal()
          ? Bracket.End.FAILED_FATALLY
          : Bracket.End.FAILED;
    }

    private void tell(HookStep step, String failure) {
      boolean fatal = failure(step) == Bracket.End.FAILED_FATALLY;
      log.atError()
          .addKeyValue("fs", subject.filesystem())
          .addKeyValue("snap", subject.snapshotName())
          .addKeyValue("hook", step.what())
          .addKeyValue("hook_number", step.hookNumber())
          .addKeyValue("edge", step.edge().word())
          .addKeyValue("err", failure)
          .log(fatal ? "the hook failed; no snapshot is taken" : "the hook failed");
    }

    private void end(int index, Bracket.End end, String text) {
      change(state.ended(index, end, clock.instant(), text));
    }

    private void change(Bracket next) {
      state = next;
      publish.accept(next);
    }

    void tellObserver() {
      for (HookStep step : state.steps()) {
        if (step.edge() != Edge.SNAPSHOT) {
          observer.hookEnded(subject, hook(step.hookNumber()).settings().type(), step);
        }
      }
    }
  }
}

package io.zrepl.snapshot.hook;

import java.time.InstantSource;
import java.util.List;
import org.slf4j.helpers.NOPLogger;

/** Hooks that do what a test says. */
public final class FakeHooks {
  private FakeHooks() {}

  /** What a hook does. */
  @FunctionalInterface
  public interface Script {
    /**
     * One half of a hook.
     *
     * @param number of the hook, from 1 on
     */
    void run(int number, HookSubject subject, HookStep.Edge edge)
        throws HookException, InterruptedException;
  }

  /** Hooks with these settings, as far as those do not say what they do. */
  public static Hooks of(
      List<HookSettings> settings, InstantSource clock, HookObserver observer, Script script) {
    return new Hooks(
        settings,
        (hook, subject) ->
            new HookRun() {
              @Override
              public String before() throws HookException, InterruptedException {
                script.run(hook.number(), subject, HookStep.Edge.BEFORE);
                return "";
              }

              @Override
              public String after() throws HookException, InterruptedException {
                script.run(hook.number(), subject, HookStep.Edge.AFTER);
                return "";
              }
            },
        clock,
        observer,
        NOPLogger.NOP_LOGGER,
        Hooks.LONGEST_SNAPSHOT);
  }
}

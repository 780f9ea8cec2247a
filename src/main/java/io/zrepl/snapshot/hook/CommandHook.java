package io.zrepl.snapshot.hook;

import io.zrepl.snapshot.hook.HookStep.Edge;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Starts a program before and after the snapshot: without arguments, with an empty standard input,
 * in the environment of the daemon and what {@link #environment} adds.
 */
final class CommandHook implements HookRun {
  private final NumberedHook hook;
  private final HookSettings.Command settings;
  private final HookSubject subject;
  private final Duration stallLimit;
  private final Logger log;
  // Whether the program was not even started before the snapshot: then there is nothing to end.
  private boolean neverBegun;

  CommandHook(
      NumberedHook hook,
      HookSettings.Command settings,
      HookSubject subject,
      Duration stallLimit,
      Logger log) {
    this.stallLimit = stallLimit;
    this.hook = hook;
    this.settings = settings;
    this.subject = subject;
    this.log = log;
  }

  @Override
  public String before() throws HookException, InterruptedException {
    return run(Edge.BEFORE);
  }

  @Override
  public String after() throws HookException, InterruptedException {
    return neverBegun ? "" : run(Edge.AFTER);
  }

  private String run(Edge edge) throws HookException, InterruptedException {
    HookOutput output = new HookOutput((stream, line) -> tell(edge, stream, line));
    HookProgram program =
        new HookProgram(
            settings.program(), environment(edge), settings.common().timeout(), stallLimit, output);
    try {
      program.run();
      return "";
    } catch (HookException e) {
      String last = output.lastLines();
      // A stall is told as such; its output is in the log.
      throw last.isEmpty() || e instanceof HookStalledException
          ? e
          : new HookException(e.text() + "\n" + last, e);
    } finally {
      neverBegun = edge == Edge.BEFORE && !program.started();
      output.end();
    }
  }

  private Map<String, String> environment(Edge edge) {
    Duration timeout = settings.common().timeout();
    return Map.of(
        "ZREPL_HOOKTYPE", edge.word(),
        "ZREPL_FS", subject.filesystem().toString(),
        "ZREPL_SNAPNAME", subject.snapshotName(),
        "ZREPL_DRYRUN", "",
        "ZREPL_TIMEOUT", Long.toString(timeout.toSeconds()));
  }

  private void tell(Edge edge, HookOutput.Stream stream, String line) {
    (stream == HookOutput.Stream.STDOUT ? log.atInfo() : log.atWarn())
        .addKeyValue("fs", subject.filesystem())
        .addKeyValue("snap", subject.snapshotName())
        .addKeyValue("hook", hook)
        .addKeyValue("hook_number", hook.number())
        .addKeyValue("edge", edge.word())
        .addKeyValue(stream.word(), line)
        .log("hook output");
  }
}

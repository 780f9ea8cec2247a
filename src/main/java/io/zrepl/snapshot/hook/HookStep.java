package io.zrepl.snapshot.hook;

import java.time.Instant;
import java.util.Optional;

/**
 * One step of a {@link Bracket}. Immutable.
 *
 * @param edge when it comes
 * @param hookNumber position of the hook in the configuration from 1 on; 0 for the snapshot
 * @param what names it for people
 * @param status how far it is
 * @param startedAt empty if it never started
 * @param endedAt empty if it never started or still runs
 * @param text failure, or what it has to tell; may be empty
 */
public record HookStep(
    Edge edge,
    int hookNumber,
    String what,
    Status status,
    Optional<Instant> startedAt,
    Optional<Instant> endedAt,
    String text) {

  /** When a step comes. */
  public enum Edge {
    /** Before the snapshot. */
    BEFORE("pre_snapshot"),
    /** The snapshot itself. */
    SNAPSHOT("snapshot"),
    /** After the snapshot. */
    AFTER("post_snapshot");

    private final String word;

    Edge(String word) {
      this.word = word;
    }

    /** As programs and people are told. */
    public String word() {
      return word;
    }
  }

  /** How far a step is; the words are those of status reports. */
  public enum Status {
    /** Its turn has not come. */
    PENDING("Pending"),
    /** It runs. */
    EXECUTING("Exec"),
    /** It succeeded. */
    OK("Ok"),
    /** It failed, or was cancelled. */
    ERROR("Err"),
    /** Left out, since a hook failed without which no snapshot may be taken. */
    SKIPPED_DUE_TO_FATAL_ERROR("SkippedDueToFatalErr"),
    /** Left out, since the same hook failed before the snapshot. */
    SKIPPED_DUE_TO_PRE_ERROR("SkippedDueToPreErr");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    /** The word in status reports. */
    public String word() {
      return word;
    }
  }

  static HookStep pending(Edge edge, int hookNumber, String what) {
    return new HookStep(
        edge, hookNumber, what, Status.PENDING, Optional.empty(), Optional.empty(), "");
  }

  HookStep started(Instant now) {
    return new HookStep(
        edge, hookNumber, what, Status.EXECUTING, Optional.of(now), Optional.empty(), text);
  }

  HookStep ended(Status how, Instant now, String told) {
    return new HookStep(edge, hookNumber, what, how, startedAt, Optional.of(now), told);
  }

  HookStep skipped(Status how) {
    return new HookStep(edge, hookNumber, what, how, startedAt, endedAt, text);
  }
}

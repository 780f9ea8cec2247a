package io.zrepl.control;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The replication of one invocation.
 *
 * @param startedAt when it began
 * @param finishedAt when it ended; Go zrepl never tells
 * @param waitReconnectSince since when it waits, or last waited, for the peer
 * @param waitReconnectUntil when it gives up, or gave up, waiting for the peer
 * @param waitReconnectError why the peer could not be reached
 * @param attempts oldest first
 */
public record ReplicationStatus(
    Optional<Instant> startedAt,
    Optional<Instant> finishedAt,
    Optional<Instant> waitReconnectSince,
    Optional<Instant> waitReconnectUntil,
    Optional<ErrorStatus> waitReconnectError,
    List<Attempt> attempts) {
  /** Copies the list. */
  public ReplicationStatus {
    attempts = List.copyOf(attempts);
  }

  /** How far an attempt is. */
  public enum AttemptState implements WireName {
    /** Lists both sides. */
    PLANNING,
    /** Listing or planning failed as a whole; terminal. */
    PLANNING_ERROR,
    /** Plans and replicates the filesystems. */
    FAN_OUT_FILESYSTEMS,
    /** Some filesystems failed; terminal. */
    FILESYSTEM_ERROR,
    /** All went well; terminal. */
    DONE,
    /** Something that this version does not know; only ever read. */
    UNKNOWN;

    /** Whether the attempt has ended. */
    public boolean terminal() {
      return this == PLANNING_ERROR || this == FILESYSTEM_ERROR || this == DONE;
    }
  }

  /** How far a filesystem is. */
  public enum FilesystemState implements WireName {
    /** Compares versions. */
    PLANNING,
    /** There is no plan; terminal. */
    PLANNING_ERROR,
    /** Replicates the steps, one after the other. */
    STEPPING,
    /** A step failed; terminal. */
    STEP_ERROR,
    /** All steps are replicated; terminal. */
    DONE,
    /** Something that this version does not know; only ever read. */
    UNKNOWN
  }

  /** What a filesystem waits for. */
  public enum BlockedOn implements WireName {
    /** It does not wait. */
    NOTHING("nothing"),
    /** For its turn to be planned. */
    PLAN_QUEUE("plan-queue"),
    /** For the first replication of a filesystem above it. */
    PARENT_INITIAL_REPLICATION("parent-initial-repl"),
    /** For the turn of its next step. */
    REPLICATION_QUEUE("repl-queue"),
    /** For something that this version does not know; only ever read. */
    UNKNOWN("unknown");

    private final String wireName;

    BlockedOn(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }

  /**
   * One attempt to replicate everything.
   *
   * @param state how far it is
   * @param startedAt when it began
   * @param finishedAt when it ended
   * @param planError why there is no plan
   * @param filesystems in any order
   */
  public record Attempt(
      AttemptState state,
      Optional<Instant> startedAt,
      Optional<Instant> finishedAt,
      Optional<ErrorStatus> planError,
      List<Filesystem> filesystems) {
    /** Copies the list. */
    public Attempt {
      filesystems = List.copyOf(filesystems);
    }
  }

  /**
   * One filesystem of an attempt.
   *
   * @param name its path on the sender
   * @param state how far it is
   * @param blockedOn what it waits for
   * @param planError why there is no plan for it
   * @param stepError why its current step failed
   * @param estimateError why its last size estimate failed or was given up; the replication goes on
   * @param currentStep index of the current step; the number of steps when done
   * @param steps oldest first
   */
  public record Filesystem(
      String name,
      FilesystemState state,
      BlockedOn blockedOn,
      Optional<ErrorStatus> planError,
      Optional<ErrorStatus> stepError,
      Optional<ErrorStatus> estimateError,
      int currentStep,
      List<Step> steps) {
    /** Keeps the list as it is: there may be millions of steps, made while they are written. */
    public Filesystem {
      steps = Collections.unmodifiableList(steps);
    }

    /** The error to show: that of the plan, or that of the step. */
    public Optional<ErrorStatus> error() {
      return planError.or(() -> stepError);
    }

    /** The step that runs or comes next. */
    public Optional<Step> nextStep() {
      return currentStep >= 0 && currentStep < steps.size()
          ? Optional.of(steps.get(currentStep))
          : Optional.empty();
    }
  }

  /**
   * One step of a filesystem.
   *
   * @param from version with its {@code @} or {@code #}; empty text for a full send
   * @param to snapshot with its {@code @}
   * @param resumed whether it goes on where an earlier one was cut
   * @param bytesExpected 0 where there is no estimate
   * @param bytesReplicated so far
   */
  public record Step(
      String from, String to, boolean resumed, long bytesExpected, long bytesReplicated) {}
}

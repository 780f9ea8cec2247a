package io.zrepl.control;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One pruning of one side.
 *
 * @param state how far it is
 * @param error what failed as a whole, empty text if nothing
 * @param pending filesystems still to be pruned
 * @param completed filesystems that are pruned, skipped or failed
 * @param startedAt when it began; not told by Go zrepl
 * @param finishedAt when it ended; likewise
 */
public record PruningStatus(
    State state,
    String error,
    List<Filesystem> pending,
    List<Filesystem> completed,
    Optional<Instant> startedAt,
    Optional<Instant> finishedAt) {
  /** One whose times are not known. */
  public PruningStatus(
      State state, String error, List<Filesystem> pending, List<Filesystem> completed) {
    this(state, error, pending, completed, Optional.empty(), Optional.empty());
  }

  /** Copies the lists. */
  public PruningStatus {
    pending = List.copyOf(pending);
    completed = List.copyOf(completed);
  }

  /** How far a pruning is. */
  public enum State implements WireName {
    /** Asks both sides what they have. */
    PLAN("Plan"),
    /** There is no plan; terminal. */
    PLAN_ERROR("PlanErr"),
    /** Destroys. */
    EXECUTE("Exec"),
    /** Some filesystems failed; terminal. */
    EXECUTE_ERROR("ExecErr"),
    /** All went well; terminal. */
    DONE("Done"),
    /** Something that this version does not know; only ever read. */
    UNKNOWN("Unknown");

    private final String wireName;

    State(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }

    /** Whether it is over. */
    public boolean terminal() {
      return this == PLAN_ERROR || this == EXECUTE_ERROR || this == DONE;
    }

    /** Whether the lists of filesystems are known in this state. */
    public boolean planned() {
      return this == EXECUTE || this == EXECUTE_ERROR || this == DONE;
    }
  }

  /**
   * One filesystem.
   *
   * @param name its path on the pruned side
   * @param snapshots all that the rules were applied to; empty when skipped
   * @param destroyed those that no rule keeps; empty when skipped
   * @param skipReason why it is left alone, one of the two constants; empty text if it is not
   * @param lastError what failed, empty text if nothing
   * @param newestSnapshot of one that the sender does not have: when its newest snapshot was taken
   * @param usedBytes of such a one: what it occupies with its snapshots, without the filesystems
   *     below it
   * @param spared snapshots that stay although no rule keeps them: {@code @name: reason}. Go zrepl
   *     tells neither this nor time and size
   */
  public record Filesystem(
      String name,
      List<PrunedSnapshot> snapshots,
      List<PrunedSnapshot> destroyed,
      String skipReason,
      String lastError,
      Optional<Instant> newestSnapshot,
      OptionalLong usedBytes,
      List<String> spared) {
    /** One of which neither a snapshot's time nor the size is told. */
    public Filesystem(
        String name,
        List<PrunedSnapshot> snapshots,
        List<PrunedSnapshot> destroyed,
        String skipReason,
        String lastError) {
      this(
          name,
          snapshots,
          destroyed,
          skipReason,
          lastError,
          Optional.empty(),
          OptionalLong.empty(),
          List.of());
    }

    /** It is a placeholder. */
    public static final String SKIP_PLACEHOLDER = "filesystem is placeholder";

    /** The sender does not have it. */
    public static final String SKIP_NO_CORRESPONDENCE =
        "filesystem has no correspondence on sender";

    /** Whether the sender does not have it. */
    public boolean onlyOnReceiver() {
      return skipReason.equals(SKIP_NO_CORRESPONDENCE);
    }

    /** Keeps the lists as they are: they may be made while somebody looks at them. */
    public Filesystem {
      snapshots = Collections.unmodifiableList(snapshots);
      destroyed = Collections.unmodifiableList(destroyed);
      spared = List.copyOf(spared);
    }
  }

  /**
   * One snapshot.
   *
   * @param name without {@code @}
   * @param replicated whether the receiver is known to have it
   * @param date when it was taken
   */
  public record PrunedSnapshot(String name, boolean replicated, Optional<Instant> date) {}
}

package io.zrepl.base;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which pieces of work have stopped getting on. A state machine without threads or clock:
 * its owner tells it what begins and ends, and now and then how far each {@link ProgressMark} is.
 *
 * <table>
 * <caption>One piece of work</caption>
 * <tr><th>state</th><th>event</th><th>next state</th></tr>
 * <tr><td>–</td><td>begins</td><td>moving since then</td></tr>
 * <tr><td>moving</td><td>seen, the mark has moved</td><td>moving since then</td></tr>
 * <tr><td>moving</td><td>seen, not moved for the limit</td><td>stalled: told to the owner once, who
 *     cancels it</td></tr>
 * <tr><td>moving</td><td>cancelled for another reason</td><td>cancelled</td></tr>
 * <tr><td>stalled, cancelled</td><td>seen, still there after the grace</td><td>lost: told once; not
 *     watched any more</td></tr>
 * <tr><td>any</td><td>ends</td><td>–</td></tr>
 * </table>
 *
 * @param <K> names a piece of work; has value semantics
 */
public final class StallWatch<K> {
  /** How many times the marks are looked at within the limit. */
  private static final int LOOKS = 10;

  private final Duration limit;
  private final Duration grace;
  private final Map<K, Watched> watched = new HashMap<>();
  private @Nullable Instant nextLook;

  private static final class Watched {
    private long mark;
    private Instant movedAt;
    private @Nullable Instant cancelledAt;

    Watched(Instant now) {
      movedAt = now;
    }
  }

  /**
   * Work that has stopped.
   *
   * @param work which
   * @param quiet for how long
   * @param <K> names a piece of work
   */
  public record Stall<K>(K work, Duration quiet) {}

  /**
   * What a look found.
   *
   * @param stalled now to be cancelled
   * @param lost cancelled a while ago, and still not ended: not to be waited for
   * @param <K> names a piece of work
   */
  public record Findings<K>(List<Stall<K>> stalled, List<Stall<K>> lost) {}

  /**
   * Makes a watch over nothing.
   *
   * @param limit how long work may go without progress
   * @param grace how long cancelled work may take to end
   */
  public StallWatch(Duration limit, Duration grace) {
    if (!limit.isPositive() || !grace.isPositive()) {
      throw new IllegalArgumentException("not positive: " + limit + ", " + grace);
    }
    this.limit = limit;
    this.grace = grace;
  }

  /** Some work begins; its mark counts as just moved. */
  public void begin(K work, Instant now) {
    if (watched.putIfAbsent(work, new Watched(now)) != null) {
      throw new IllegalStateException("is being watched already: " + work);
    }
    if (nextLook == null) {
      nextLook = now.plus(interval());
    }
  }

  /**
   * Some work ended.
   *
   * @return false if it was not watched, or not any more
   */
  public boolean end(K work) {
    boolean known = watched.remove(work) != null;
    if (watched.isEmpty()) {
      nextLook = null;
    }
    return known;
  }

  /** Whether that work has begun and not ended, nor been lost. */
  public boolean isWatching(K work) {
    return watched.containsKey(work);
  }

  /** The owner cancels some work for a reason of its own; it has the grace to end. */
  public void cancelled(K work, Instant now) {
    Watched state = watched.get(work);
    if (state != null && state.cancelledAt == null) {
      state.cancelledAt = now;
    }
  }

  /** When to look next; empty if nothing is watched. */
  public Optional<Instant> nextLook() {
    return Optional.ofNullable(nextLook);
  }

  /**
   * Looks at all marks.
   *
   * @param marks how far each is; one that is missing has not moved
   */
  public Findings<K> look(Map<K, Long> marks, Instant now) {
    List<Stall<K>> stalled = new ArrayList<>();
    List<Stall<K>> lost = new ArrayList<>();
    for (Map.Entry<K, Watched> entry : watched.entrySet()) {
      Watched state = entry.getValue();
      long mark = marks.getOrDefault(entry.getKey(), state.mark);
      if (mark != state.mark) {
        state.mark = mark;
        state.movedAt = now;
      }
      Stall<K> stall = new Stall<>(entry.getKey(), Duration.between(state.movedAt, now));
      if (state.cancelledAt != null) {
        if (!now.isBefore(state.cancelledAt.plus(grace))) {
          lost.add(stall);
        }
      } else if (stall.quiet().compareTo(limit) >= 0) {
        state.cancelledAt = now;
        stalled.add(stall);
      }
    }
    lost.forEach(stall -> watched.remove(stall.work()));
    nextLook = watched.isEmpty() ? null : now.plus(interval());
    return new Findings<>(List.copyOf(stalled), List.copyOf(lost));
  }

  /** How long the mark of some work has not moved, as of the last look; zero if not watched. */
  public Duration quiet(K work, Instant now) {
    Watched state = watched.get(work);
    return state == null ? Duration.ZERO : Duration.between(state.movedAt, now);
  }

  private Duration interval() {
    Duration part = limit.dividedBy(LOOKS);
    return part.compareTo(grace) < 0 ? part : grace;
  }
}

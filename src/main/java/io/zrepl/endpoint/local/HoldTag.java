package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.JobId;
import java.util.Optional;

/**
 * The tag of a hold that a job places; part of the format on disk, so that its text never changes.
 *
 * @param kind what it protects
 * @param job whose it is
 */
public record HoldTag(Kind kind, JobId job) {

  /** What a hold protects. */
  public enum Kind {
    /** The two snapshots of a step, on the sender, until the receiver has confirmed it. */
    STEP("zrepl_STEP_J_"),
    /** The newest received snapshot, on the receiver. */
    LAST_RECEIVED("zrepl_last_received_J_");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /** The text that {@code zfs hold} takes. */
  public String text() {
    return kind.prefix + job;
  }

  /**
   * Recognises a tag.
   *
   * @return empty if it is none of zrepl's, or the job in it is no valid job name
   */
  public static Optional<HoldTag> parse(String text) {
    for (Kind kind : Kind.values()) {
      if (text.startsWith(kind.prefix)) {
        try {
          return Optional.of(new HoldTag(kind, JobId.parse(text.substring(kind.prefix.length()))));
        } catch (InvalidValueException e) {
          return Optional.empty(); // a user's own tag that only looks like ours
        }
      }
    }
    return Optional.empty();
  }
}

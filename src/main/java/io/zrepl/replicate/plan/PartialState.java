package io.zrepl.replicate.plan;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;

/** What is known of an interrupted receive of a filesystem. */
public sealed interface PartialState {

  /** There is none. */
  record None() implements PartialState {}

  /**
   * It can be continued if the sender still has the versions.
   *
   * @param token as the receiver gave it
   * @param contents what it says
   */
  record Resumable(ResumeToken token, ResumeTokenContents contents) implements PartialState {}

  /**
   * It exists, but cannot be continued.
   *
   * @param reason why, without the token
   */
  record Unusable(String reason) implements PartialState {}

  /** Decodes a receiver's token; a token that cannot be decoded is unusable. */
  static PartialState decode(ResumeToken token) {
    try {
      return new Resumable(token, ResumeTokenContents.decode(token));
    } catch (InvalidValueException e) {
      return new Unusable("the resume token cannot be decoded: " + e.getMessage());
    }
  }
}

package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;

/** How a sender learns what a resume token says. */
@FunctionalInterface
public interface ResumeTokenDecoder {
  /**
   * Decodes a token, which is untrusted.
   *
   * @throws InvalidValueException if it is damaged, or not of a known format
   */
  ResumeTokenContents decode(ResumeToken token) throws InvalidValueException;
}

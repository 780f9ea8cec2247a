package io.zrepl.endpoint.local;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;

/** How an endpoint learns what a resume token says. */
@FunctionalInterface
public interface ResumeTokenDecoder {
  /**
   * Decodes a token, which is untrusted.
   *
   * @throws InvalidValueException if it is damaged, or not of a known format
   * @throws OperationException if that could not be found out
   */
  ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException;

  /**
   * Decodes tokens of the known form without a process, and lets ZFS decode all others: a newer one
   * may write them in another form.
   */
  static ResumeTokenDecoder by(Zfs zfs) {
    return token -> {
      try {
        return ResumeTokenContents.decode(token);
      } catch (InvalidValueException e) {
        try {
          return zfs.decode(token);
        } catch (ZfsException second) {
          if (second.problem() != ZfsProblem.TOKEN_CORRUPT) {
            throw second;
          }
          e.addSuppressed(second);
          throw e;
        }
      }
    };
  }
}

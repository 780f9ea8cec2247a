package io.zrepl.zfs;

import io.zrepl.model.ResumeToken;

/** A receive failed, and ZFS kept what had arrived: it can be continued. */
public final class PartialStateSavedException extends ZfsException {
  private static final long serialVersionUID = 1L;

  private final transient ResumeToken token;

  /**
   * Creates the exception.
   *
   * @param message includes the command's own words, but not the token
   * @param token with which a send continues
   */
  public PartialStateSavedException(ZfsProblem problem, String message, ResumeToken token) {
    super(problem, message, null);
    this.token = token;
  }

  /** With which a send continues. */
  public ResumeToken token() {
    return token;
  }
}

package io.zrepl.zfs;

/** A receive would have replaced an encrypted filesystem, or one by an encrypted one. */
public final class EncryptedOverwriteException extends ZfsException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message includes the command's own words
   */
  public EncryptedOverwriteException(String message) {
    super(ZfsProblem.ENCRYPTED_OVERWRITE, message, null);
  }
}

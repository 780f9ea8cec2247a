package io.zrepl.zfs;

import io.zrepl.model.FailureScope;

/** The operating system refused a command line for its length (E2BIG); fewer names would do. */
final class CommandTooLongException extends ZfsException {
  private static final long serialVersionUID = 1L;

  CommandTooLongException(String message, Throwable cause) {
    super(FailureScope.FILESYSTEM, false, message, null, cause);
  }
}

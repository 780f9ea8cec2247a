package io.zrepl.snapshot.hook;

/** A hook failed. The message says which one and why; it never contains a password. */
public sealed class HookException extends Exception permits HookStalledException {
  private static final long serialVersionUID = 1L;

  /** With the failure in words. */
  public HookException(String message) {
    super(message);
  }

  /** With the failure in words and what it arose from. */
  public HookException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The failure in words. */
  public String text() {
    return String.valueOf(getMessage());
  }
}

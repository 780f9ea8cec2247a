package io.zrepl.transport;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** No connection could be made; the message says to whom, and why. */
public final class TransportException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean temporary;
  private final @Nullable String advice;

  /**
   * Creates the exception.
   *
   * @param temporary whether trying again may help without anybody's doing
   * @param message what failed, with whom, and why
   * @param advice what the administrator can do, or null
   * @param cause the underlying failure, or null
   */
  public TransportException(
      boolean temporary, String message, @Nullable String advice, @Nullable Throwable cause) {
    super(message, cause);
    this.temporary = temporary;
    this.advice = advice;
  }

  /** Whether trying again may help without anybody's doing. */
  public boolean temporary() {
    return temporary;
  }

  /** What the administrator can do. */
  public Optional<String> advice() {
    return Optional.ofNullable(advice);
  }
}

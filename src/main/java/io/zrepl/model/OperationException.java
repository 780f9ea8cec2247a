package io.zrepl.model;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that was asked of ZFS, of a peer or of an endpoint failed.
 *
 * <p>Carries the two properties by which a job decides what to do next: {@linkplain #scope() how
 * far it reaches} and {@linkplain #temporary() whether trying again can help}. The message is a
 * complete sentence for the administrator: what failed, on which dataset, and why. Checked on
 * purpose: a failure must be handled or passed on, never overlooked.
 */
public class OperationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final FailureScope scope;
  private final boolean temporary;
  private final @Nullable String advice;

  /**
   * Creates the exception.
   *
   * @param scope how far the failure reaches
   * @param temporary whether the same request may succeed later without anybody's doing
   * @param message what failed, on which dataset, and why
   * @param advice what the administrator can do, or null
   * @param cause the underlying failure, or null
   */
  public OperationException(
      FailureScope scope,
      boolean temporary,
      String message,
      @Nullable String advice,
      @Nullable Throwable cause) {
    super(message, cause);
    this.scope = scope;
    this.temporary = temporary;
    this.advice = advice;
  }

  /**
   * A failure of one filesystem that trying again will not cure.
   *
   * @param message what failed, on which dataset, and why
   */
  public static OperationException permanent(String message) {
    return new OperationException(FailureScope.FILESYSTEM, false, message, null, null);
  }

  /** How far the failure reaches. */
  public final FailureScope scope() {
    return scope;
  }

  /** Whether the same request may succeed later without anybody's doing. */
  public final boolean temporary() {
    return temporary;
  }

  /** What the administrator can do about it. */
  public final Optional<String> advice() {
    return Optional.ofNullable(advice);
  }

  /** Message and advice in one text, for logs and reports. */
  public final String describe() {
    return advice == null ? message() : message() + " (" + advice + ")";
  }

  /** The message; never null. */
  public final String message() {
    String message = getMessage();
    return message == null ? getClass().getSimpleName() : message;
  }
}

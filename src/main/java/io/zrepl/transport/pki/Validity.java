package io.zrepl.transport.pki;

import java.time.Duration;

/**
 * How long certificates are valid. In a class of its own, so that a command that only tells these
 * times does not load the cryptographic library, whose signature takes the JVM 0.2 s to check.
 */
public final class Validity {
  /** Of an authority's own certificate. */
  public static final Duration OF_AUTHORITY = Duration.ofDays(20 * 365);

  /** Of what it issues, if not told otherwise. */
  public static final Duration OF_ISSUED = Duration.ofDays(5 * 365);

  private Validity() {}
}

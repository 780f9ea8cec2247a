package io.zrepl.replicate.report;

import java.time.Instant;
import java.util.Optional;

/**
 * A failure as it is shown.
 *
 * @param message what failed and why
 * @param advice what the administrator can do
 * @param temporary whether trying again may help
 * @param time when it was noticed
 */
public record ReportedError(
    String message, Optional<String> advice, boolean temporary, Instant time) {

  /** Message and advice in one text. */
  public String describe() {
    return advice.map(text -> message + " (" + text + ")").orElse(message);
  }
}

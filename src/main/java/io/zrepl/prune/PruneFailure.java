package io.zrepl.prune;

import io.zrepl.model.OperationException;
import java.util.Optional;

/**
 * Why pruning, or pruning one filesystem, failed.
 *
 * @param message a sentence for the administrator
 * @param advice what can be done about it
 * @param temporary whether trying again may help
 */
public record PruneFailure(String message, Optional<String> advice, boolean temporary) {
  /** Message and advice in one text. */
  String describe() {
    return advice.map(text -> message + " (" + text + ")").orElse(message);
  }

  static PruneFailure of(OperationException failure) {
    return new PruneFailure(failure.message(), failure.advice(), failure.temporary());
  }

  static PruneFailure of(String message) {
    return new PruneFailure(message, Optional.empty(), false);
  }

  static PruneFailure of(String message, String advice) {
    return new PruneFailure(message, Optional.of(advice), false);
  }
}

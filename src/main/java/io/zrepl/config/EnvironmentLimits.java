package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.yaml.Printable;
import io.zrepl.replicate.run.RetryPolicy;
import io.zrepl.replicate.run.RunLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two limits of a replication that Go zrepl takes from environment variables, for those who
 * have set them. A daemon does not start with a value that makes no sense: whoever set it would
 * rely on it ({@link #problems}).
 */
public final class EnvironmentLimits {
  private static final String ATTEMPTS = "ZREPL_REPLICATION_MAX_ATTEMPTS";
  private static final String RECONNECT = "ZREPL_REPLICATION_RECONNECT_HARD_FAIL_TIMEOUT";

  private EnvironmentLimits() {}

  /**
   * The limits with what the environment says.
   *
   * @param warning is told what makes no sense, for which the limit stays as it was
   */
  public static RunLimits apply(
      RunLimits limits, Map<String, String> environment, Consumer<String> warning) {
    return new RunLimits(
        attempts(limits.retries(), environment.get(ATTEMPTS), warning),
        reconnect(limits.reconnect(), environment.get(RECONNECT), warning),
        limits.stall());
  }

  /**
   * Why a daemon may not start in that environment.
   *
   * @return a sentence for each value that makes no sense
   */
  public static List<String> problems(Map<String, String> environment) {
    List<String> result = new ArrayList<>();
    apply(RunLimits.DEFAULT, environment, result::add);
    return result;
  }

  private static RetryPolicy attempts(
      RetryPolicy usual, @Nullable String text, Consumer<String> warning) {
    if (text == null || text.isEmpty()) {
      return usual;
    }
    try {
      int tries = Integer.parseInt(text);
      if (tries >= 1) {
        return new RetryPolicy(tries, usual.firstDelay(), usual.maximumDelay());
      }
    } catch (NumberFormatException e) {
      // told below
    }
    warning.accept(
        "%s=%s is not a number of at least 1".formatted(ATTEMPTS, Printable.clean(text, 80)));
    return usual;
  }

  private static Duration reconnect(
      Duration usual, @Nullable String text, Consumer<String> warning) {
    if (text == null || text.isEmpty()) {
      return usual;
    }
    try {
      Duration limit = GoDuration.parse(text);
      if (limit.isPositive()) {
        return limit;
      }
      warning.accept("%s=%s is not positive".formatted(RECONNECT, text));
    } catch (InvalidValueException e) {
      warning.accept("%s=%s: %s".formatted(RECONNECT, text, e.getMessage()));
    }
    return usual;
  }
}

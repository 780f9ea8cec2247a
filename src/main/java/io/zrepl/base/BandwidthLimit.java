package io.zrepl.base;

/**
 * How fast data may pass.
 *
 * @param bytesPerSecond in the long run; at least 1
 * @param capacity how many bytes may pass at once after a pause; at least 1
 */
public record BandwidthLimit(long bytesPerSecond, long capacity) {
  /** Checks the numbers. */
  public BandwidthLimit {
    if (bytesPerSecond < 1 || capacity < 1) {
      throw new IllegalArgumentException(
          "not a bandwidth limit: %d B/s, %d B".formatted(bytesPerSecond, capacity));
    }
  }
}

package io.zrepl.cli.status;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Times as the screen shows them: short. */
final class Times {
  private static final DateTimeFormatter SHORT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private Times() {}

  /** A duration by its two greatest units: {@code 12s}, {@code 1m 15s}, {@code 2d 03h}. */
  static String length(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return "%dm %02ds".formatted(seconds / 60, seconds % 60);
    }
    if (seconds < 86_400) {
      return "%dh %02dm".formatted(seconds / 3600, seconds / 60 % 60);
    }
    return "%dd %02dh".formatted(seconds / 86_400, seconds / 3600 % 24);
  }

  /** A time and how far away it is. */
  static String at(Instant time, Instant now, ZoneId zone) {
    String distance =
        time.isAfter(now)
            ? "in " + length(Duration.between(now, time))
            : length(Duration.between(time, now)) + " ago";
    return "%s (%s)".formatted(SHORT.format(time.atZone(zone)), distance);
  }
}

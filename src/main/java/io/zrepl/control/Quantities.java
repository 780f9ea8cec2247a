package io.zrepl.control;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Locale;

/** Sizes, durations and times as the status shows them. */
public final class Quantities {
  private static final String[] SIZE_UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private Quantities() {}

  /** A number of bytes: {@code 17 B}, {@code 34.4 MiB}. */
  public static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes / 1024.0;
    int unit = 0;
    // 1023.95 would be shown as 1024.0
    while (value >= 1023.95) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, SIZE_UNITS[unit]);
  }

  /** A duration in whole seconds: {@code 0s}, {@code 1m15s}, {@code 26h0m3s}; as Go writes it. */
  static String duration(Duration duration) {
    long seconds = Math.max(0, duration.plusMillis(500).toSeconds());
    return hoursAndMinutes(seconds / 60) + seconds % 60 + "s";
  }

  /** A duration in tenths of a second: {@code 0s}, {@code 100ms}, {@code 1.5s}, {@code 1m2.3s}. */
  static String tenths(Duration duration) {
    long tenths = Math.max(0, duration.plusMillis(50).toMillis() / 100);
    if (tenths > 0 && tenths < 10) {
      return tenths * 100 + "ms";
    }
    String fraction = tenths % 10 == 0 ? "" : "." + tenths % 10;
    return hoursAndMinutes(tenths / 600) + tenths / 10 % 60 + fraction + "s";
  }

  private static String hoursAndMinutes(long minutes) {
    String hours = minutes < 60 ? "" : minutes / 60 + "h";
    return minutes == 0 ? "" : hours + minutes % 60 + "m";
  }

  /** A remaining time: {@code 8s}, {@code 1m 15s}, {@code 1d 00h 07m 09s}. */
  public static String remaining(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    long[] values = {seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60};
    String[] units = {"d", "h", "m", "s"};
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      if (!text.isEmpty()) {
        JsonText.append(text.append(' '), (int) values[i], 2).append(units[i]);
      } else if (values[i] > 0 || i == values.length - 1) {
        text.append(values[i]).append(units[i]);
      }
    }
    return text.toString();
  }

  /** A time to the second: {@code 2026-11-23 03:17:38 +0000 UTC}. */
  static String time(Instant time, ZoneId zone) {
    // Half a second more: rounded, not cut, as Go does.
    ZonedDateTime local = time.plusNanos(NANOS_PER_SECOND / 2).atZone(zone);
    int offsetMinutes = local.getOffset().getTotalSeconds() / 60;
    StringBuilder text = new StringBuilder(32);
    JsonText.append(text, local.getYear(), 4).append('-');
    JsonText.append(text, local.getMonthValue(), 2).append('-');
    JsonText.append(text, local.getDayOfMonth(), 2).append(' ');
    JsonText.append(text, local.getHour(), 2).append(':');
    JsonText.append(text, local.getMinute(), 2).append(':');
    JsonText.append(text, local.getSecond(), 2).append(offsetMinutes < 0 ? " -" : " +");
    JsonText.append(text, Math.abs(offsetMinutes) / 60, 2);
    JsonText.append(text, Math.abs(offsetMinutes) % 60, 2);
    return text.append(offsetMinutes == 0 ? " UTC" : "").toString();
  }
}

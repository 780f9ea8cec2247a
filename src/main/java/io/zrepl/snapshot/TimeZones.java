package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRulesProvider;
import java.util.Map;

/** Time zones by the names that a configuration has for them. */
final class TimeZones {
  static final String UTC = "UTC";

  /** Valid names of the time zone database that the Java runtime leaves out. */
  private static final Map<String, String> ADDITIONAL_LOCATIONS =
      Map.of("EST", "America/Panama", "MST", "America/Phoenix", "HST", "Pacific/Honolulu");

  private TimeZones() {}

  /**
   * Finds a time zone.
   *
   * @param location {@code UTC} (also if empty), {@code Local}, or a name of the database
   * @throws InvalidValueException if there is none of that name
   */
  static ZoneId parse(String location) throws InvalidValueException {
    if (location.isEmpty() || location.equals(UTC)) {
      return ZoneOffset.UTC;
    }
    if (location.equals("Local")) {
      return ZoneId.systemDefault();
    }
    // ZoneId.of alone would also take offsets such as "+01:00", which other programs do not know.
    String name = ADDITIONAL_LOCATIONS.getOrDefault(location, location);
    if (!ZoneRulesProvider.getAvailableZoneIds().contains(name)) {
      throw new InvalidValueException(
          "unknown time zone \"%s\"; allowed are UTC, Local and names of the time zone database such as Europe/Berlin"
              .formatted(location));
    }
    return ZoneId.of(name);
  }
}

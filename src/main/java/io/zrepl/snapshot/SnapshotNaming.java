package io.zrepl.snapshot;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.NameRules;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How snapshots are called: prefix and timestamp.
 *
 * <table>
 * <caption>Formats, matched without regard to case</caption>
 * <tr><th>format</th><th>layout</th><th>location</th></tr>
 * <tr><td>dense</td><td>{@code 20060102_150405_000}, with these three zeros</td><td>UTC</td></tr>
 * <tr><td>human</td><td>{@code 2006-01-02_15:04:05}</td><td>UTC</td></tr>
 * <tr><td>iso-8601</td><td>{@code 2006-01-02T15:04:05.000Z0700}</td><td>any</td></tr>
 * <tr><td>unix-seconds</td><td>seconds since 1970</td><td>UTC</td></tr>
 * <tr><td>anything else</td><td>is a layout itself, see {@link GoTimeLayout}</td><td>any</td></tr>
 * </table>
 *
 * <p>ZFS does not allow "+" in names; where a zone offset has one, the name has "_".
 */
public final class SnapshotNaming {
  /** A summer and a winter day, so that names with either zone offset are checked. */
  private static final List<Instant> TEST_DATES =
      List.of(Instant.parse("2020-06-01T00:00:00Z"), Instant.parse("2020-12-01T00:00:00Z"));

  /** The clocks of every zone that does so are set back between the first of them and this. */
  private static final Instant END_OF_TEST_DATES = Instant.parse("2021-07-01T00:00:00Z");

  private static final Duration DAY = Duration.ofDays(1);
  private static final int TESTED_INTERVALS = 200;

  private static final Set<String> UTC_FORMATS = Set.of("dense", "human", "unix-seconds");

  private final String prefix;
  // empty: seconds since 1970
  private final Optional<GoTimeLayout> layout;
  private final ZoneId zone;

  private SnapshotNaming(String prefix, Optional<GoTimeLayout> layout, ZoneId zone) {
    this.prefix = prefix;
    this.layout = layout;
    this.zone = zone;
  }

  /** That of snapshots on request, if the settings of the job have none. */
  static SnapshotNaming usual() {
    try {
      return of("zrepl_", "dense", TimeZones.UTC);
    } catch (InvalidValueException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Makes the naming and checks that it gives valid names.
   *
   * @param prefix what names begin with; not empty
   * @param format {@code dense}, {@code human}, {@code iso-8601}, {@code unix-seconds} or a layout
   * @param location name of a time zone, {@code UTC} (also if empty) or {@code Local}
   * @throws InvalidValueException if the resulting names are not valid snapshot names, or format
   *     and location do not fit
   */
  public static SnapshotNaming of(String prefix, String format, String location)
      throws InvalidValueException {
    if (prefix.isEmpty()) {
      throw new InvalidValueException("the prefix of snapshot names must not be empty");
    }
    SnapshotNaming naming =
        new SnapshotNaming(prefix, parseFormat(format, location), TimeZones.parse(location));
    for (Instant date : TEST_DATES) {
      String name = naming.nameAt(date);
      try {
        NameRules.requireComponent("snapshot name", name);
      } catch (InvalidValueException e) {
        throw new InvalidValueException(
            "prefix \"%s\" and timestamp format \"%s\" give an invalid name, for example \"%s\": %s"
                .formatted(prefix, format, name, e.getMessage()));
      }
    }
    return naming;
  }

  /** What all names begin with. */
  public String prefix() {
    return prefix;
  }

  /** Whether snapshots taken at different times can have different names at all. */
  public boolean dependsOnTime() {
    return layout.map(GoTimeLayout::dependsOnTime).orElse(true);
  }

  /** The name of a snapshot taken at that time. */
  public String nameAt(Instant time) {
    return prefix + timestamp(time).replace('+', '_');
  }

  /**
   * Whether the number of "+" in a timestamp, each of which becomes "_", is other than always none
   * or always one. Go zrepl does not expect that.
   */
  public boolean hasVaryingOffsetSigns() {
    return TEST_DATES.stream()
                .map(date -> timestamp(date).chars().filter(c -> c == '+').count())
                .distinct()
                .count()
            > 1
        || timestamp(TEST_DATES.getFirst()).chars().filter(c -> c == '+').count() > 1;
  }

  /**
   * Whether snapshots that are taken so long after one another can have the same name: since the
   * timestamp is too coarse, or has no date.
   */
  public boolean repeatsAtInterval(Duration interval) {
    Instant time = TEST_DATES.getFirst();
    if (interval.compareTo(DAY) <= 0 && nameAt(time).equals(nameAt(time.plus(DAY)))) {
      return true;
    }
    for (int i = 0; i < TESTED_INTERVALS; i++) {
      Instant next = time.plus(interval);
      if (nameAt(time).equals(nameAt(next))) {
        return true;
      }
      time = next;
    }
    return false;
  }

  /** Whether names come again when the clocks of the zone are set back at the end of summer. */
  public boolean repeatsWhenClocksGoBack() {
    ZoneOffsetTransition transition = zone.getRules().nextTransition(TEST_DATES.getFirst());
    while (transition != null && transition.getInstant().isBefore(END_OF_TEST_DATES)) {
      Instant before = transition.getInstant().minusSeconds(1);
      if (transition.isOverlap()
          && nameAt(before).equals(nameAt(before.minus(transition.getDuration())))) {
        return true;
      }
      transition = zone.getRules().nextTransition(transition.getInstant());
    }
    return false;
  }

  private String timestamp(Instant time) {
    return layout
        .map(l -> l.format(time.atZone(zone)))
        .orElseGet(() -> Long.toString(time.getEpochSecond()));
  }

  private static Optional<GoTimeLayout> parseFormat(String format, String location)
      throws InvalidValueException {
    String keyword = format.toLowerCase(Locale.ROOT);
    if (UTC_FORMATS.contains(keyword)) {
      requireUtc(format, location);
    }
    return switch (keyword) {
      case "dense" -> Optional.of(GoTimeLayout.of("20060102_150405_000"));
      case "human" -> Optional.of(GoTimeLayout.of("2006-01-02_15:04:05"));
      case "iso-8601" -> Optional.of(GoTimeLayout.of("2006-01-02T15:04:05.000Z0700"));
      case "unix-seconds" -> Optional.empty();
      default -> Optional.of(parseLayout(format));
    };
  }

  private static GoTimeLayout parseLayout(String format) throws InvalidValueException {
    if (format.contains("+")) {
      throw new InvalidValueException(
          "timestamp format \"%s\" contains \"+\", which ZFS does not allow in names"
              .formatted(format));
    }
    return GoTimeLayout.of(format);
  }

  private static void requireUtc(String format, String location) throws InvalidValueException {
    if (!location.isEmpty() && !location.equals(TimeZones.UTC)) {
      throw new InvalidValueException(
          "timestamp location \"%s\" is not possible: the %s format string requires UTC location"
              .formatted(location, format));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SnapshotNaming naming
        && naming.prefix.equals(prefix)
        && naming.layout.equals(layout)
        && naming.zone.equals(zone);
  }

  @Override
  public int hashCode() {
    return Objects.hash(prefix, layout, zone);
  }
}

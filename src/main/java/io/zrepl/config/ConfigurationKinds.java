package io.zrepl.config;

import com.google.re2j.Pattern;
import io.zrepl.base.DataSize;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PathText;
import io.zrepl.base.UnitDuration;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.MapKind;
import io.zrepl.config.schema.Scalars;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.ScalarResolution;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.model.PropertyName;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The kinds of values that several sections use. */
final class ConfigurationKinds {
  private static final String MANUAL = "manual";

  /** {@code sockaddr_un.sun_path} of unix(7), without the terminating zero. */
  private static final int LONGEST_SOCKET_PATH = 107;

  /** A shorter timeout always runs out: a small number without unit is a slip. */
  private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(1);

  private static final String GO_DURATION = "duration (Go)";
  private static final String ZERO_DURATION = "0s";

  static final Kind<JobId> JOB_NAME =
      Scalars.parsed("job name", JobId::parse)
          .withPattern("^[0-9A-Za-z.: -][0-9A-Za-z_.: -]{0,202}$")
          .withExample("tank_to_vault");

  static final Kind<ClientIdentity> CLIENT_IDENTITY =
      Scalars.parsed("client identity", ClientIdentity::parse)
          .withPattern("^[0-9A-Za-z_.: -]{1,255}$")
          .withExample("web1");

  static final Kind<String> TEXT = Scalars.string();

  static final Kind<Boolean> BOOL = Scalars.bool();

  static final Kind<Pattern> REGEX =
      Scalars.parsed("regular expression", RegexCheck::compile, Pattern::pattern)
          .withExample("\"^zrepl_\"");

  static final Kind<Optional<Pattern>> REGEX_OR_EMPTY =
      Scalars.parsed(
              "regular expression",
              text -> text.isEmpty() ? Optional.empty() : Optional.of(RegexCheck.compile(text)),
              (Optional<Pattern> regex) -> regex.map(Pattern::pattern).orElse(""))
          .withExample("\"^zrepl_\"");

  static final Kind<Duration> POSITIVE_JOB_DURATION =
      Scalars.parsed("duration", UnitDuration::parsePositive, UnitDuration::format)
          .withPattern("^\\s*\\+?[0-9]+\\s*[smhdw]\\s*$")
          .withExample("10m");

  static final Kind<Optional<Duration>> JOB_DURATION_OR_MANUAL =
      Scalars.parsed(
              "duration or manual",
              ConfigurationKinds::durationOrManual,
              (Optional<Duration> interval) -> interval.map(UnitDuration::format).orElse(MANUAL))
          .withPattern("^(manual|\\s*\\+?[0-9]+\\s*[smhdw]\\s*)$")
          .withExample("1h");

  /** Zero is no limit. */
  static final Kind<Duration> TIMEOUT =
      Scalars.resolved(GO_DURATION, ZERO_DURATION, ConfigurationKinds::timeout, GoDuration::format)
          .withExample("10s");

  static final Kind<DataSize> SIZE =
      Scalars.parsed("size", DataSize::parse, DataSize::format)
          .withPattern("^[-0-9.]*\\s*(bit|([KMGT]i?)?[bB])$")
          .withExample("40 MiB");

  static final Kind<PropertyName> PROPERTY =
      Scalars.parsed("property name", PropertyName::parse).withExample("mountpoint");

  static final Kind<Duration> POSITIVE_TIMEOUT =
      Scalars.resolved(
              GO_DURATION, ZERO_DURATION, ConfigurationKinds::positiveTimeout, GoDuration::format)
          .withExample("30s");

  static final Kind<Path> SOCKET_PATH =
      Scalars.parsed("path", ConfigurationKinds::socketPath).withExample("/run/zrepl/control");

  static final Kind<Path> PATH =
      Scalars.parsed("path", ConfigurationKinds::path).withExample("/etc/zrepl/pki/ca.crt");

  /** Empty is the empty path. */
  static final Kind<Path> PATH_OR_EMPTY =
      Scalars.parsed("path", PathText::parse).withExample("/run/zrepl/stdinserver");

  static final Kind<HostAndPort> ADDRESS =
      Scalars.resolved("address", "''", ConfigurationKinds::address, HostAndPort::toString)
          .withPattern(":[^:\\]]*$")
          .withExample("\"vault.example.net:8888\"");

  static final Kind<HostAndPort> LISTEN_ADDRESS =
      Scalars.resolved("address", "''", ConfigurationKinds::address, HostAndPort::toString)
          .withPattern(":[^:\\]]*$")
          .withExample("\":8888\"");

  static final Kind<DatasetFilter> FILESYSTEMS =
      new MapKind<>(
          "mapping of patterns to booleans",
          BOOL,
          ConfigurationKinds::checkPattern,
          ConfigurationKinds::filter,
          "{\"tank<\": true, \"tank/scratch<\": false}");

  private ConfigurationKinds() {}

  private static Optional<Duration> durationOrManual(String text) throws InvalidValueException {
    return text.equals(MANUAL) ? Optional.empty() : Optional.of(UnitDuration.parsePositive(text));
  }

  private static Duration positiveTimeout(YamlNode.Scalar scalar, Consumer<String> warnings)
      throws InvalidValueException {
    Duration duration = timeout(scalar, warnings);
    if (duration.isZero()) {
      throw new InvalidValueException("the duration must be positive");
    }
    return duration;
  }

  /** Timeouts are written in Go's way, in which a bare number is nanoseconds. */
  private static Duration timeout(YamlNode.Scalar scalar, Consumer<String> warnings)
      throws InvalidValueException {
    Optional<BigDecimal> nanos =
        Optional.of(scalar)
            .filter(YamlNode.Scalar::plain)
            .flatMap(plain -> ScalarResolution.numberOf(plain.text()))
            .filter(number -> number.signum() != 0);
    Duration duration =
        nanos.isPresent()
            ? GoDuration.parse(bareNanos(nanos.get()))
            : GoDuration.parse(isZero(scalar) ? "0" : scalar.string());
    if (duration.isNegative()) {
      throw new InvalidValueException("the duration must not be negative");
    }
    if (nanos.isPresent()) {
      warnings.accept(
          "a number without a unit is nanoseconds, here %s%s"
              .formatted(
                  GoDuration.format(duration),
                  duration.compareTo(SHORTEST_TIMEOUT) < 0
                      ? ", which is over at once; write a unit, for example 10s"
                      : ""));
    }
    return duration;
  }

  private static boolean isZero(YamlNode.Scalar scalar) {
    return scalar.plain()
        && ScalarResolution.numberOf(scalar.text()).filter(n -> n.signum() == 0).isPresent();
  }

  private static String bareNanos(BigDecimal nanos) {
    // Compared before it is converted: the exponent may be huge.
    return nanos.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? "9223372036854775808ns"
        : nanos.longValue() + "ns";
  }

  private static HostAndPort address(YamlNode.Scalar scalar, Consumer<String> warnings)
      throws InvalidValueException {
    HostAndPort address = HostAndPort.parse(scalar.string());
    if (!address.hasNumericPort()) {
      warnings.accept(
          "the port %s is not a number of 1 to 65535; it is looked up as the name of a service"
              .formatted(Printable.quote(address.port())));
    }
    return address;
  }

  private static Path socketPath(String text) throws InvalidValueException {
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_SOCKET_PATH) {
      throw new InvalidValueException(
          "the path of a socket has at most %d bytes, but this has %d"
              .formatted(LONGEST_SOCKET_PATH, length));
    }
    return path(text);
  }

  private static Path path(String text) throws InvalidValueException {
    if (text.isEmpty()) {
      throw new InvalidValueException("the path must not be empty");
    }
    return PathText.parse(text);
  }

  private static Optional<String> checkPattern(String pattern, boolean selects)
      throws InvalidValueException {
    DatasetFilter.of(Map.of(pattern, selects));
    String path = pattern.endsWith("<") ? pattern.substring(0, pattern.length() - 1) : pattern;
    if (path.isEmpty() && pattern.endsWith("<")) {
      return Optional.empty();
    }
    try {
      DatasetPath.parse(path);
      return Optional.empty();
    } catch (InvalidValueException e) {
      return Optional.of("this pattern can never match: " + e.getMessage());
    }
  }

  private static DatasetFilter filter(Map<String, Boolean> patterns) {
    try {
      return DatasetFilter.of(patterns);
    } catch (InvalidValueException e) {
      throw new IllegalStateException("each pattern alone was valid", e);
    }
  }
}

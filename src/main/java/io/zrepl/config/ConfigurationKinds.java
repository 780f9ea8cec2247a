package io.zrepl.config;

import com.google.re2j.Pattern;
import io.zrepl.base.DataSize;
import io.zrepl.base.InvalidValueException;
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
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The kinds of values that several sections use. */
final class ConfigurationKinds {
  /** {@code sockaddr_un.sun_path} of unix(7), without the terminating zero. */
  private static final int LONGEST_SOCKET_PATH = 107;

  /** One millisecond: a smaller number without unit is a slip, not nanoseconds. */
  private static final BigDecimal LEAST_BARE_NANOS = BigDecimal.valueOf(1_000_000);

  static final Kind<JobId> JOB_NAME = Scalars.parsed("job name", JobId::parse);

  static final Kind<ClientIdentity> CLIENT_IDENTITY =
      Scalars.parsed("client identity", ClientIdentity::parse);

  static final Kind<DatasetPath> DATASET_PATH = Scalars.parsed("dataset path", DatasetPath::parse);

  static final Kind<String> TEXT = Scalars.string();

  static final Kind<Boolean> BOOL = Scalars.bool();

  static final Kind<Pattern> REGEX =
      Scalars.parsed("regular expression", RegexCheck::compile, Pattern::pattern);

  static final Kind<Optional<Pattern>> REGEX_OR_EMPTY =
      Scalars.parsed(
          "regular expression",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(RegexCheck.compile(text)),
          regex -> regex.map(Pattern::pattern).orElse(""));

  static final Kind<Duration> POSITIVE_JOB_DURATION =
      Scalars.parsed("duration", UnitDuration::parsePositive, UnitDuration::format);

  static final Kind<Duration> TIMEOUT =
      Scalars.resolved("duration (Go)", "0s", ConfigurationKinds::timeout, GoDuration::format);

  static final Kind<DataSize> SIZE = Scalars.parsed("size", DataSize::parse, DataSize::format);

  static final Kind<PropertyName> PROPERTY = Scalars.parsed("property name", PropertyName::parse);

  static final Kind<Path> SOCKET_PATH = Scalars.parsed("path", ConfigurationKinds::socketPath);

  static final Kind<DatasetFilter> FILESYSTEMS =
      new MapKind<>(
          "mapping of patterns to booleans",
          BOOL,
          ConfigurationKinds::checkPattern,
          ConfigurationKinds::filter);

  private ConfigurationKinds() {}

  /**
   * Timeouts are written in Go's way. A bare number is nanoseconds there; one that is surely not
   * meant so is rejected.
   */
  private static Duration timeout(YamlNode.Scalar scalar, Consumer<String> warnings)
      throws InvalidValueException {
    Optional<BigDecimal> nanos =
        Optional.of(scalar)
            .filter(YamlNode.Scalar::plain)
            .flatMap(plain -> ScalarResolution.numberOf(plain.text()))
            .filter(number -> number.signum() != 0);
    if (nanos.isPresent() && nanos.get().abs().compareTo(LEAST_BARE_NANOS) < 0) {
      throw new InvalidValueException(
          "%s without a unit would be nanoseconds; write a unit, for example 10s"
              .formatted(Printable.quote(scalar.text())));
    }
    Duration duration =
        nanos.isPresent()
            ? GoDuration.parse(bareNanos(nanos.get()))
            : GoDuration.parse(isZero(scalar) ? "0" : scalar.text());
    if (duration.isNegative()) {
      throw new InvalidValueException("the duration must not be negative; 0s means no limit");
    }
    if (nanos.isPresent()) {
      warnings.accept(
          "a number without a unit is nanoseconds, here %s".formatted(GoDuration.format(duration)));
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

  private static Path socketPath(String text) throws InvalidValueException {
    if (text.isEmpty()) {
      throw new InvalidValueException("the path of a socket must not be empty");
    }
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_SOCKET_PATH) {
      throw new InvalidValueException(
          "the path of a socket has at most %d bytes, but this has %d"
              .formatted(LONGEST_SOCKET_PATH, length));
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new InvalidValueException("this is not a path: " + e.getReason());
    }
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

package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.local.abstraction.AbstractionQuery;
import io.zrepl.endpoint.local.abstraction.AbstractionQuery.Filesystems;
import io.zrepl.endpoint.local.abstraction.AbstractionType;
import io.zrepl.endpoint.local.abstraction.CreateTxgRange;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The options with which the commands of {@code zfs-abstraction} choose what they work on. */
final class AbstractionOptions {
  /** The Go program's switch for ranges with the bound 0. */
  static final String ALLOW_ZERO =
      "ZREPL_ENDPOINT_LIST_ABSTRACTIONS_QUERY_CREATETXG_RANGE_BOUND_ALLOW_0";

  private AbstractionOptions() {}

  /** Adds the options to a command. */
  static CommandSpec addTo(CommandSpec spec) {
    String types =
        Arrays.stream(AbstractionType.values())
            .map(AbstractionType::text)
            .collect(Collectors.joining(", "));
    return spec.addOption(
            Model.text(
                    "FILESYSTEMS",
                    "One dataset, or patterns as in a filesystems filter, each with ok or !, for"
                        + " example \"tank<:ok,tank/tmp<:!\". Without it: all.",
                    "--fs")
                .build())
        .addOption(
            Model.text(
                    "JOB",
                    "Only what belongs to this job. Objects without job always match.",
                    "--job")
                .build())
        .addOption(
            Model.text(
                    "TYPES",
                    "Only these types, with commas between: %s.".formatted(types),
                    "--type")
                .build())
        .addOption(
            Model.text(
                    "RANGE",
                    "Only what has a createtxg in this range, for example [2,5) or (2,~.",
                    "--createtxg")
                .build())
        .addOption(
            Model.text(
                    "COUNT",
                    "How many zfs commands may run at once (default: 1).",
                    "-p",
                    "--concurrency")
                .build());
  }

  /** What the user asked for. */
  static AbstractionQuery query(Arguments arguments, Map<String, String> variables)
      throws CommandException {
    String job = arguments.text("--job", "");
    String types = arguments.text("--type", "");
    String range = arguments.text("--createtxg", "");
    return new AbstractionQuery(
        parse("--fs", arguments.text("--fs", ""), AbstractionOptions::filesystems),
        types.isEmpty()
            ? EnumSet.allOf(AbstractionType.class)
            : parse("--type", types, AbstractionOptions::types),
        job.isEmpty() ? Optional.empty() : Optional.of(parse("--job", job, JobId::parse)),
        range.isEmpty()
            ? CreateTxgRange.ALL
            : parse(
                "--createtxg",
                range,
                text -> CreateTxgRange.parse(text, isTrue(variables.get(ALLOW_ZERO)))));
  }

  /** How many commands may run at once. */
  static int concurrency(Arguments arguments) throws CommandException {
    String text = arguments.text("--concurrency", "1");
    return parse(
        "--concurrency",
        text,
        number -> {
          try {
            int count = Integer.parseInt(number);
            if (count >= 1) {
              return count;
            }
          } catch (NumberFormatException e) {
            // said below
          }
          throw new InvalidValueException(
              "\"%s\" is not a number from 1 upwards".formatted(number));
        });
  }

  private interface Parser<T> {
    T parse(String text) throws InvalidValueException;
  }

  private static <T> T parse(String option, String text, Parser<T> parser) throws CommandException {
    try {
      return parser.parse(text);
    } catch (InvalidValueException e) {
      throw new CommandException("invalid %s: %s".formatted(option, e.getMessage()), e);
    }
  }

  private static boolean isTrue(@Nullable String value) {
    return value != null && Set.of("1", "t", "true").contains(value.toLowerCase(Locale.ROOT));
  }

  static Filesystems filesystems(String text) throws InvalidValueException {
    if (text.isEmpty()) {
      return new Filesystems.All();
    }
    if (text.indexOf(':') < 0 && text.indexOf(',') < 0) {
      return new Filesystems.Named(Set.of(DatasetPath.parse(text)));
    }
    Map<String, Boolean> patterns = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      int colon = part.lastIndexOf(':');
      String result = part.substring(colon + 1);
      boolean selects = result.equalsIgnoreCase("ok");
      if (colon < 0 || (!selects && !result.equals("!"))) {
        throw new InvalidValueException("\"%s\" is not PATTERN:ok or PATTERN:!".formatted(part));
      }
      if (patterns.put(part.substring(0, colon), selects) != null) {
        throw new InvalidValueException(
            "pattern \"%s\" is there twice".formatted(part.substring(0, colon)));
      }
    }
    return new Filesystems.Matching(DatasetFilter.of(patterns));
  }

  private static Set<AbstractionType> types(String text) throws InvalidValueException {
    Set<AbstractionType> types = EnumSet.noneOf(AbstractionType.class);
    for (String part : text.split(",", -1)) {
      types.add(AbstractionType.parse(part.trim()));
    }
    return types;
  }
}

package io.zrepl.zfs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A command line of {@code zfs} or {@code zpool}.
 *
 * @param arguments the program's bare name and its arguments; never goes through a shell
 * @param deadline after which a short command is killed; empty for send and receive, which take as
 *     long as they take
 * @param parsed whether somebody reads the output of a short command, so that it must be complete
 * @param pools those of the datasets that it works on; empty if it may touch all
 */
public record Command(
    List<String> arguments, Optional<Duration> deadline, boolean parsed, Set<String> pools) {
  /** How long a command that only reads may take; a hung pool answers never. */
  static final Duration QUERY_DEADLINE = Duration.ofMinutes(15);

  /** How long a command that changes something may take: a rollback can free terabytes. */
  static final Duration CHANGE_DEADLINE = Duration.ofHours(1);

  private static final int LONGEST_TEXT = 300;

  /** Copies the collections. */
  public Command {
    arguments = List.copyOf(arguments);
    pools = Set.copyOf(pools);
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException("a command needs at least the name of its program");
    }
  }

  /** A command whose output is parsed, and that names no dataset. */
  public Command(List<String> arguments, Optional<Duration> deadline) {
    this(arguments, deadline, true, Set.of());
  }

  /** A command that only reads. */
  static Builder query(String... arguments) {
    return new Builder(Optional.of(QUERY_DEADLINE), true, arguments);
  }

  /** A command that changes something; its status and its errors say what came of it. */
  static Builder change(String... arguments) {
    return new Builder(Optional.of(CHANGE_DEADLINE), false, arguments);
  }

  /** A command that transports a stream. */
  static Builder stream(String... arguments) {
    return new Builder(Optional.empty(), false, arguments);
  }

  /** The arguments with resume tokens replaced: whoever sees a token can ask for data. */
  public List<String> maskedArguments() {
    List<String> masked = new ArrayList<>();
    for (String argument : arguments) {
      boolean isToken =
          arguments.contains("send") && !masked.isEmpty() && masked.getLast().equals("-t");
      masked.add(isToken ? MessageText.HIDDEN_TOKEN : MessageText.maskTokens(argument));
    }
    return masked;
  }

  /** The masked command line, shortened, for messages. */
  @Override
  public String toString() {
    return MessageText.shorten(String.join(" ", maskedArguments()), LONGEST_TEXT);
  }

  /** Collects arguments. */
  static final class Builder {
    private final Optional<Duration> deadline;
    private final boolean parsed;
    private final List<String> arguments = new ArrayList<>();
    private final Set<String> pools = new TreeSet<>();

    private Builder(Optional<Duration> deadline, boolean parsed, String... arguments) {
      this.deadline = deadline;
      this.parsed = parsed;
      this.arguments.addAll(List.of(arguments));
    }

    /** Adds options that the program itself wrote. */
    Builder add(String... more) {
      arguments.addAll(List.of(more));
      return this;
    }

    /**
     * Adds the name of a dataset, snapshot or bookmark, with anything appended to it.
     *
     * @throws ZfsException if {@code zfs} would take it for an option. Pool names start with a
     *     letter (see {@code zpool-create(8)}), so that no such dataset can exist.
     */
    Builder addName(Object name) throws ZfsException {
      String text = name.toString();
      if (text.startsWith("-")) {
        throw new ZfsException(
            ZfsProblem.DATASET_MISSING,
            "\"%s\" cannot be the name of a dataset: it starts with \"-\"".formatted(text),
            null);
      }
      arguments.add(text);
      return worksOn(text);
    }

    /** Says that the command works on a dataset that its arguments do not name. */
    Builder worksOn(Object name) {
      pools.add(name.toString().split("[/@#]", 2)[0]);
      return this;
    }

    /** Adds several names; see {@link #addName}. */
    Builder addNames(Iterable<?> names) throws ZfsException {
      for (Object name : names) {
        addName(name);
      }
      return this;
    }

    Command build() {
      return new Command(arguments, deadline, parsed, pools);
    }
  }
}

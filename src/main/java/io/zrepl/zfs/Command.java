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
 */
public record Command(List<String> arguments, Optional<Duration> deadline, boolean parsed) {
  /** How long a command that only reads may take; a hung pool answers never. */
  static final Duration QUERY_DEADLINE = Duration.ofMinutes(15);

  /** How long a command that changes something may take: a rollback can free terabytes. */
  static final Duration CHANGE_DEADLINE = Duration.ofHours(1);

  private static final int LONGEST_TEXT = 300;

  /** Copies the list. */
  public Command {
    arguments = List.copyOf(arguments);
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException("a command needs at least the name of its program");
    }
  }

  /** A command whose output is parsed. */
  public Command(List<String> arguments, Optional<Duration> deadline) {
    this(arguments, deadline, true);
  }

  /** Options of {@code zfs} and {@code zpool} that take a value that is no dataset. */
  private static final Set<String> WITH_VALUE = Set.of("-o", "-x", "-t", "-d");

  /** What has a tag, a property or a list of them before the names. */
  private static final Set<String> NO_NAME_FIRST = Set.of("hold", "release", "get", "set");

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

  /**
   * The pools that a command line names; empty if it names none and so may touch all.
   *
   * @param arguments of {@code zfs}, the program first
   */
  static Set<String> pools(List<String> arguments) {
    Set<String> pools = new TreeSet<>();
    if (arguments.size() < 2) {
      return pools;
    }
    boolean value = false;
    boolean nameComesLater = NO_NAME_FIRST.contains(arguments.get(1));
    for (String argument : arguments.subList(2, arguments.size())) {
      if (value) {
        value = false;
      } else if (argument.startsWith("-")) {
        value = WITH_VALUE.contains(argument);
      } else if (nameComesLater) {
        nameComesLater = false;
      } else {
        pools.add(argument.split("[/@#]", 2)[0]);
      }
    }
    return pools;
  }

  /** Whether it sends by a resume token, which hides the pool. */
  static boolean sendsByToken(List<String> arguments) {
    return arguments.size() > 2 && arguments.get(1).equals("send") && arguments.contains("-t");
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
      return new Command(arguments, deadline, parsed);
    }
  }
}

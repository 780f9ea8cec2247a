package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.ResumeToken;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Parses {@code zfs get -Hp -o name,property,value,source} of the properties that make a {@link
 * Dataset}.
 *
 * <p>The value of a user property may hold tabs and line ends, and everybody to whom ZFS delegates
 * it chooses it. So a line is read from both its ends, only three lines in the order of {@link
 * #PROPERTIES} make a dataset, and one that occurs twice is left out: a forged line must not turn
 * another dataset into a placeholder.
 */
final class DatasetParser {
  private static final List<String> ORDER =
      List.of(Placeholder.PROPERTY, "receive_resume_token", "encryption");

  /** The properties, as the command takes them. */
  static final String PROPERTIES = String.join(",", ORDER);

  /**
   * What was found.
   *
   * @param datasets in the order of the output
   * @param skipped names of what was left out, and why
   */
  record Result(List<Dataset> datasets, Map<String, String> skipped) {}

  private record Line(String name, String property, String value, String source) {}

  private final Map<String, List<Line>> complete = new LinkedHashMap<>();
  private final Set<String> incomplete = new TreeSet<>();
  private final Set<String> twice = new HashSet<>();

  private DatasetParser() {}

  static Result parse(String output) {
    DatasetParser parser = new DatasetParser();
    List<Line> lines = new ArrayList<>();
    // Not lines(): a carriage return is no line end here.
    for (String text : output.split("\n", -1)) {
      parseLine(text).ifPresentOrElse(lines::add, () -> parser.noteBroken(text));
    }
    parser.group(lines);
    return parser.result();
  }

  private static Optional<Line> parseLine(String text) {
    int nameEnd = text.indexOf('\t');
    int propertyEnd = text.indexOf('\t', nameEnd + 1);
    int sourceStart = text.lastIndexOf('\t');
    return nameEnd < 0 || propertyEnd < 0 || sourceStart == propertyEnd
        ? Optional.empty()
        : Optional.of(
            new Line(
                text.substring(0, nameEnd),
                text.substring(nameEnd + 1, propertyEnd),
                text.substring(propertyEnd + 1, sourceStart),
                text.substring(sourceStart + 1)));
  }

  /** The beginning of a value that has a line end. */
  private void noteBroken(String text) {
    int nameEnd = text.indexOf('\t' + Placeholder.PROPERTY + '\t');
    if (nameEnd > 0) {
      incomplete.add(text.substring(0, nameEnd));
    }
  }

  private void group(List<Line> lines) {
    int position = 0;
    while (position < lines.size()) {
      List<Line> group = lines.subList(position, Math.min(position + ORDER.size(), lines.size()));
      String name = group.getFirst().name();
      if (isComplete(group)) {
        if (complete.put(name, group) != null) {
          twice.add(name);
        }
        position += ORDER.size();
      } else {
        incomplete.add(name);
        position++;
      }
    }
  }

  private static boolean isComplete(List<Line> group) {
    String name = group.getFirst().name();
    return group.stream().map(Line::property).toList().equals(ORDER)
        && group.stream().allMatch(line -> line.name().equals(name));
  }

  private Result result() {
    List<Dataset> datasets = new ArrayList<>();
    Map<String, String> skipped = new TreeMap<>();
    complete.forEach((name, lines) -> {
      try {
        datasets.add(dataset(name, lines));
      } catch (InvalidValueException e) {
        skipped.put(name, String.valueOf(e.getMessage()));
      }
    });
    incomplete.removeAll(complete.keySet());
    for (String name : incomplete) {
      skipped.put(
          name,
          "\"%s\": its properties could not be read; does %s hold a line end?"
              .formatted(MessageText.ofErrors(name), Placeholder.PROPERTY));
    }
    return new Result(datasets, skipped);
  }

  private Dataset dataset(String name, List<Line> lines) throws InvalidValueException {
    DatasetPath path = DatasetPath.parse(name);
    if (twice.contains(name)) {
      throw new InvalidValueException(
          "\"%s\": zfs get printed it twice; does %s of some dataset hold a line end?"
              .formatted(name, Placeholder.PROPERTY));
    }
    Line placeholder = lines.get(0);
    String token = lines.get(1).value();
    String encryption = lines.get(2).value();
    if (encryption.isEmpty() || encryption.equals("-")) {
      throw new InvalidValueException("\"%s\": not known whether it is encrypted".formatted(name));
    }
    return new Dataset(
        path,
        placeholder.source().equals("local")
            ? Placeholder.ofLocalValue(path, placeholder.value())
            : Placeholder.NONE,
        token.isEmpty() || token.equals("-")
            ? Optional.empty()
            : Optional.of(new ResumeToken(token)),
        !encryption.equals("off"));
  }
}

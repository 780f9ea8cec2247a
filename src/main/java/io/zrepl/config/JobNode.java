package io.zrepl.config;

import io.zrepl.config.schema.Reading;
import io.zrepl.config.schema.Union;
import io.zrepl.config.yaml.Position;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.job.JobSettings;
import java.util.Optional;

/**
 * A job where it is written.
 *
 * @param file in which file
 * @param index from 0, among the jobs of that file
 * @param node what is written
 * @param settings what it means; empty if the file is not valid
 */
record JobNode(SourceFile file, int index, YamlNode node, Optional<JobSettings> settings) {

  /** How messages call it from the place of another job: with its file if that is another. */
  String seenFrom(JobNode other) {
    String path = Reading.child("jobs", index);
    return file == other.file ? path : path + " of " + file.name();
  }

  /** Whether it has that type. */
  boolean hasType(String type) {
    return word(Union.TYPE).filter(word -> word.text().equals(type)).isPresent();
  }

  /** The value at a path of keys, for example {@code connect.type} or {@code a.list[0].b}. */
  Optional<YamlNode> at(String keys) {
    return find(node, keys);
  }

  /** The same below any node. */
  static Optional<YamlNode> find(YamlNode from, String keys) {
    Optional<YamlNode> found = Optional.of(from);
    for (String key : keys.split("\\.|(?=\\[)", -1)) {
      found = found.flatMap(at -> child(at, key));
    }
    return found;
  }

  private static Optional<YamlNode> child(YamlNode node, String key) {
    return switch (node) {
      case YamlNode.Mapping mapping -> mapping.get(key);
      case YamlNode.Sequence list when key.startsWith("[") -> {
        int index = Integer.parseInt(key.substring(1, key.length() - 1));
        yield index < list.elements().size()
            ? Optional.of(list.elements().get(index))
            : Optional.empty();
      }
      default -> Optional.empty();
    };
  }

  /** The value at a path of keys, if it is a text that is not empty. */
  Optional<YamlNode.Scalar> word(String keys) {
    return at(keys)
        .flatMap(found ->
            found instanceof YamlNode.Scalar scalar && !scalar.string().isEmpty()
                ? Optional.of(scalar)
                : Optional.empty());
  }

  /** The job is not valid. */
  void error(String keys, String message) {
    file.problems().error(position(keys), path(keys), message);
  }

  /** The job is probably not what was meant. */
  void warn(String keys, String message) {
    file.problems().warning(position(keys), path(keys), message);
  }

  /** Go zrepl would not do the same. */
  void notPortable(String keys, String message) {
    file.problems().notPortable(position(keys), path(keys), message);
  }

  String path(String keys) {
    return Reading.child("jobs", index) + "." + keys;
  }

  /** Of the longest part of the path that is there. */
  Position position(String keys) {
    String rest = keys;
    while (!rest.isEmpty()) {
      Optional<YamlNode> found = at(rest);
      if (found.isPresent()) {
        return found.get().position();
      }
      rest = rest.substring(0, Math.max(0, Math.max(rest.lastIndexOf('.'), rest.lastIndexOf('['))));
    }
    return node.position();
  }
}

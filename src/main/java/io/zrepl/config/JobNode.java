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

  /** The value at a path of keys, for example {@code connect.type}. */
  Optional<YamlNode> at(String keys) {
    Optional<YamlNode> found = Optional.of(node);
    for (String key : keys.split("\\.", -1)) {
      found =
          found.flatMap(
              at -> at instanceof YamlNode.Mapping mapping ? mapping.get(key) : Optional.empty());
    }
    return found;
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

  private String path(String keys) {
    return Reading.child("jobs", index) + "." + keys;
  }

  /** Of the longest part of the path that is there. */
  private Position position(String keys) {
    String rest = keys;
    while (!rest.isEmpty()) {
      Optional<YamlNode> found = at(rest);
      if (found.isPresent()) {
        return found.get().position();
      }
      rest = rest.contains(".") ? rest.substring(0, rest.lastIndexOf('.')) : "";
    }
    return node.position();
  }
}

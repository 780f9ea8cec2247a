package io.zrepl.config;

import io.zrepl.config.schema.Bound;
import io.zrepl.config.schema.Reading;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.SourceText;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.config.yaml.YamlReader;
import io.zrepl.job.JobSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One file as it was read, with what is wrong with it. Confined to one thread. */
final class SourceFile {
  private final String name;
  private final Problems problems;
  // empty if the text is no YAML; a mapping also for an empty document
  private final Optional<YamlNode> root;
  private final Optional<Bound<RootSection.Content>> content;
  private final boolean complete;

  private SourceFile(String name, String text) {
    this.name = name;
    SourceText source = new SourceText(name, text, ConfigurationSchema.secrets());
    this.problems = new Problems(source);
    this.root = YamlReader.read(source, problems).map(SourceFile::asMapping);
    Reading reading = new Reading(problems);
    this.content = root.flatMap(node -> ConfigurationSchema.ROOT.read(node, "", reading));
    this.complete = !reading.isExhausted();
  }

  /**
   * Reads a text. What is wrong is in its {@link #problems}.
   *
   * @param name how messages call it
   */
  static SourceFile parse(String name, String text) {
    return new SourceFile(name, text);
  }

  private static YamlNode asMapping(YamlNode node) {
    return node.isNull() ? new YamlNode.Mapping(List.of(), node.position()) : node;
  }

  /** How messages call it. */
  String name() {
    return name;
  }

  /** What is wrong or doubtful. */
  Problems problems() {
    return problems;
  }

  /** What it says; empty if that is not valid. */
  Optional<Bound<RootSection.Content>> content() {
    return content;
  }

  /** The value of a top-level key. */
  Optional<YamlNode> get(String key) {
    return root.flatMap(
        node -> node instanceof YamlNode.Mapping mapping ? mapping.get(key) : Optional.empty());
  }

  /** Whether all of the file was looked at; otherwise it is far too large. */
  boolean isComplete() {
    return complete;
  }

  /** The jobs, also of a file with problems; their settings only if all are valid. */
  List<JobNode> jobs() {
    if (!complete || !(get("jobs").orElse(null) instanceof YamlNode.Sequence sequence)) {
      return List.of();
    }
    Optional<List<JobSettings>> settings =
        problems.hasErrors() ? Optional.empty() : content.map(bound -> bound.value().jobs());
    List<JobNode> result = new ArrayList<>();
    for (int i = 0; i < sequence.elements().size(); i++) {
      int index = i;
      result.add(
          new JobNode(
              this, index, sequence.elements().get(index), settings.map(all -> all.get(index))));
    }
    return result;
  }
}

package io.zrepl.config;

import io.zrepl.config.schema.Reading;
import io.zrepl.config.schema.Union;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.YamlNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rules between jobs. They look at the nodes, not at the settings, so that they hold as well for
 * jobs that have another problem.
 */
final class CrossChecks {
  private final List<YamlNode> jobs;
  private final Problems problems;

  private CrossChecks(List<YamlNode> jobs, Problems problems) {
    this.jobs = jobs;
    this.problems = problems;
  }

  static void check(YamlNode root, Problems problems) {
    if (root instanceof YamlNode.Mapping mapping
        && mapping.get("jobs").orElse(mapping) instanceof YamlNode.Sequence jobs) {
      CrossChecks checks = new CrossChecks(jobs.elements(), problems);
      checks.uniqueNames();
      checks.listeners();
    }
  }

  private void uniqueNames() {
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < jobs.size() && !problems.isFull(); i++) {
      Optional<YamlNode.Scalar> name = scalar(jobs.get(i), "name");
      if (name.isEmpty()) {
        continue;
      }
      Integer earlier = seen.putIfAbsent(name.get().text(), i);
      if (earlier != null) {
        problems.error(
            name.get().position(),
            Reading.child(Reading.child("jobs", i), "name"),
            "%s is also the name of jobs[%d]; names must be unique"
                .formatted(Printable.quote(name.get().text()), earlier));
      }
    }
  }

  private void listeners() {
    Map<String, Integer> served = new HashMap<>();
    for (int i = 0; i < jobs.size(); i++) {
      Optional<YamlNode.Scalar> listener = listener(jobs.get(i), "sink", "serve");
      if (listener.isEmpty()) {
        continue;
      }
      Integer earlier = served.putIfAbsent(listener.get().text(), i);
      if (earlier != null) {
        problems.warning(
            listener.get().position(),
            "jobs[%d].serve.listener_name".formatted(i),
            "jobs[%d] serves %s too; a client gets one of the two, and not always the same"
                .formatted(earlier, Printable.quote(listener.get().text())));
      }
    }
    for (int i = 0; i < jobs.size(); i++) {
      Optional<YamlNode.Scalar> listener = listener(jobs.get(i), "push", "connect");
      if (listener.isPresent() && !served.containsKey(listener.get().text())) {
        problems.warning(
            listener.get().position(),
            "jobs[%d].connect.listener_name".formatted(i),
            served.isEmpty()
                ? "no sink of this file serves a local listener"
                : "no sink of this file serves %s; there is %s"
                    .formatted(
                        Printable.quote(listener.get().text()),
                        String.join(", ", served.keySet().stream().sorted().limit(10).toList())));
      }
    }
  }

  /** The {@code listener_name} of a job of that type that has a local transport. */
  private static Optional<YamlNode.Scalar> listener(
      YamlNode job, String jobType, String transport) {
    return scalar(job, Union.TYPE)
        .filter(type -> type.text().equals(jobType))
        .flatMap(_ -> ((YamlNode.Mapping) job).get(transport))
        .filter(node ->
            scalar(node, Union.TYPE).filter(type -> type.text().equals("local")).isPresent())
        .flatMap(node -> scalar(node, "listener_name"));
  }

  /** The value of a key, if it is a text that is not empty. */
  private static Optional<YamlNode.Scalar> scalar(YamlNode node, String key) {
    return node instanceof YamlNode.Mapping mapping
            && mapping.get(key).orElse(mapping) instanceof YamlNode.Scalar scalar
            && !scalar.string().isEmpty()
        ? Optional.of(scalar)
        : Optional.empty();
  }
}

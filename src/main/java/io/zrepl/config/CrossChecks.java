package io.zrepl.config;

import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.YamlNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Rules between jobs. They look at the nodes, not at the settings, so that they hold as well for
 * jobs that have another problem.
 */
final class CrossChecks {
  private static final String NAME = "name";

  private final List<JobNode> jobs;

  private CrossChecks(List<JobNode> jobs) {
    this.jobs = jobs;
  }

  static void check(List<SourceFile> files) {
    CrossChecks checks = new CrossChecks(files.stream().flatMap(f -> f.jobs().stream()).toList());
    checks.uniqueNames();
    checks.socketDirectory(files.getFirst());
    checks.addresses();
    checks.listeners("push", "sink");
    checks.listeners("pull", "source");
  }

  private void uniqueNames() {
    Map<String, JobNode> seen = new HashMap<>();
    for (JobNode job : jobs) {
      Optional<YamlNode.Scalar> name = job.word(NAME);
      if (name.isEmpty() || job.file().problems().isFull()) {
        continue;
      }
      JobNode earlier = seen.putIfAbsent(name.get().text(), job);
      if (earlier != null) {
        job.error(
            NAME,
            "%s is also the name of %s; names must be unique"
                .formatted(Printable.quote(name.get().text()), earlier.seenFrom(job)));
      }
    }
  }

  /** An empty {@code sockdir} is valid as long as nobody needs it. */
  private void socketDirectory(SourceFile main) {
    Optional<YamlNode.Scalar> directory =
        main.get("global")
            .flatMap(node -> JobNode.find(node, "serve.stdinserver.sockdir"))
            .flatMap(node ->
                node instanceof YamlNode.Scalar scalar ? Optional.of(scalar) : Optional.empty());
    if (directory.filter(scalar -> scalar.string().isEmpty()).isPresent()) {
      jobs.stream()
          .filter(
              job -> job.word("serve.type").filter(w -> w.text().equals("stdinserver")).isPresent())
          .findFirst()
          .ifPresent(job ->
              main.problems()
                  .error(
                      directory.get().position(),
                      "global.serve.stdinserver.sockdir",
                      "the path is empty, but jobs[%d] of %s serves by stdinserver"
                          .formatted(job.index(), job.file().name())));
    }
  }

  /** That no two jobs want to listen at the same address. */
  private void addresses() {
    Map<String, JobNode> listening = new HashMap<>();
    for (JobNode job : jobs) {
      if (job.hasType("sink") || job.hasType("source")) {
        job.word("serve.listen")
            .map(YamlNode.Scalar::text)
            .filter(address -> !address.endsWith(":0"))
            .ifPresent(address -> {
              JobNode earlier = listening.putIfAbsent(address, job);
              if (earlier != null) {
                job.warn(
                    "serve.listen",
                    "%s listens at %s too; only one of the two can"
                        .formatted(earlier.seenFrom(job), Printable.quote(address)));
              }
            });
      }
    }
  }

  /** That each local client has somebody to talk to. */
  private void listeners(String active, String passive) {
    Map<String, JobNode> served = new HashMap<>();
    for (JobNode job : jobs) {
      Optional<String> listener = listener(job, passive, "serve");
      JobNode earlier = listener.map(name -> served.putIfAbsent(name, job)).orElse(null);
      if (earlier != null) {
        job.warn(
            "serve.listener_name",
            "%s serves %s too; a client gets one of the two, and not always the same"
                .formatted(earlier.seenFrom(job), Printable.quote(listener.orElse(""))));
      }
    }
    String known =
        served.keySet().stream()
            .sorted()
            .limit(10)
            .map(name -> Printable.clean(name, 80))
            .collect(Collectors.joining(", "));
    for (JobNode job : jobs) {
      listener(job, active, "connect")
          .filter(name -> !served.containsKey(name))
          .ifPresent(name ->
              job.warn(
                  "connect.listener_name",
                  served.isEmpty()
                      ? "no %s of this file serves a local listener".formatted(passive)
                      : "no %s of this file serves %s; there is %s"
                          .formatted(passive, Printable.quote(name), known)));
    }
  }

  /** The {@code listener_name} of a job of that type that has a local transport. */
  private static Optional<String> listener(JobNode job, String type, String transport) {
    return job.hasType(type)
            && job.word(transport + ".type").filter(w -> w.text().equals("local")).isPresent()
        ? job.word(transport + ".listener_name").map(YamlNode.Scalar::text)
        : Optional.empty();
  }
}

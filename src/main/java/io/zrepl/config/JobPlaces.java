package io.zrepl.config;

import io.zrepl.config.schema.Reading;
import io.zrepl.config.yaml.Position;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.model.JobId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where the parts of jobs are written, for what is found out about them later. */
public final class JobPlaces {
  private final Map<String, JobNode> jobs = new HashMap<>();

  JobPlaces(List<JobNode> nodes) {
    nodes.forEach(
        job -> job.settings().ifPresent(settings -> jobs.put(settings.id().toString(), job)));
  }

  /**
   * A problem at a key of a job.
   *
   * @param keys for example {@code connect.address}
   * @throws IllegalArgumentException if there is no such job
   */
  public Problem at(JobId job, String keys, String message) {
    JobNode node = node(job);
    return node.file().problems().at(node.position(keys), node.path(keys), message);
  }

  /**
   * A problem at an entry of a mapping with free keys, or at the mapping if it has no such entry.
   *
   * @param keys of the mapping
   * @throws IllegalArgumentException if there is no such job
   */
  public Problem atEntry(JobId job, String keys, String entry, String message) {
    JobNode node = node(job);
    Position position =
        node.at(keys)
            .flatMap(mapping ->
                mapping instanceof YamlNode.Mapping known ? known.entry(entry) : Optional.empty())
            .map(found -> found.key().position())
            .orElseGet(() -> node.position(keys));
    return node.file().problems().at(position, Reading.child(node.path(keys), entry), message);
  }

  private JobNode node(JobId job) {
    JobNode node = jobs.get(job.toString());
    if (node == null) {
      throw new IllegalArgumentException("no job " + job);
    }
    return node;
  }
}

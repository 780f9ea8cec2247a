package io.zrepl.daemon;

import io.zrepl.job.JobSettings;
import io.zrepl.model.JobId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a new configuration means for the jobs that run.
 *
 * @param unchanged go on undisturbed
 * @param changed end, and begin again with other settings
 * @param removed end
 * @param added begin
 */
record JobChanges(
    List<JobId> unchanged, List<JobId> changed, List<JobId> removed, List<JobId> added) {

  /** Compares by value. */
  static JobChanges between(List<JobSettings> old, List<JobSettings> wanted) {
    Map<JobId, JobSettings> before = new LinkedHashMap<>();
    old.forEach(job -> before.put(job.id(), job));
    JobChanges changes =
        new JobChanges(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (JobSettings job : wanted) {
      JobSettings known = before.remove(job.id());
      if (known == null) {
        changes.added.add(job.id());
      } else {
        (known.equals(job) ? changes.unchanged : changes.changed).add(job.id());
      }
    }
    changes.removed.addAll(before.keySet());
    return changes;
  }

  /** For the administrator, on one line. */
  String describe() {
    List<String> parts = new ArrayList<>();
    describe("begun", added, parts);
    describe("begun again with other settings", changed, parts);
    describe("ended", removed, parts);
    describe("unchanged", unchanged, parts);
    return parts.isEmpty() ? "there are no jobs" : String.join("; ", parts);
  }

  private static void describe(String what, List<JobId> jobs, List<String> parts) {
    if (!jobs.isEmpty()) {
      parts.add(what + ": " + String.join(", ", jobs.stream().map(JobId::toString).toList()));
    }
  }
}

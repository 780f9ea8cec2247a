package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.job.Job;
import io.zrepl.job.JobSettings;
import io.zrepl.job.Jobs;
import io.zrepl.job.SignalRefusedException;
import io.zrepl.model.JobId;
import io.zrepl.replicate.run.RunLimits;
import io.zrepl.zfs.lock.DatasetLocks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What jobs exist when; with jobs that can do nothing, since only that counts here. */
class RunningJobsTest {
  @TempDir private Path folder;

  private final List<JobId> made = new ArrayList<>();

  private RunningJobs jobs(Path marks) {
    return new RunningJobs(this::make, new PauseMarks(marks));
  }

  private Job make(JobSettings settings) {
    made.add(settings.id());
    return new Jobs(
            _ -> {
              throw new IllegalStateException("no ZFS here");
            },
            new DatasetLocks(Optional.empty(), DatasetLocks.WAIT),
            RunLimits.DEFAULT,
            _ -> {
              throw new IllegalStateException("nothing is counted here");
            },
            folder,
            Clock.systemUTC())
        .of(settings);
  }

  private static JobSettings job(String name) throws Exception {
    return new JobSettings.Unusable(JobId.parse(name), "sink", "it is not usable");
  }

  private static List<String> names(RunningJobs jobs) {
    return jobs.all().stream().map(job -> job.id().toString()).toList();
  }

  @Test
  void reloadBeforeTheJobsHaveBegunLeavesThoseOfTheNewConfiguration() throws Exception {
    try (RunningJobs jobs = jobs(folder)) {
      jobs.prepare(List.of(job("a"), job("b")));
      JobChanges changes = jobs.exchange(List.of(job("a"), job("c")));
      jobs.begin();
      assertThat(changes.removed()).containsExactly(JobId.parse("b"));
      assertThat(names(jobs)).containsExactly("a", "c");
      assertThat(made).as("each once").extracting(JobId::toString).containsExactly("a", "b", "c");
    }
  }

  @Test
  void jobsCanBeAskedBeforeTheyHaveBegun() throws Exception {
    try (RunningJobs jobs = jobs(folder)) {
      jobs.prepare(List.of(job("a")));
      assertThat(names(jobs)).containsExactly("a");
      assertThatThrownBy(() -> jobs.running("a").wakeup())
          .isInstanceOf(SignalRefusedException.class);
    }
  }

  @Test
  void daemonDoesNotStartIfItCannotTellWhichJobsArePaused() throws Exception {
    Path unreadable = Files.createFile(folder.resolve("file"));
    try (RunningJobs jobs = jobs(unreadable)) {
      List<JobSettings> wanted = List.of(job("a"));
      assertThatThrownBy(() -> jobs.prepare(wanted))
          .isInstanceOf(DaemonStartException.class)
          .hasMessageContaining("which jobs are paused");
      assertThat(names(jobs)).isEmpty();
    }
  }

  @Test
  void reloadIsRefusedIfItCannotBeToldWhichJobsArePaused() throws Exception {
    Path marks = folder.resolve("marks");
    try (RunningJobs jobs = jobs(marks)) {
      jobs.prepare(List.of(job("a")));
      jobs.begin();
      Files.createFile(marks);
      List<JobSettings> wanted = List.of(job("b"));
      assertThatThrownBy(() -> jobs.exchange(wanted))
          .isInstanceOf(ControlRequests.RefusedException.class)
          .hasMessageContaining("the old configuration stays in effect");
      assertThat(names(jobs)).containsExactly("a");
    }
  }
}

package io.zrepl.daemon;

import io.zrepl.config.Configuration;
import io.zrepl.model.JobId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again while the daemon runs. With any problem everything stays as it is.
 * Otherwise jobs whose settings are equal go on undisturbed, others end at once and new ones begin;
 * what belongs to the daemon as a whole needs a restart, and is named. May be used by any thread;
 * one reload after the other.
 */
final class Reloading {
  private static final Logger log = LoggerFactory.getLogger(Reloading.class);

  private final Configuration started;
  private final ConfigurationReader reader;
  private final RunningJobs jobs;
  private final ServiceNotifier notifier;
  private final Consumer<JobId> removed;

  /**
   * Prepares it.
   *
   * @param started what the daemon was started with
   * @param notifier is told when it begins and ends
   * @param removed hears of each job that is gone
   */
  Reloading(
      Configuration started,
      ConfigurationReader reader,
      RunningJobs jobs,
      ServiceNotifier notifier,
      Consumer<JobId> removed) {
    this.removed = removed;
    this.started = started;
    this.reader = reader;
    this.jobs = jobs;
    this.notifier = notifier;
  }

  /** As {@link #reload}; what it tells is in the log only. */
  void bySignal() {
    try {
      reload();
    } catch (ControlRequests.RefusedException e) {
      log.atDebug().setCause(e).log("the failure of the reload has been told");
    }
  }

  /**
   * Reloads.
   *
   * @return what became of the jobs, and what needs a restart
   * @throws ControlRequests.RefusedException with all problems of the configuration
   */
  synchronized String reload() throws ControlRequests.RefusedException {
    jobs.refuseIfEnded(); // the service manager must not hear "ready" after "stopping"
    notifier.reloading();
    try {
      Configuration wanted = reader.read();
      JobChanges changes = jobs.exchange(wanted.jobs());
      changes.removed().forEach(removed);
      StringBuilder told = new StringBuilder(changes.describe());
      log.atInfo().addKeyValue("jobs", told).log("the configuration was read again");
      List<String> kept = keptUntilRestart(wanted);
      if (!kept.isEmpty()) {
        String warning =
            "changed, but needs a restart of the daemon to have an effect: "
                + String.join(", ", kept);
        log.atWarn().log(warning);
        told.append('\n').append(warning);
      }
      return told.toString();
    } catch (ConfigurationReader.UnusableException e) {
      String text = "the old configuration stays in effect: " + e.getMessage();
      log.atError().log(text);
      throw new ControlRequests.RefusedException(text);
    } finally {
      notifier.ready();
    }
  }

  private List<String> keptUntilRestart(Configuration wanted) {
    List<String> kept = new ArrayList<>();
    note("global.logging", started.logging(), wanted.logging(), kept);
    note("global.monitoring", started.monitoring(), wanted.monitoring(), kept);
    note("global.control.sockpath", started.controlSocket(), wanted.controlSocket(), kept);
    note("global.stall_timeout", started.stallTimeout(), wanted.stallTimeout(), kept);
    note(
        "global.serve.stdinserver.sockdir",
        started.stdinserverDirectory(),
        wanted.stdinserverDirectory(),
        kept);
    return kept;
  }

  private static void note(String key, Object before, Object now, List<String> changed) {
    if (!before.equals(now)) {
      changed.add(key);
    }
  }
}

package io.zrepl.daemon;

import io.zrepl.base.TaskGroup;
import io.zrepl.job.Job;
import io.zrepl.job.JobSettings;
import io.zrepl.model.JobId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of the daemon, each on a thread of its own: begun, paused, exchanged, ended. A job that
 * fails, even by a fault of the program, is reported and leaves the others alone.
 *
 * <p>May be used by any thread; only {@link #finish}, {@link #stop} and {@link #close} wait.
 */
final class RunningJobs implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunningJobs.class);

  /** One job; after a pause or a change another one takes its place. */
  private static final class Entry {
    final JobSettings settings;
    final Job job;
    final TaskGroup group;
    final boolean paused;
    // what to tell if a fault of the program ended it
    volatile Optional<String> fault = Optional.empty();

    Entry(JobSettings settings, Job job, boolean paused) {
      this.settings = settings;
      this.job = job;
      this.paused = paused;
      this.group = new TaskGroup("job");
    }

    /** Its last report stays; whoever resumes it gets a new job. */
    Entry asPaused() {
      return new Entry(settings, job, true);
    }

    Optional<String> told() {
      return paused
          ? Optional.of(
              "paused; \"zrepl signal resume %s\" lets the job go on".formatted(settings.id()))
          : fault;
    }
  }

  private final Function<JobSettings, Job> maker;
  private final PauseMarks marks;

  // guarded by this
  private final Map<JobId, Entry> entries = new LinkedHashMap<>();
  private final List<TaskGroup> ending = new ArrayList<>();
  private boolean begun;
  private boolean ended;

  /**
   * Without jobs yet.
   *
   * @param maker makes a job, of which nothing runs yet
   * @param marks tell which jobs are paused
   */
  RunningJobs(Function<JobSettings, Job> maker, PauseMarks marks) {
    this.maker = maker;
    this.marks = marks;
  }

  /**
   * Makes the jobs. They can be asked and exchanged from now on; nothing of them runs before {@link
   * #begin}.
   *
   * @throws DaemonStartException if it cannot be found out which of them are paused: one that
   *     should be might destroy what it was paused for
   */
  synchronized void prepare(List<JobSettings> settings) throws DaemonStartException {
    Set<JobId> paused;
    try {
      paused = marks.read();
    } catch (IOException e) {
      throw new DaemonStartException(unreadable(e), e);
    }
    for (JobSettings each : settings) {
      launch(make(each, paused.contains(each.id())));
    }
  }

  private String unreadable(IOException e) {
    return "it cannot be read in %s which jobs are paused: %s. Make the folder readable for this user, or remove it to let all jobs run"
        .formatted(marks.folder(), e);
  }

  /** Begins the jobs, but for those that are paused. */
  synchronized void begin() {
    begun = true;
    entries.values().forEach(this::start);
  }

  private Entry make(JobSettings settings, boolean paused) {
    return new Entry(settings, maker.apply(settings), paused);
  }

  private void launch(Entry entry) {
    JobId id = entry.settings.id();
    entries.put(id, entry);
    if (begun) {
      start(entry);
    }
  }

  private void start(Entry entry) {
    JobId id = entry.settings.id();
    if (entry.paused) {
      log.atWarn().addKeyValue("job", id).log("the job is paused");
      return;
    }
    List<TaskGroup> before = List.copyOf(ending);
    entry.group.fork(id.toString(), () -> runAfter(before, entry));
  }

  /** Waits for what was ended, since that may still have the same datasets and addresses. */
  private void runAfter(List<TaskGroup> before, Entry entry) throws InterruptedException {
    for (TaskGroup group : before) {
      group.await();
    }
    try {
      entry.job.run();
    } catch (RuntimeException | Error e) {
      entry.fault = Optional.of("the job ended by a fault of the program: " + e);
      log.atError()
          .addKeyValue("job", entry.settings.id())
          .setCause(e)
          .log(
              "the job ended by a fault of the program; restart the daemon, and please report this");
    }
  }

  private void end(Entry entry) {
    entry.group.cancel();
    ending.removeIf(group -> group.running().isEmpty());
    ending.add(entry.group);
  }

  /**
   * Ends a job at once, resumable, and leaves it so until {@link #resume}, also over restarts.
   *
   * @throws ControlRequests.RefusedException if there is no such job, or that cannot be kept
   */
  synchronized void pause(String name) throws ControlRequests.RefusedException {
    Entry entry = entry(name);
    JobId job = entry.settings.id();
    try {
      marks.set(job);
    } catch (IOException e) {
      throw new ControlRequests.RefusedException(
          "job \"%s\" goes on: it cannot be noted in %s that it is paused, so that it would not last: %s. Set STATE_DIRECTORY for the daemon to a folder that it can write"
              .formatted(job, marks.folder(), e));
    }
    if (!entry.paused) {
      end(entry);
      entries.put(job, entry.asPaused());
    }
  }

  /**
   * Lets a paused job run.
   *
   * @throws ControlRequests.RefusedException if there is no such job, it is not paused, or its mark
   *     cannot be taken away
   */
  synchronized void resume(String name) throws ControlRequests.RefusedException {
    Entry entry = entry(name);
    JobId job = entry.settings.id();
    if (!entry.paused) {
      throw new ControlRequests.RefusedException("job \"%s\" is not paused".formatted(job));
    }
    refuseIfEnded();
    try {
      marks.clear(job);
    } catch (IOException e) {
      throw new ControlRequests.RefusedException(
          "job \"%s\" stays paused: its mark in %s cannot be removed: %s"
              .formatted(job, marks.folder(), e));
    }
    launch(make(entry.settings, false));
  }

  /**
   * Ends and begins jobs so that they are those of a new configuration.
   *
   * @throws ControlRequests.RefusedException if the daemon is ending, or it cannot be found out
   *     which jobs are paused
   */
  synchronized JobChanges exchange(List<JobSettings> wanted)
      throws ControlRequests.RefusedException {
    refuseIfEnded();
    JobChanges changes =
        JobChanges.between(entries.values().stream().map(entry -> entry.settings).toList(), wanted);
    Set<JobId> paused;
    try {
      paused = marks.read();
    } catch (IOException e) {
      throw new ControlRequests.RefusedException(
          "the old configuration stays in effect: " + unreadable(e));
    }
    List<Entry> next = new ArrayList<>();
    // All are made before any is ended: a fault of the program leaves everything as it is.
    for (JobSettings each : wanted) {
      next.add(
          changes.unchanged().contains(each.id())
              ? known(each.id())
              : make(each, paused.contains(each.id())));
    }
    for (List<JobId> ids : List.of(changes.changed(), changes.removed())) {
      ids.forEach(id -> end(known(id)));
    }
    entries.clear();
    for (Entry entry : next) {
      if (changes.unchanged().contains(entry.settings.id())) {
        entries.put(entry.settings.id(), entry);
      } else {
        launch(entry);
      }
    }
    return changes;
  }

  private Entry known(JobId id) {
    return Optional.ofNullable(entries.get(id)).orElseThrow();
  }

  /** Refuses what cannot be done any more. */
  synchronized void refuseIfEnded() throws ControlRequests.RefusedException {
    if (ended) {
      throw new ControlRequests.RefusedException("the daemon is ending");
    }
  }

  /**
   * A job that can be signalled.
   *
   * @throws ControlRequests.RefusedException if there is no such job, or nothing of it runs
   */
  synchronized Job running(String name) throws ControlRequests.RefusedException {
    Entry entry = entry(name);
    if (entry.told().isPresent()) {
      throw new ControlRequests.RefusedException(
          "job \"%s\": %s".formatted(name, entry.told().get()));
    }
    return entry.job;
  }

  private Entry entry(String name) throws ControlRequests.RefusedException {
    return entries.values().stream()
        .filter(entry -> entry.settings.id().toString().equals(name))
        .findFirst()
        .orElseThrow(() -> new ControlRequests.RefusedException("Job " + name + " does not exist"));
  }

  /** All jobs, in the order of the configuration. */
  synchronized List<Job> all() {
    return entries.values().stream().map(entry -> entry.job).toList();
  }

  /** What keeps jobs from running at all. */
  synchronized Map<JobId, String> told() {
    Map<JobId, String> told = new LinkedHashMap<>();
    entries
        .values()
        .forEach(entry -> entry.told().ifPresent(text -> told.put(entry.settings.id(), text)));
    return told;
  }

  /**
   * Lets everything that runs end by itself, and begins nothing. Jobs that serve others go on until
   * all others have ended, since these may need them.
   */
  void finish() throws InterruptedException {
    List<TaskGroup> finishing = new ArrayList<>();
    List<Job> serving = new ArrayList<>();
    synchronized (this) {
      ended = true;
      for (Entry entry : entries.values()) {
        if (entry.told().isPresent()) {
          continue;
        }
        if (entry.job.finish()) {
          finishing.add(entry.group);
        } else {
          serving.add(entry.job);
        }
      }
    }
    for (TaskGroup group : finishing) {
      group.await();
    }
    for (Job job : serving) {
      job.awaitSteps();
    }
  }

  @Override
  public void close() {
    stop();
  }

  /** Ends everything at once, resumable, and waits for it. */
  void stop() {
    List<TaskGroup> groups;
    synchronized (this) {
      ended = true;
      groups = new ArrayList<>(ending);
      entries.values().forEach(entry -> groups.add(entry.group));
    }
    groups.forEach(TaskGroup::cancel);
    groups.forEach(TaskGroup::close);
  }
}

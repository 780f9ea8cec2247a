package io.zrepl.endpoint.local.abstraction;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TaskGroup;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetActivity;
import io.zrepl.zfs.lock.DatasetLocks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Removes abstractions while nothing else of zrepl works on their filesystems.
 *
 * <p>Commands: the two of a listing, one {@code zfs release} per tag, one {@code zfs destroy} per
 * bookmark (ZFS takes no more at once); if a release fails, one per snapshot.
 */
public final class AbstractionRelease {
  private final Zfs zfs;
  private final DatasetLocks locks;
  private final int concurrency;

  /**
   * Prepares.
   *
   * @param locks which datasets are in use
   * @param concurrency how many commands may run at once, at least 1
   */
  public AbstractionRelease(Zfs zfs, DatasetLocks locks, int concurrency) {
    this.zfs = zfs;
    this.locks = locks;
    this.concurrency = concurrency;
  }

  /**
   * What became of one of them.
   *
   * @param abstraction which
   * @param failure why it is still there; empty if it is gone, by whatever cause
   */
  public record Outcome(Abstraction abstraction, Optional<OperationException> failure) {}

  /**
   * Removes what was chosen from a listing. Once their filesystems are locked they are listed and
   * judged again: what has come into use meanwhile stays.
   *
   * @param chosen from a listing with the query
   * @param query with which they were found
   * @param choice how they were chosen among what the query found
   * @param report hears of each of them exactly once, from one thread at a time
   */
  public void release(
      List<Abstraction> chosen,
      AbstractionQuery query,
      UnaryOperator<List<Abstraction>> choice,
      Consumer<Outcome> report)
      throws InterruptedException {
    List<DatasetLocks.Held> held = new ArrayList<>();
    try {
      Map<DatasetPath, OperationException> busy = lock(filesystemsOf(chosen), held);
      List<Abstraction> free = new ArrayList<>();
      for (Abstraction abstraction : chosen) {
        OperationException failure = busy.get(abstraction.filesystem());
        if (failure == null) {
          free.add(abstraction);
        } else {
          report.accept(new Outcome(abstraction, Optional.of(failure)));
        }
      }
      Set<Abstraction> untold = new HashSet<>(stillChosen(free, query, choice, report));
      run(
          tasks(untold.stream().sorted(Abstraction.ORDER).toList()),
          outcome -> {
            untold.remove(outcome.abstraction());
            report.accept(outcome);
          });
      for (Abstraction abstraction : untold) {
        report.accept(new Outcome(abstraction, Optional.of(notTried(abstraction))));
      }
    } finally {
      held.forEach(DatasetLocks.Held::close);
    }
  }

  private static Set<DatasetPath> filesystemsOf(Collection<Abstraction> abstractions) {
    Set<DatasetPath> filesystems = new TreeSet<>();
    abstractions.forEach(abstraction -> filesystems.add(abstraction.filesystem()));
    return filesystems;
  }

  /** Locks what it can; all together wait no longer than for one. */
  private Map<DatasetPath, OperationException> lock(
      Set<DatasetPath> filesystems, List<DatasetLocks.Held> held) throws InterruptedException {
    Map<DatasetPath, OperationException> busy = new HashMap<>();
    DatasetLocks.Patience patience = locks.patience();
    for (DatasetPath filesystem : filesystems) {
      try {
        held.add(
            locks.enter(filesystem, DatasetActivity.RELEASE_PROTECTION, "this command", patience));
      } catch (OperationException e) {
        busy.put(filesystem, e);
      }
    }
    return busy;
  }

  private List<Abstraction> stillChosen(
      List<Abstraction> chosen,
      AbstractionQuery query,
      UnaryOperator<List<Abstraction>> choice,
      Consumer<Outcome> report)
      throws InterruptedException {
    if (chosen.isEmpty()) {
      return List.of();
    }
    AbstractionListing fresh = new AbstractionLister(zfs).list(query.within(filesystemsOf(chosen)));
    Set<Abstraction.Identity> there = identities(fresh.abstractions());
    Set<Abstraction.Identity> again = identities(choice.apply(fresh.abstractions()));
    List<Abstraction> release = new ArrayList<>();
    for (Abstraction abstraction : chosen) {
      if (!fresh.problems().isEmpty()) {
        report.accept(new Outcome(abstraction, Optional.of(fresh.problems().getFirst().cause())));
      } else if (!there.contains(abstraction.identity())) {
        report.accept(new Outcome(abstraction, Optional.empty()));
      } else if (again.contains(abstraction.identity())) {
        release.add(abstraction);
      } else {
        report.accept(new Outcome(abstraction, Optional.of(inUseAgain(abstraction))));
      }
    }
    return release;
  }

  private static Set<Abstraction.Identity> identities(List<Abstraction> abstractions) {
    Set<Abstraction.Identity> identities = new HashSet<>();
    abstractions.forEach(abstraction -> identities.add(abstraction.identity()));
    return identities;
  }

  private static OperationException inUseAgain(Abstraction abstraction) {
    return new OperationException(
        FailureScope.FILESYSTEM,
        true,
        abstraction + " has come into use meanwhile and was left alone",
        null,
        null);
  }

  /** Nothing may look released because a thread ended by a fault of the program. */
  private static OperationException notTried(Abstraction abstraction) {
    return OperationException.permanent(
        abstraction + " was perhaps not released: the attempt ended by a fault of the program");
  }

  /** Something that one command does. */
  private interface Task {
    List<Outcome> run() throws InterruptedException;
  }

  private List<Task> tasks(List<Abstraction> abstractions) {
    List<Task> tasks = new ArrayList<>();
    Map<String, List<Abstraction>> holds = new TreeMap<>();
    for (Abstraction abstraction : abstractions) {
      abstraction
          .tag()
          .ifPresentOrElse(
              tag -> holds.computeIfAbsent(tag, _ -> new ArrayList<>()).add(abstraction),
              () -> tasks.add(() -> List.of(destroyBookmark(abstraction))));
    }
    holds.forEach((tag, held) -> tasks.addFirst(() -> releaseHolds(tag, held)));
    return tasks;
  }

  private Outcome destroyBookmark(Abstraction abstraction) throws InterruptedException {
    try {
      zfs.destroyBookmark(BookmarkPath.of(abstraction.filesystem(), abstraction.name()));
      return new Outcome(abstraction, Optional.empty());
    } catch (OperationException e) {
      return new Outcome(abstraction, Optional.of(e));
    } catch (InvalidValueException e) {
      return new Outcome(abstraction, Optional.of(badName(e)));
    }
  }

  private List<Outcome> releaseHolds(String tag, List<Abstraction> held)
      throws InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    try {
      Map<SnapshotPath, Abstraction> snapshots = new LinkedHashMap<>();
      for (Abstraction abstraction : held) {
        snapshots.put(SnapshotPath.of(abstraction.filesystem(), abstraction.name()), abstraction);
      }
      zfs.release(tag, snapshots.keySet());
      held.forEach(abstraction -> outcomes.add(new Outcome(abstraction, Optional.empty())));
    } catch (OperationException e) {
      if (held.size() == 1) {
        return List.of(new Outcome(held.getFirst(), Optional.of(e)));
      }
      for (Abstraction one : held) {
        outcomes.addAll(releaseHolds(tag, List.of(one)));
      }
    } catch (InvalidValueException e) {
      held.forEach(abstraction -> outcomes.add(new Outcome(abstraction, Optional.of(badName(e)))));
    }
    return outcomes;
  }

  private static OperationException badName(InvalidValueException e) {
    return OperationException.permanent(String.valueOf(e.getMessage()));
  }

  private void run(List<Task> tasks, Consumer<Outcome> report) throws InterruptedException {
    Queue<Task> waiting = new ConcurrentLinkedQueue<>(tasks);
    Object reporting = new Object();
    try (TaskGroup group = new TaskGroup("release")) {
      for (int i = 0; i < Math.min(concurrency, tasks.size()); i++) {
        group.fork(
            Integer.toString(i),
            () -> {
              for (Task task = waiting.poll(); task != null; task = waiting.poll()) {
                List<Outcome> outcomes = task.run();
                synchronized (reporting) {
                  outcomes.forEach(report);
                }
              }
            });
      }
      group.await();
    }
  }
}

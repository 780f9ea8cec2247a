package io.zrepl.prune;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.Receiver;
import io.zrepl.model.Bookmark;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks the endpoints what is needed to plan one filesystem, and plans it. Asks as little as
 * possible: a filesystem of which nothing is to be destroyed costs no question to the other side.
 *
 * <p>What is known about a version in common decides:
 *
 * <table>
 * <caption>Planning without and with a replication cursor</caption>
 * <tr><th>cursor</th><th>sender's snapshots</th><th>receiver's snapshots</th></tr>
 * <tr><td>exists</td><td>the cursor is the common version; if the receiver's list is at hand, that
 *     is checked</td><td>the snapshot at the cursor stays; if it is gone, one in common does</td></tr>
 * <tr><td>missing</td><td>one that the receiver has stays, if there is one; receiver unknown:
 *     failure, unless that a filesystem has no cursor means that it was never replicated</td>
 *     <td>one that the sender has stays; none: failure, since that is another filesystem of the
 *     same name</td></tr>
 * </table>
 *
 * <p>May be called by several threads.
 */
final class FilesystemPlanner {
  private final PruneSubject subject;
  private final List<KeepRule> rules;
  private final HolderNames holders;
  private final boolean explains;
  private final boolean snapshotAtCursorCounts;
  private final boolean needsReplicated;
  // Remembered, so that a receiver that does not answer is not asked for each filesystem.
  private volatile @Nullable OperationException receiverFailure;
  private final Duration patience;

  /**
   * A planner for one run.
   *
   * @param holders finds out who holds what stays
   * @param explains whether the verdicts are to be explained
   * @param patience how long to wait for a receiver that shows no progress; then it is not asked
   *     again, and the run goes on with what can be pruned without it
   */
  FilesystemPlanner(
      PruneSubject subject,
      List<KeepRule> rules,
      HolderNames holders,
      boolean explains,
      Duration patience) {
    this.subject = subject;
    this.holders = holders;
    this.explains = explains;
    this.patience = patience;
    this.rules = rules;
    this.needsReplicated = rules.stream().anyMatch(KeepRule.NotReplicated.class::isInstance);
    this.snapshotAtCursorCounts =
        subject.side() == PruneSide.SENDER
            && rules.stream()
                .anyMatch(
                    rule -> rule instanceof KeepRule.NotReplicated r && !r.keepSnapshotAtCursor());
  }

  /**
   * Plans one filesystem.
   *
   * @param versions what the pruned side has of it
   * @throws OperationException if the other side failed, or nothing may be destroyed for want of
   *     knowledge
   */
  FilesystemPlan plan(DatasetPath filesystem, List<FilesystemVersion> versions)
      throws OperationException, InterruptedException {
    if (versions.stream().noneMatch(Snapshot.class::isInstance)) {
      return FilesystemPlan.NOTHING;
    }
    Optional<Guid> cursor = cursor(filesystem, versions);
    if (cursor.isEmpty() && needsReplicated) {
      throw failure(
          "%s is not pruned: the rule not_replicated needs to know what is replicated, but this job has no replication cursor there"
              .formatted(filesystem),
          "one successful replication makes the cursor, unless replication.protection is guarantee_nothing: then remove the rule");
    }
    List<PruneCandidate> candidates =
        ReplicatedAttribute.candidates(versions, cursor, snapshotAtCursorCounts);
    List<KeepVerdict> verdicts = KeepRules.evaluate(rules, candidates);
    if (destroysAnything(verdicts)) {
      verdicts = keepHeld(filesystem, keepCommon(filesystem, verdicts, versions, cursor));
    }
    return new FilesystemPlan(
        explains ? explained(verdicts, candidates) : CompactVerdicts.of(versions, verdicts));
  }

  private List<KeepVerdict> explained(List<KeepVerdict> verdicts, List<PruneCandidate> candidates) {
    Objections objections = new Objections(rules, candidates);
    List<KeepVerdict> result = new ArrayList<>();
    for (KeepVerdict verdict : verdicts) {
      result.add(
          verdict.kept()
              ? verdict
              : new KeepVerdict(
                  verdict.candidate(), List.of(), objections.against(verdict.candidate())));
    }
    return result;
  }

  private Optional<Guid> cursor(DatasetPath filesystem, List<FilesystemVersion> versions)
      throws OperationException, InterruptedException {
    return switch (subject) {
      case PruneSubject.OfSender s -> s.sender().endpoint().replicationCursor(filesystem);
      case PruneSubject.OfReceiver r -> r.sender().endpoint().replicationCursor(filesystem);
      // As if the newest version were the cursor; no rule depends on it.
      case PruneSubject.OfLocal l ->
          versions.stream()
              .max(Comparator.comparing(FilesystemVersion::createTxg))
              .map(FilesystemVersion::guid);
    };
  }

  private List<KeepVerdict> keepCommon(
      DatasetPath filesystem,
      List<KeepVerdict> verdicts,
      List<FilesystemVersion> versions,
      Optional<Guid> cursor)
      throws OperationException, InterruptedException {
    return switch (subject) {
      case PruneSubject.OfLocal l -> verdicts;
      case PruneSubject.OfReceiver r -> keepCommon(r, filesystem, verdicts, cursor);
      case PruneSubject.OfSender s -> keepCommon(s, filesystem, verdicts, versions, cursor);
    };
  }

  private static List<KeepVerdict> keepCommon(
      PruneSubject.OfReceiver receiver,
      DatasetPath filesystem,
      List<KeepVerdict> verdicts,
      Optional<Guid> cursor)
      throws OperationException, InterruptedException {
    // A newer one than that at the cursor is in common if the last confirmation was lost.
    Set<Guid> peer = guids(receiver.sender().endpoint().listVersions(filesystem));
    requireCommon(filesystem, cursor, verdicts, peer);
    List<KeepVerdict> safe = CommonBase.keepLastCommon(verdicts, List.of(), peer);
    return cursor.isPresent() ? CommonBase.keepAtCursor(safe, cursor.get()) : safe;
  }

  private List<KeepVerdict> keepCommon(
      PruneSubject.OfSender sender,
      DatasetPath filesystem,
      List<KeepVerdict> verdicts,
      List<FilesystemVersion> versions,
      Optional<Guid> cursor)
      throws OperationException, InterruptedException {
    Optional<Set<Guid>> peer = receiverSnapshots(sender, filesystem, cursor.isPresent());
    if (peer.isEmpty()) {
      return verdicts;
    }
    List<Bookmark> anchors = CommonBase.anchoringBookmarks(versions, cursor);
    return CommonBase.keepLastCommon(verdicts, anchors, peer.get());
  }

  private static void requireCommon(
      DatasetPath filesystem, Optional<Guid> cursor, List<KeepVerdict> verdicts, Set<Guid> peer)
      throws OperationException {
    if (cursor.isEmpty() && !CommonBase.exists(verdicts, peer)) {
      throw failure(
          "%s is not pruned: sender and receiver have no version of it in common, and this job has no replication cursor there"
              .formatted(filesystem),
          "one successful replication is required before pruning works");
    }
  }

  /**
   * The guids of the receiver's snapshots.
   *
   * @param hasCursor whether to do without if they are not to be had at once
   * @return empty only if they are not needed
   */
  private Optional<Set<Guid>> receiverSnapshots(
      PruneSubject.OfSender sender, DatasetPath filesystem, boolean hasCursor)
      throws OperationException, InterruptedException {
    boolean optional = hasCursor || sender.cursorsAreMade();
    try {
      if (sender.receiver().isEmpty() || (hasCursor && !sender.receiver().get().isAnswering())) {
        if (optional) {
          return Optional.empty();
        }
        throw failure("the receiver is not known", "one successful replication makes a cursor");
      }
      ListedEndpoint<? extends Receiver> receiver = sender.receiver().get();
      boolean offered = false;
      for (FilesystemEntry entry : list(receiver)) {
        offered |= entry.path().equals(filesystem) && !entry.placeholder();
      }
      if (!offered) {
        return Optional.of(Set.of());
      }
      List<FilesystemVersion> snapshots = new ArrayList<>();
      for (FilesystemVersion version : list(receiver, filesystem)) {
        if (version instanceof Snapshot) {
          snapshots.add(version);
        }
      }
      return Optional.of(guids(snapshots));
    } catch (OperationException e) {
      if (optional) {
        return Optional.empty();
      }
      // Whatever is wrong with the receiver: filesystems with a cursor can do without it.
      throw new OperationException(
          FailureScope.FILESYSTEM,
          e.temporary(),
          "%s is not pruned: this job has no replication cursor there, and it cannot be found out which of its snapshots the receiver has: %s"
              .formatted(filesystem, e.message()),
          e.advice().orElse(null),
          e);
    }
  }

  private List<FilesystemEntry> list(ListedEndpoint<? extends Receiver> receiver)
      throws OperationException, InterruptedException {
    return ask(receiver::filesystems, true);
  }

  private List<FilesystemVersion> list(
      ListedEndpoint<? extends Receiver> receiver, DatasetPath filesystem)
      throws OperationException, InterruptedException {
    return ask(() -> receiver.endpoint().listVersions(filesystem), false);
  }

  /**
   * Asks the receiver, unless it has failed to answer before.
   *
   * @param all whether the question is about all filesystems
   */
  private <T> T ask(BoundedQuestion.Question<T> question, boolean all)
      throws OperationException, InterruptedException {
    requireAnswering();
    try {
      return BoundedQuestion.ask(
          "receiver",
          patience,
          () -> {
            try {
              return question.ask();
            } catch (OperationException e) {
              remember(e, all); // at once: others may be about to ask
              throw e;
            }
          });
    } catch (OperationException e) {
      remember(e, all);
      throw e;
    }
  }

  private void remember(OperationException failure, boolean all) {
    if (all || failure.scope() != FailureScope.FILESYSTEM) {
      receiverFailure = failure;
    }
  }

  private void requireAnswering() throws OperationException {
    OperationException failure = receiverFailure;
    if (failure != null) {
      throw failure;
    }
  }

  /** Leaves out what ZFS would refuse anyway; it is destroyed in a later run, once released. */
  private List<KeepVerdict> keepHeld(DatasetPath filesystem, List<KeepVerdict> verdicts)
      throws InterruptedException {
    List<String> names = new ArrayList<>();
    for (KeepVerdict verdict : verdicts) {
      if (!verdict.kept() && verdict.candidate().snapshot().userReferences().orElse(0) > 0) {
        names.add(verdict.candidate().snapshot().name());
      }
    }
    Map<String, List<String>> tags = names.isEmpty() ? Map.of() : tags(filesystem, names);
    List<KeepVerdict> result = new ArrayList<>();
    for (KeepVerdict verdict : verdicts) {
      long holds = verdict.candidate().snapshot().userReferences().orElse(0);
      result.add(
          verdict.kept() || holds <= 0
              ? verdict
              : verdict.keptBecause(
                  new KeepReason.Held(
                      holds, tags.getOrDefault(verdict.candidate().snapshot().name(), List.of()))));
    }
    return result;
  }

  /** Who holds snapshots, for people; empty if it cannot be found out. */
  Map<String, List<String>> tags(DatasetPath filesystem, List<String> names)
      throws InterruptedException {
    try {
      return holders.of(filesystem, names);
    } catch (OperationException e) {
      return Map.of();
    }
  }

  private static boolean destroysAnything(List<KeepVerdict> verdicts) {
    return verdicts.stream().anyMatch(verdict -> !verdict.kept());
  }

  private static Set<Guid> guids(List<FilesystemVersion> versions) {
    Set<Guid> guids = new HashSet<>();
    versions.forEach(version -> guids.add(version.guid()));
    return guids;
  }

  private static OperationException failure(String message, String advice) {
    return new OperationException(FailureScope.FILESYSTEM, false, message, advice, null);
  }
}

package io.zrepl.endpoint.local;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DestroyOutcome;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;

/**
 * One receive on this machine.
 *
 * <table>
 * <caption>How the stream is received</caption>
 * <tr><th>target</th><th>stream</th><th>what happens</th></tr>
 * <tr><td>missing</td><td>any</td><td>parents are created, plain receive</td></tr>
 * <tr><td>real</td><td>any</td><td>plain receive; ZFS refuses what does not fit</td></tr>
 * <tr><td>placeholder</td><td>full</td><td>its snapshots are destroyed, forced receive, the mark is
 * set to off</td></tr>
 * <tr><td>placeholder</td><td>full, resumed</td><td>the same: ZFS wants the force again</td></tr>
 * <tr><td>placeholder that holds {@code to}</td><td>full</td><td>an earlier receive was cut off
 * after its end: the mark is set to off, nothing is received</td></tr>
 * <tr><td>placeholder</td><td>incremental</td><td>it has the base, so it is real: plain receive,
 * the mark is set to off</td></tr>
 * </table>
 *
 * <p>The mark is set to off by the receive itself. So a receive that fails or is killed leaves a
 * placeholder, with or without partial state, which the next receive may replace. Were it set
 * before, a kill would leave an empty dataset of which nobody could tell that it may be replaced.
 *
 * <p>On the main path four commands: {@code receive}, {@code list} of what arrived, {@code hold} on
 * it, {@code release} of the hold before it; the first time after a listing also {@code holds}.
 */
final class ReceiveStep {
  private final Zfs zfs;
  private final Inventory inventory;
  private final PlaceholderParents parents;
  private final EncryptionGuard guard;
  private final StreamReceiver receiver;
  private final ReceiveLocks locks;
  private final String tag;
  private final boolean keepsSnapshots;
  private final Logger log;

  ReceiveStep(
      Zfs zfs,
      Inventory inventory,
      PlaceholderParents parents,
      EncryptionGuard guard,
      StreamReceiver receiver,
      ReceiveLocks locks,
      ReceiverSettings settings,
      Logger log) {
    this.zfs = zfs;
    this.inventory = inventory;
    this.parents = parents;
    this.guard = guard;
    this.receiver = receiver;
    this.locks = locks;
    this.log = log;
    this.keepsSnapshots = settings.keepsSnapshots();
    this.tag = new HoldTag(HoldTag.Kind.LAST_RECEIVED, settings.job()).text();
  }

  /** Receives into a dataset of this machine. */
  void receive(DatasetPath target, ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    SnapshotPath snapshot = StepProtection.snapshotPath(target, request.to().name());
    try (ReceiveLocks.Held _ = locks.enterTarget(target)) {
      boolean done = false;
      try {
        FilesystemVersion arrived = receive(snapshot, request, stream);
        protectNewest(snapshot, arrived, request);
        // One that was held before it arrived was there before: who else holds it is not known.
        done = !(arrived instanceof Snapshot there && there.userReferences().orElse(0) > 0);
      } catch (ZfsException e) {
        if (e.problem() == ZfsProblem.DATASET_MISSING) {
          parents.forget(target);
        }
        throw e;
      } finally {
        if (!done) {
          // Whatever happened to it is read again when somebody asks: also its partial state.
          inventory.invalidate(target);
        }
      }
    }
  }

  private FilesystemVersion receive(
      SnapshotPath snapshot, ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException {
    DatasetPath target = snapshot.filesystem();
    Optional<FilesystemState> known = inventory.find(target);
    if (known.isEmpty()) {
      parents.provide(target);
    } else if (isPlaceholder(known)) {
      // Force destroys: make sure of it.
      known = inventory.refresh(target);
    }
    boolean placeholder = isPlaceholder(known);
    boolean force = false;
    boolean raw = false;
    if (placeholder && request.fullStream() && known.get().has(request.to())) {
      zfs.setPlaceholder(target, false);
    } else {
      InspectedStream inspected =
          InspectedStream.of(new SingleSnapshotStream(stream, snapshot.toString()));
      boolean inheritEncryption = checkEncryption(target, known, request, inspected);
      force = prepare(snapshot, known, request, inspected);
      boolean regular =
          receiver.receive(
              snapshot,
              request,
              inspected,
              new StreamReceiver.Mode(force, placeholder, inheritEncryption && !force));
      if (!regular) {
        // It may have been there long ago, and others after it.
        known = inventory.refresh(target);
      }
      // A raw stream makes an encrypted filesystem, also where its parent is not.
      raw = (known.isEmpty() || request.fullStream()) && inspected.isKnownToBeEncrypted();
    }
    FilesystemVersion arrived = verify(snapshot, request.to());
    note(target, known, placeholder, force, raw, arrived);
    return arrived;
  }

  private static boolean isPlaceholder(Optional<FilesystemState> state) {
    return state.map(known -> known.dataset().placeholder().isPlaceholder()).orElse(false);
  }

  /**
   * Asks the {@link EncryptionGuard} about a stream that makes a filesystem. Whether it does
   * depends on what is there, not on what the request says of the stream: ZFS goes by the stream. A
   * full stream for a filesystem with snapshots is refused by ZFS, if it is not forced.
   *
   * @return whether the receive must inherit the encryption of its parent, if the dataset does not
   *     exist then
   */
  private boolean checkEncryption(
      DatasetPath target,
      Optional<FilesystemState> known,
      ReceiveRequest request,
      InspectedStream stream)
      throws OperationException, InterruptedException {
    if (known.isEmpty()) {
      return guard.checkNew(target, stream);
    }
    Dataset dataset = known.get().dataset();
    boolean partial = dataset.resumeToken().isPresent();
    boolean resumed = partial && !request.clearPartialState();
    if (dataset.placeholder().isPlaceholder()) {
      if (request.fullStream() && resumed) {
        guard.checkFormerPlaceholder(target, stream);
      } else if (request.fullStream()) {
        guard.checkReplacement(dataset, stream);
      }
      return false;
    }
    if (!partial || known.get().snapshots().findAny().isPresent()) {
      return false;
    }
    if (isUnmarked(known.get())) {
      guard.checkFormerPlaceholder(target, stream);
    }
    if (resumed) {
      if (!isUnmarked(known.get())) {
        guard.checkResumed(dataset, stream);
      }
      return false;
    }
    // If it exists only because of its partial state, it will not when that is dropped.
    return guard.checkNew(target, stream);
  }

  /**
   * Drops partial state if told to, and makes room in a placeholder: not before the stream has
   * really begun, and after a last look at what is there, since the stream may have let us wait.
   *
   * @return whether the receive must be forced
   */
  private boolean prepare(
      SnapshotPath snapshot,
      Optional<FilesystemState> known,
      ReceiveRequest request,
      InspectedStream stream)
      throws OperationException, InterruptedException {
    if (known.isEmpty()) {
      return false;
    }
    DatasetPath target = snapshot.filesystem();
    Dataset dataset = known.get().dataset();
    boolean partial = dataset.resumeToken().isPresent();
    boolean resumed = partial && !request.clearPartialState();
    boolean placeholder = dataset.placeholder().isPlaceholder();
    boolean wasPlaceholder = isUnmarked(known.get());
    FilesystemState current = known.get();
    if (request.fullStream() && (placeholder || (partial && wasPlaceholder))) {
      stream.requireBegun(snapshot.toString(), request.to().guid());
      current = requireUnchanged(target, current);
      requireNothingToKeep(target, current);
    }
    if (partial && request.clearPartialState()) {
      zfs.abortReceive(target);
      if (request.fullStream() && wasPlaceholder) {
        return isStillEmpty(target);
      }
    }
    if (!request.fullStream()) {
      return false;
    }
    if (placeholder) {
      destroySnapshots(target, current);
      return true;
    }
    // ZFS wants the force with which the interrupted receive began.
    return resumed && wasPlaceholder;
  }

  private void requireNothingToKeep(DatasetPath target, FilesystemState state)
      throws PolicyException {
    Optional<Snapshot> first = state.snapshots().findFirst();
    if (keepsSnapshots && first.isPresent()) {
      throw new PolicyException(
          "cannot replace placeholder filesystem %s: it has snapshots (%s and perhaps more), which serve.forbid_destroy keeps; destroy them here if they are of no value"
              .formatted(target, first.get().name()));
    }
  }

  /** What is there now, if it may be replaced for the same reason as before. */
  private FilesystemState requireUnchanged(DatasetPath target, FilesystemState before)
      throws OperationException, InterruptedException {
    Optional<FilesystemState> now = inventory.refresh(target);
    boolean unchanged =
        now.isPresent()
            && now.get().dataset().equals(before.dataset())
            && isUnmarked(now.get()) == isUnmarked(before);
    if (!unchanged) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          true,
          "cannot receive into %s: somebody has changed it (its mark as a placeholder, its partial state or its snapshots); nothing was destroyed"
              .formatted(target),
          null,
          null);
    }
    return now.get();
  }

  /**
   * Whether the mark was cleared by a forced receive that did not come to its end, if there is
   * partial state: another program clears it before, and ZFS at the beginning, so that a machine
   * that loses power leaves it so.
   */
  private static boolean isUnmarked(FilesystemState state) {
    return state.dataset().placeholder().localValue().equals(Optional.of("off"))
        && state.snapshots().findAny().isEmpty();
  }

  /**
   * Whether a placeholder that lost its mark is still there after its partial state was dropped.
   */
  private boolean isStillEmpty(DatasetPath target) throws OperationException, InterruptedException {
    Optional<FilesystemState> now = inventory.refresh(target);
    return now.isPresent() && isUnmarked(now.get());
  }

  /** {@code zfs receive -F} refuses a dataset with snapshots. Children are not touched. */
  private void destroySnapshots(DatasetPath target, FilesystemState state)
      throws OperationException, InterruptedException {
    Optional<Snapshot> oldest = state.snapshots().findFirst();
    if (oldest.isEmpty()) {
      return;
    }
    try (ReceiveLocks.Held _ = locks.enterRollback(target)) {
      destroyFrom(target, oldest.get());
    }
  }

  private void destroyFrom(DatasetPath target, Snapshot oldest)
      throws OperationException, InterruptedException {
    zfs.rollback(StepProtection.snapshotPath(target, oldest.name()));
    for (DestroyOutcome outcome : zfs.destroySnapshots(target, List.of(oldest.name()))) {
      if (outcome.reason().isPresent()) {
        throw OperationException.permanent(
            "cannot replace placeholder filesystem %s: its snapshot %s cannot be destroyed: %s"
                .formatted(target, outcome.snapshotName(), outcome.reason().get()));
      }
    }
  }

  private FilesystemVersion verify(SnapshotPath snapshot, Snapshot wanted)
      throws OperationException, InterruptedException {
    FilesystemVersion found = zfs.lookup(List.of(snapshot)).get(snapshot);
    if (found == null || !found.guid().equals(wanted.guid())) {
      throw OperationException.permanent(
          found == null
              ? "received %s, but it does not exist".formatted(snapshot)
              : "received %s, but its guid is %s instead of %s; the snapshot is kept"
                  .formatted(snapshot, found.guid(), wanted.guid()));
    }
    return found;
  }

  private void note(
      DatasetPath target,
      Optional<FilesystemState> before,
      boolean wasPlaceholder,
      boolean forced,
      boolean raw,
      FilesystemVersion arrived) {
    FilesystemState state =
        before.orElseGet(() -> {
          boolean encrypted =
              target
                  .parent()
                  .flatMap(inventory::peek)
                  .map(parent -> parent.dataset().encrypted())
                  .orElse(false);
          return FilesystemState.listed(
              new Dataset(target, Placeholder.NONE, Optional.empty(), encrypted), List.of());
        });
    Placeholder mark =
        wasPlaceholder ? Placeholder.ofLocalValue(target, "off") : state.dataset().placeholder();
    Dataset dataset =
        new Dataset(target, mark, Optional.empty(), raw || state.dataset().encrypted());
    if (before.isEmpty() || inventory.peek(target).isEmpty()) {
      inventory.put(state.withDataset(dataset).with(arrived));
    } else {
      // Others may have noted something during the transfer: change what is there now.
      inventory.update(
          target, now -> (forced ? now.withoutVersions() : now).withDataset(dataset).with(arrived));
    }
  }

  /**
   * Places the hold on the new snapshot first, then releases the older ones. A request may be
   * repeated, or late: the hold never moves from a newer snapshot to an older one.
   */
  private void protectNewest(
      SnapshotPath snapshot, FilesystemVersion arrived, ReceiveRequest request)
      throws OperationException, InterruptedException {
    DatasetPath target = snapshot.filesystem();
    Set<String> newer = newerThan(arrived, inventory.peek(target));
    if (isHeldAmong(newer, target)) {
      log.atInfo()
          .addKeyValue("snapshot", snapshot)
          .log("is there already, and newer ones: what is held stays as it is");
      return;
    }
    Set<String> kept = new HashSet<>(newer);
    if (request.protection().forStep(!request.fullStream()) != ReplicationGuarantee.NOTHING) {
      zfs.hold(tag, List.of(snapshot));
      kept.add(arrived.name());
      inventory.update(target, state -> state.withHolds(Set.of(arrived.name())));
    }
    Optional<FilesystemState> state = inventory.peek(target);
    if (state.isPresent()) {
      HoldRelease.releaseAllBut(zfs, inventory, tag, state.get(), kept)
          .ifPresent(e -> {
            inventory.invalidate(target);
            log.atWarn()
                .addKeyValue("fs", target)
                .log(
                    "could not release the holds of older snapshots, will try again with the"
                        + " next step: {}",
                    e.describe());
          });
    }
  }

  private static Set<String> newerThan(FilesystemVersion version, Optional<FilesystemState> state) {
    Set<String> names = new HashSet<>();
    state.ifPresent(known ->
        known
            .snapshots()
            .filter(snapshot -> snapshot.createTxg().compareTo(version.createTxg()) > 0)
            .forEach(snapshot -> names.add(snapshot.name())));
    return names;
  }

  /** Whether one of them carries our hold; asks ZFS if that is not known. */
  private boolean isHeldAmong(Set<String> names, DatasetPath target)
      throws OperationException, InterruptedException {
    Optional<FilesystemState> state = inventory.peek(target);
    if (names.isEmpty() || state.isEmpty()) {
      return false;
    }
    if (state.get().held().stream().anyMatch(names::contains)) {
      return true;
    }
    List<SnapshotPath> unknown = new ArrayList<>();
    for (Snapshot snapshot : state.get().snapshotsWithUnknownHolds(Set.of())) {
      if (names.contains(snapshot.name())) {
        unknown.add(StepProtection.snapshotPath(target, snapshot.name()));
      }
    }
    return !unknown.isEmpty()
        && zfs.holds(unknown).stream().anyMatch(hold -> hold.tag().equals(tag));
  }
}

package io.zrepl.endpoint.local;

import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DestroyOutcome;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.StreamSource;
import io.zrepl.zfs.Zfs;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * <p>The mark is set to off <em>after</em> the receive. So a receive that fails or is killed leaves
 * a placeholder, with or without partial state, which the next receive may replace. Were it set
 * before, a kill would leave an empty dataset of which nobody could tell that it may be replaced.
 *
 * <p>On the main path four commands: {@code receive}, {@code list} of what arrived, {@code hold} on
 * it, {@code release} of the hold before it; the first time after a listing also {@code holds}.
 */
final class ReceiveStep {
  private static final Logger LOG = LoggerFactory.getLogger(ReceiveStep.class);

  private final Zfs zfs;
  private final Inventory inventory;
  private final PlaceholderParents parents;
  private final ReceiveLocks locks;
  private final String tag;

  ReceiveStep(
      Zfs zfs, Inventory inventory, PlaceholderParents parents, ReceiveLocks locks, JobId job) {
    this.zfs = zfs;
    this.inventory = inventory;
    this.parents = parents;
    this.locks = locks;
    this.tag = new HoldTag(HoldTag.Kind.LAST_RECEIVED, job).text();
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
        done = true;
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
    if (placeholder && request.fullStream() && known.get().has(request.to())) {
      zfs.setPlaceholder(target, false);
    } else {
      force = prepare(snapshot, known, request);
      receiveStream(snapshot, request, stream, force, placeholder);
    }
    FilesystemVersion arrived = verify(snapshot, request.to());
    note(target, known, placeholder, force, arrived);
    return arrived;
  }

  private static boolean isPlaceholder(Optional<FilesystemState> state) {
    return state.map(known -> known.dataset().placeholder().isPlaceholder()).orElse(false);
  }

  /**
   * Drops partial state if told to, and makes room in a placeholder.
   *
   * @return whether the receive must be forced
   */
  private boolean prepare(
      SnapshotPath snapshot, Optional<FilesystemState> known, ReceiveRequest request)
      throws OperationException, InterruptedException {
    if (known.isEmpty()) {
      return false;
    }
    DatasetPath target = snapshot.filesystem();
    Dataset dataset = known.get().dataset();
    boolean partial = dataset.resumeToken().isPresent();
    boolean resumed = partial && !request.clearPartialState();
    if (dataset.placeholder().isPlaceholder()
        && request.fullStream()
        && !resumed
        && dataset.encrypted()) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          false,
          "cannot automatically replace placeholder filesystem %s with incoming send stream: it is encrypted, and ZFS never overwrites an encrypted filesystem"
              .formatted(target),
          "if it has no children, destroy it with 'zfs destroy %1$s'; otherwise rename it, let replication create %1$s, and rename the children back"
              .formatted(target),
          null);
    }
    if (partial && request.clearPartialState()) {
      zfs.abortReceive(target);
    }
    if (!request.fullStream()) {
      return false;
    }
    if (dataset.placeholder().isPlaceholder()) {
      destroySnapshots(target, known.get());
      return true;
    }
    // Another program cleared the mark before its receive was interrupted: ZFS wants the force
    // with which that receive began.
    boolean wasPlaceholder = dataset.placeholder().localValue().equals(Optional.of("off"));
    return resumed && wasPlaceholder && known.get().snapshots().findAny().isEmpty();
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

  /**
   * Receives. ZFS itself clears the mark of a placeholder in the same operation: if it was cleared
   * afterwards, a daemon that ends in between would leave a complete replica marked as a
   * placeholder, and the next run would replace it. A receive that fails leaves the mark as it was.
   */
  private void receiveStream(
      SnapshotPath snapshot,
      ReceiveRequest request,
      SendStream stream,
      boolean force,
      boolean placeholder)
      throws OperationException, InterruptedException {
    Map<String, String> override = placeholder ? Map.of(Placeholder.PROPERTY, "off") : Map.of();
    ReceiveArguments arguments = new ReceiveArguments(snapshot, force, true, List.of(), override);
    try {
      zfs.receive(arguments, source(stream));
    } catch (OperationException e) {
      if (!hasArrived(snapshot, request.to(), e)) {
        throw explained(e, snapshot.filesystem(), request);
      }
      // For example, the filesystem could not be mounted.
      LOG.atWarn()
          .addKeyValue("snapshot", snapshot)
          .log("was received although the receive reports a failure: {}", e.describe());
    }
  }

  private static StreamSource source(SendStream stream) {
    return new StreamSource() {
      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        return stream.read(buffer);
      }

      @Override
      public void abort() {
        stream.abort();
      }
    };
  }

  private boolean hasArrived(SnapshotPath snapshot, Snapshot wanted, OperationException failure)
      throws InterruptedException {
    try {
      FilesystemVersion found = zfs.lookup(List.of(snapshot)).get(snapshot);
      return found != null && found.guid().equals(wanted.guid());
    } catch (OperationException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  /** Adds what to do about a dataset that another program left between placeholder and replica. */
  private OperationException explained(
      OperationException failure, DatasetPath target, ReceiveRequest request)
      throws InterruptedException {
    Optional<FilesystemState> state = inventory.peek(target);
    boolean emptied =
        state.isPresent()
            && request.fullStream()
            && failure.advice().isEmpty()
            && state.get().versions().isEmpty()
            && state.get().dataset().resumeToken().isEmpty()
            && state.get().dataset().placeholder().localValue().equals(Optional.of("off"));
    return emptied
        ? new OperationException(
            failure.scope(),
            failure.temporary(),
            failure.message(),
            "%1$s has no snapshots; if it holds nothing of value, allow its replacement with 'zfs set %2$s=on %1$s'"
                .formatted(target, Placeholder.PROPERTY),
            failure)
        : failure;
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
    Dataset dataset = new Dataset(target, mark, Optional.empty(), state.dataset().encrypted());
    if (before.isEmpty()) {
      inventory.put(state.withDataset(dataset).with(arrived));
    } else {
      // Others may have noted something during the transfer: change what is there now.
      inventory.update(
          target, now -> (forced ? now.withoutVersions() : now).withDataset(dataset).with(arrived));
    }
  }

  /** Places the hold on the new snapshot first, then releases the older ones. */
  private void protectNewest(
      SnapshotPath snapshot, FilesystemVersion arrived, ReceiveRequest request)
      throws OperationException, InterruptedException {
    DatasetPath target = snapshot.filesystem();
    Set<String> kept = Set.of();
    if (request.protection().forStep(!request.fullStream()) != ReplicationGuarantee.NOTHING) {
      zfs.hold(tag, List.of(snapshot));
      kept = Set.of(arrived.name());
      Set<String> held = kept;
      inventory.update(target, state -> state.withHolds(held));
    }
    Optional<FilesystemState> state = inventory.peek(target);
    if (state.isPresent()) {
      HoldRelease.releaseAllBut(zfs, inventory, tag, state.get(), kept)
          .ifPresent(e -> {
            inventory.invalidate(target);
            LOG.atWarn()
                .addKeyValue("fs", target)
                .log(
                    "could not release the holds of older snapshots, will try again with the"
                        + " next step: {}",
                    e.describe());
          });
    }
  }
}

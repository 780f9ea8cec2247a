package io.zrepl.endpoint.local;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.PropertyName;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.StreamSource;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * The one command of a receive: what it is told, and what its failure means.
 *
 * <p>ZFS itself clears the mark of a placeholder in the same operation: if it was cleared
 * afterwards, a daemon that ends in between would leave a complete replica marked as a placeholder,
 * and the next run would replace it. A receive that fails leaves the mark as it was.
 */
final class StreamReceiver {
  private static final PropertyName MARK = PropertyName.of(Placeholder.PROPERTY);
  private static final PropertyName ENCRYPTION = PropertyName.of("encryption");

  private final ReceiveOptions options;
  private final Zfs zfs;
  private final Inventory inventory;
  private final PoolsWithoutResuming poolsWithoutResuming;
  private final BandwidthLimiter limiter;
  private final Logger log;

  StreamReceiver(
      ReceiveOptions options,
      Zfs zfs,
      Inventory inventory,
      ReceiveLocks locks,
      BandwidthLimiter limiter,
      Logger log) {
    this.options = options;
    this.zfs = zfs;
    this.inventory = inventory;
    this.poolsWithoutResuming = locks.poolsWithoutResuming();
    this.limiter = limiter;
    this.log = log;
  }

  /**
   * What is special about a receive.
   *
   * @param force whether the dataset that is there is to be replaced
   * @param clearMark whether it becomes a filesystem that is no placeholder
   * @param inheritEncryption whether it must be told to take the encryption of its parent
   */
  record Mode(boolean force, boolean clearMark, boolean inheritEncryption) {}

  /**
   * Receives; returns when the snapshot is there, or throws.
   *
   * @return whether ZFS reported success; if not, the snapshot may have been there before
   */
  boolean receive(SnapshotPath snapshot, ReceiveRequest request, SendStream stream, Mode mode)
      throws OperationException, InterruptedException {
    DatasetPath pool = snapshot.filesystem().pool();
    boolean keepPartialState = !poolsWithoutResuming.contains(pool);
    try {
      zfs.receive(
          arguments(snapshot, keepPartialState, mode), source(LimitedStream.of(stream, limiter)));
      return true;
    } catch (OperationException e) {
      if (e instanceof ZfsException z && z.problem() == ZfsProblem.PROPERTY_NOT_RECEIVED) {
        // It has arrived, but may look like a placeholder, or be mounted where it must not be.
        throw e;
      }
      if (!hasArrived(snapshot, request.to(), e)) {
        throw keepPartialState && lacksFeature(e, pool)
            ? withoutResuming(snapshot, e)
            : explained(e, snapshot.filesystem(), request);
      }
      // For example, the filesystem could not be mounted.
      log.atWarn()
          .addKeyValue("snapshot", snapshot)
          .log("is there although its receive reports a failure: {}", e.describe());
      return false;
    }
  }

  private ReceiveArguments arguments(SnapshotPath snapshot, boolean keepPartialState, Mode mode) {
    List<PropertyName> inherit = new ArrayList<>(options.inherit());
    Map<PropertyName, String> override = new LinkedHashMap<>(options.override());
    if (mode.clearMark()) {
      inherit.remove(MARK);
      override.put(MARK, "off");
    }
    if (mode.inheritEncryption()
        && !inherit.contains(ENCRYPTION)
        && !override.containsKey(ENCRYPTION)) {
      inherit.add(ENCRYPTION);
    }
    return new ReceiveArguments(snapshot, mode.force(), keepPartialState, inherit, override);
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

  /** Asked only after ZFS said that the pool is too old for what it was to do. */
  private boolean lacksFeature(OperationException failure, DatasetPath pool)
      throws InterruptedException {
    if (!(failure instanceof ZfsException e) || e.problem() != ZfsProblem.POOL_LACKS_FEATURE) {
      return false;
    }
    try {
      return !zfs.keepsPartialState(pool);
    } catch (OperationException second) {
      failure.addSuppressed(second);
      return false;
    }
  }

  private OperationException withoutResuming(SnapshotPath snapshot, OperationException failure) {
    DatasetPath pool = snapshot.filesystem().pool();
    if (poolsWithoutResuming.add(pool)) {
      log.atWarn()
          .addKeyValue("pool", pool)
          .log(
              "the pool lacks the feature extensible_dataset: what is received into it cannot be"
                  + " resumed after an interruption (zpool set feature@extensible_dataset=enabled {})",
              pool);
    }
    return new OperationException(
        FailureScope.FILESYSTEM,
        true,
        "cannot receive %s so that it could be resumed after an interruption, since pool %s lacks the feature extensible_dataset; it is received without from now on"
            .formatted(snapshot, pool),
        null,
        failure);
  }

  /** Adds what to do about a dataset that another program left between placeholder and replica. */
  private OperationException explained(
      OperationException failure, DatasetPath target, ReceiveRequest request) {
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
}

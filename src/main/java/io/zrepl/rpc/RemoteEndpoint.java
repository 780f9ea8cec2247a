package io.zrepl.rpc;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.Bookmark;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.rpc.control.ControlClient;
import io.zrepl.rpc.data.DataClient;
import io.zrepl.transport.Connector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a remote sender and a remote receiver have in common. */
abstract class RemoteEndpoint implements Endpoint, AutoCloseable {
  /** So many snapshots are destroyed by one call: the request must stay below 4 MiB. */
  private static final int DESTROYED_AT_ONCE = 5000;

  private static final Comparator<FilesystemVersion> BY_AGE =
      Comparator.comparing(FilesystemVersion::createTxg)
          .thenComparingInt(version -> version instanceof Bookmark ? 0 : 1);

  private final String target;
  private final ControlClient control;
  private final DataClient data;

  RemoteEndpoint(Dialer dialer) {
    this.target = dialer.connector().target();
    this.control = new ControlClient(dialer);
    this.data = new DataClient(dialer);
  }

  static Dialer dialer(Connector connector) {
    return new Dialer(connector, Banner.OURS, RpcTiming.DEFAULT);
  }

  final ControlClient control() {
    return control;
  }

  final DataClient data() {
    return data;
  }

  @Override
  public final void checkConnectivity() throws OperationException, InterruptedException {
    control.ping();
    data.ping();
  }

  /**
   * {@inheritDoc}
   *
   * @throws OperationException also if the other side could not list: that is temporary, since its
   *     pool may be missing
   */
  @Override
  public final List<FilesystemEntry> listFilesystems()
      throws OperationException, InterruptedException {
    List<FilesystemEntry> entries;
    try {
      entries = new ArrayList<>(control.listFilesystems());
    } catch (OperationException e) {
      throw e.scope() == FailureScope.PEER
          ? e
          : new OperationException(
              FailureScope.PEER, true, e.message(), e.advice().orElse(null), e);
    }
    entries.sort(Comparator.comparing(FilesystemEntry::path));
    for (int i = 1; i < entries.size(); i++) {
      if (entries.get(i).path().equals(entries.get(i - 1).path())) {
        throw RemoteFailure.ofConnection(
            target, new ProtocolException("lists %s twice".formatted(entries.get(i).path())));
      }
    }
    return entries;
  }

  @Override
  public final List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    List<FilesystemVersion> versions = new ArrayList<>(control.listVersions(filesystem));
    versions.sort(BY_AGE);
    return versions;
  }

  @Override
  public final List<DestroyResult> destroySnapshots(
      DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    List<DestroyResult> results = new ArrayList<>();
    for (int i = 0; i < snapshots.size(); i += DESTROYED_AT_ONCE) {
      List<Snapshot> part = snapshots.subList(i, Math.min(snapshots.size(), i + DESTROYED_AT_ONCE));
      Map<String, DestroyResult> byName = new HashMap<>();
      control
          .destroySnapshots(filesystem, part)
          .forEach(result -> byName.put(result.snapshotName(), result));
      for (Snapshot snapshot : part) {
        results.add(
            byName.getOrDefault(
                snapshot.name(),
                new DestroyResult(
                    snapshot.name(), Optional.of(target + " does not say what became of it"))));
      }
    }
    return results;
  }

  /** Ends its connections. */
  @Override
  public final void close() {
    control.close();
  }
}

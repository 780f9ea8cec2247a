package io.zrepl.prune;

import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/** One side of a replication in memory, which writes down what it is asked. */
class FakeSide implements Sender, Receiver {
  /** Runs within a destroy, to fail or to wait. */
  interface OnDestroy {
    void destroying(DatasetPath filesystem) throws OperationException, InterruptedException;
  }

  final Map<DatasetPath, List<FilesystemVersion>> versions = new TreeMap<>();
  final Map<DatasetPath, Guid> cursors = new HashMap<>();
  final Set<DatasetPath> placeholders = new HashSet<>();

  /** Why a snapshot cannot be destroyed, by name. */
  final Map<String, String> refusals = new HashMap<>();

  final Map<DatasetPath, OperationException> versionFailures = new HashMap<>();

  /** What filesystems occupy; a side that tells no sizes has none. */
  final Map<DatasetPath, Long> sizes = new HashMap<>();

  Optional<OperationException> listFailure = Optional.empty();
  OnDestroy onDestroy = filesystem -> {};

  /** Questions that are never answered, such as {@code versions tank}. */
  final Set<String> hanging = new HashSet<>();

  /** Each question, in order, such as {@code versions tank}. */
  final List<String> asked = new ArrayList<>();

  FakeSide with(String filesystem, FilesystemVersion... all) {
    versions.put(DatasetPath.of(filesystem), new ArrayList<>(List.of(all)));
    return this;
  }

  FakeSide withCursor(String filesystem, int number) {
    cursors.put(DatasetPath.of(filesystem), new Guid(number));
    return this;
  }

  FakeSide withPlaceholder(String filesystem) {
    placeholders.add(DatasetPath.of(filesystem));
    return with(filesystem);
  }

  List<FilesystemEntry> entries() {
    return versions.keySet().stream()
        .map(path -> new FilesystemEntry(path, placeholders.contains(path), Optional.empty()))
        .toList();
  }

  synchronized List<String> names(String filesystem) {
    return versions.getOrDefault(DatasetPath.of(filesystem), List.of()).stream()
        .map(FilesystemVersion::name)
        .toList();
  }

  synchronized List<String> asked(String verb) {
    return asked.stream().filter(line -> line.startsWith(verb)).sorted().toList();
  }

  @Override
  public void checkConnectivity() {
    throw new UnsupportedOperationException();
  }

  private void hang(String question) throws InterruptedException {
    if (hanging.contains(question)) {
      synchronized (this) {
        asked.add("in vain " + question);
      }
      new CountDownLatch(1).await();
    }
  }

  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    hang("list");
    return listNow();
  }

  private synchronized List<FilesystemEntry> listNow() throws OperationException {
    asked.add("list");
    if (listFailure.isPresent()) {
      throw listFailure.get();
    }
    return entries();
  }

  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    hang("versions " + filesystem);
    return versionsNow(filesystem);
  }

  private synchronized List<FilesystemVersion> versionsNow(DatasetPath filesystem)
      throws OperationException {
    asked.add("versions " + filesystem);
    OperationException failure = versionFailures.get(filesystem);
    if (failure != null) {
      throw failure;
    }
    List<FilesystemVersion> all = versions.get(filesystem);
    if (all == null) {
      throw OperationException.permanent(filesystem + " does not exist");
    }
    return all.stream().sorted(Comparator.comparing(FilesystemVersion::createTxg)).toList();
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    synchronized (this) {
      asked.add("destroy " + filesystem + " " + snapshots.stream().map(Snapshot::name).toList());
    }
    onDestroy.destroying(filesystem);
    synchronized (this) {
      List<DestroyResult> results = new ArrayList<>();
      for (Snapshot snapshot : snapshots) {
        Optional<String> refusal = Optional.ofNullable(refusals.get(snapshot.name()));
        if (refusal.isEmpty()) {
          versions.getOrDefault(filesystem, new ArrayList<>()).remove(snapshot);
        }
        results.add(new DestroyResult(snapshot.name(), refusal));
      }
      return results;
    }
  }

  @Override
  public synchronized Optional<Guid> replicationCursor(DatasetPath filesystem) {
    asked.add("cursor " + filesystem);
    return Optional.ofNullable(cursors.get(filesystem));
  }

  @Override
  public Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems) throws InterruptedException {
    hang("sizes");
    synchronized (this) {
      asked.add("sizes " + filesystems);
    }
    Map<DatasetPath, Long> known = new HashMap<>(sizes);
    known.keySet().retainAll(filesystems);
    return known;
  }

  @Override
  public OptionalLong estimate(SendRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SendStream send(SendRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sendCompleted(SendRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void receive(ReceiveRequest request, SendStream stream) {
    throw new UnsupportedOperationException();
  }
}

package io.zrepl.zfs;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Bookmark;
import io.zrepl.model.BookmarkPath;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.FakeDataset.FakeSnapshot;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * ZFS in memory, for tests: pools, filesystems, snapshots, holds, bookmarks, placeholders, and
 * resumable sends and receives, with the rules by which the real one agrees or refuses.
 *
 * <p>Three groups of methods: those of {@link Zfs}, which count processes, write the {@linkplain
 * #journal() journal} and are subject to {@linkplain #setFaults faults}; those that prepare a
 * situation (what users and other programs do), which do neither; and those that look at the
 * result. Names are given as text ({@code "tank/home@monday"}); a malformed one is an error of the
 * test.
 *
 * <p>Faithful in what matters to its callers: commands go by name, so that a snapshot that was
 * destroyed and made again is another object under the same name; one batch destroy is all or
 * nothing; a held snapshot, one that is being sent, or the base of partial state cannot be
 * destroyed; a full stream goes into an existing filesystem only with force and only if it has no
 * snapshots; partial state blocks other receives and remembers its token. Streams carry the
 * identity of their snapshot and a payload of {@link #setStreamSize} bytes.
 *
 * <p>Any thread may call. Long, because it stands for one program.
 */
public final class FakeZfs implements Zfs {

  /** The kinds of calls that start a process. */
  public enum Operation {
    DATASETS,
    VERSIONS,
    SIZES,
    LOOKUP,
    SNAPSHOT,
    BOOKMARK,
    DESTROY_BOOKMARK,
    DESTROY_SNAPSHOTS,
    HOLD,
    RELEASE,
    HOLDS,
    CREATE_PLACEHOLDER,
    SET_PLACEHOLDER,
    ROLLBACK,
    ESTIMATE,
    SEND,
    RECEIVE,
    ABORT_RECEIVE,
    POOL_FEATURE
  }

  private static final Instant START = Instant.parse("2024-01-01T00:00:00Z");

  private final InstantSource clock;
  // Everything below is guarded by this.
  private final TreeMap<DatasetPath, FakeDataset> datasets = new TreeMap<>();
  private final Set<DatasetPath> exported = new HashSet<>();
  private final Set<DatasetPath> suspended = new HashSet<>();
  private final Map<DatasetPath, Long> txgs = new HashMap<>();
  private final EnumMap<Operation, Integer> processes = new EnumMap<>(Operation.class);
  private final List<String> journal = new ArrayList<>();
  private final List<ReceiveArguments> receives = new ArrayList<>();
  private FakeFaults faults = FakeFaults.NONE;
  private int calls;
  private long ticks;
  private long streamSize = 1000;
  private final Map<ResumeToken, ResumeTokenContents> understood = new HashMap<>();
  private OptionalLong sendsFailAfter = OptionalLong.empty();
  private OptionalLong receivesFailAfter = OptionalLong.empty();
  private final Set<DatasetPath> withoutResuming = new HashSet<>();
  private Optional<Guid> forgedGuid = Optional.empty();

  /** Without pools. Each snapshot is a second younger than the one before. */
  public FakeZfs() {
    this(null);
  }

  /** Without pools. Snapshots that are taken through {@link #snapshot} are of the clock's time. */
  public FakeZfs(@Nullable InstantSource clock) {
    this.clock = clock == null ? () -> START.plusSeconds(++ticks) : clock;
  }

  // ---- what users and other programs do ----

  /** Creates a filesystem and its missing parents, the pool included. */
  public synchronized DatasetPath create(String filesystem) {
    DatasetPath path = DatasetPath.of(filesystem);
    path.parent().ifPresent(parent -> create(parent.toString()));
    boolean encrypted =
        path.parent().flatMap(this::dataset).map(parent -> parent.encrypted).orElse(false);
    datasets.computeIfAbsent(path, _ -> new FakeDataset(path, encrypted));
    return path;
  }

  /** Like {@link #create}, natively encrypted. */
  public synchronized DatasetPath createEncrypted(String filesystem) {
    DatasetPath path = create(filesystem);
    require(path).encrypted = true;
    return path;
  }

  /** Makes an existing filesystem encrypted or not. */
  public synchronized void setEncrypted(String filesystem, boolean encrypted) {
    require(DatasetPath.of(filesystem)).encrypted = encrypted;
  }

  /** Gives a user property of a filesystem a value with line ends, or takes it away. */
  public synchronized void forgeProperties(String filesystem, boolean forged) {
    require(DatasetPath.of(filesystem)).hasForgedProperties = forged;
  }

  /** Destroys a filesystem with everything in and below it. */
  public synchronized void destroy(String filesystem) {
    DatasetPath path = DatasetPath.of(filesystem);
    datasets.keySet().removeIf(existing -> existing.isAtOrBelow(path));
  }

  /** The pool does not answer until it is resumed. */
  public synchronized void suspendPool(String pool) {
    suspended.add(DatasetPath.of(pool));
  }

  /** As {@code zpool clear} does once its devices are back. */
  public synchronized void resumePool(String pool) {
    suspended.remove(DatasetPath.of(pool));
  }

  /** The pool is gone until it is imported. */
  public synchronized void exportPool(String pool) {
    exported.add(DatasetPath.of(pool));
  }

  /** Brings an exported pool back. */
  public synchronized void importPool(String pool) {
    exported.remove(DatasetPath.of(pool));
  }

  /** Takes a snapshot. */
  public synchronized Snapshot take(String snapshot) {
    return take(snapshot, clock.instant());
  }

  /** Takes a snapshot that seems to be of another time. */
  public synchronized Snapshot take(String snapshot, Instant creation) {
    SnapshotPath path = snapshotPath(snapshot);
    FakeDataset dataset = require(path.filesystem());
    if (dataset.snapshots.containsKey(path.name())) {
      throw new IllegalStateException(snapshot + " exists already");
    }
    return addSnapshot(dataset, path.name(), creation).value();
  }

  /** Destroys a snapshot or bookmark, unless it is held or in use. */
  public synchronized void destroyVersion(String version) {
    VersionPath path = versionPath(version);
    FakeDataset dataset = require(path.filesystem());
    if (path instanceof BookmarkPath) {
      dataset.bookmarks.remove(path.name());
      return;
    }
    FakeSnapshot snapshot = requireSnapshot(version);
    Optional<String> reason = dataset.undestroyable(snapshot);
    if (reason.isPresent()) {
      throw new IllegalStateException("cannot destroy %s: %s".formatted(version, reason.get()));
    }
    dataset.snapshots.remove(snapshot.name);
  }

  /** Makes a bookmark of a snapshot. */
  public synchronized Bookmark makeBookmark(String snapshot, String bookmarkName) {
    Bookmark bookmark = requireSnapshot(snapshot).bookmark(bookmarkName);
    require(snapshotPath(snapshot).filesystem()).bookmarks.put(bookmarkName, bookmark);
    return bookmark;
  }

  /** Places a hold. */
  public synchronized void placeHold(String snapshot, String tag) {
    requireSnapshot(snapshot).holds.add(tag);
  }

  /** Releases a hold. */
  public synchronized void removeHold(String snapshot, String tag) {
    requireSnapshot(snapshot).holds.remove(tag);
  }

  /** Writes something into a filesystem, so that it differs from its newest snapshot. */
  public synchronized void write(String filesystem) {
    require(DatasetPath.of(filesystem)).modified = true;
  }

  /** Sets the local value of {@code zrepl:placeholder}. */
  public synchronized void setPlaceholderValue(String filesystem, String value) {
    require(DatasetPath.of(filesystem)).placeholder = Optional.of(value);
  }

  /** How much payload a stream has, in bytes; 1000 at first. */
  public synchronized void setStreamSize(long bytes) {
    streamSize = bytes;
  }

  /** Lets every send that starts from now on fail after so much payload; empty for none. */
  public synchronized void failSendsAfter(OptionalLong bytes) {
    sendsFailAfter = bytes;
  }

  /** Lets every receive run out of space after so much payload; empty for none. */
  public synchronized void failReceivesAfter(OptionalLong bytes) {
    receivesFailAfter = bytes;
  }

  /** Lets a pool lack the feature that resuming a receive needs. */
  public synchronized void setResumable(String pool, boolean resumable) {
    if (resumable) {
      withoutResuming.remove(DatasetPath.of(pool));
    } else {
      withoutResuming.add(DatasetPath.of(pool));
    }
  }

  /** Lets received snapshots have another guid than the stream says; empty for the truth. */
  public synchronized void forgeReceivedGuids(Optional<Guid> guid) {
    forgedGuid = guid;
  }

  /** Sets what goes wrong; calls are counted from 1 again. */
  public synchronized void setFaults(FakeFaults newFaults) {
    faults = newFaults;
    calls = 0;
  }

  // ---- what there is ----

  /** Whether a filesystem, snapshot or bookmark exists. */
  public synchronized boolean exists(String name) {
    if (name.indexOf('@') < 0 && name.indexOf('#') < 0) {
      return dataset(DatasetPath.of(name)).isPresent();
    }
    return read(versionPath(name)).isPresent();
  }

  /** The relative names of the versions of a filesystem, in the order of creation. */
  public synchronized List<String> versionsOf(String filesystem) {
    return require(DatasetPath.of(filesystem)).versions().stream()
        .map(FilesystemVersion::relativeName)
        .toList();
  }

  /** The names of the bookmarks of a filesystem. */
  public synchronized Set<String> bookmarksOf(String filesystem) {
    return new TreeSet<>(require(DatasetPath.of(filesystem)).bookmarks.keySet());
  }

  /** A snapshot or bookmark, which must exist. */
  public synchronized FilesystemVersion version(String name) {
    return read(versionPath(name))
        .orElseThrow(() -> new IllegalStateException(name + " does not exist"));
  }

  /** The tags of the holds of a snapshot. */
  public synchronized Set<String> holdsOf(String snapshot) {
    return new TreeSet<>(requireSnapshot(snapshot).holds);
  }

  /** Every held snapshot below a filesystem's name with its tags, as {@code name: tags}. */
  public synchronized Map<String, Set<String>> holdsIn(String filesystem) {
    Map<String, Set<String>> held = new LinkedHashMap<>();
    for (FakeSnapshot snapshot : require(DatasetPath.of(filesystem)).inOrder()) {
      if (!snapshot.holds.isEmpty()) {
        held.put(snapshot.name, new TreeSet<>(snapshot.holds));
      }
    }
    return held;
  }

  /** A filesystem as the inventory sees it, which must exist. */
  public synchronized Dataset datasetOf(String filesystem) {
    return require(DatasetPath.of(filesystem)).value();
  }

  /** How many processes were started, by kind; without those of none. */
  public synchronized Map<Operation, Integer> processes() {
    return new EnumMap<>(processes);
  }

  /** How many processes were started. */
  public synchronized int processCount() {
    return processes.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Forgets what was counted, and the journal. */
  public synchronized void resetProcesses() {
    processes.clear();
    journal.clear();
  }

  /** The calls so far, for example {@code "HOLD zrepl_STEP_J_job tank/a@1 tank/a@2"}. */
  public synchronized List<String> journal() {
    return List.copyOf(journal);
  }

  /** The arguments of all receives so far. */
  public synchronized List<ReceiveArguments> receives() {
    return List.copyOf(receives);
  }

  // ---- Zfs ----

  @FunctionalInterface
  private interface Action<T> {
    T run() throws ZfsException;
  }

  private <T> T call(Operation operation, String subject, Action<T> action)
      throws ZfsException, InterruptedException {
    FakeFaults now = currentFaults();
    FakeFaults.Call call = begin(operation, subject, now);
    T result;
    synchronized (this) {
      result = action.run();
    }
    now.after(call);
    return result;
  }

  private synchronized FakeFaults currentFaults() {
    return faults;
  }

  private FakeFaults.Call begin(Operation operation, String subject, FakeFaults now)
      throws ZfsException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    FakeFaults.Call call;
    synchronized (this) {
      call = new FakeFaults.Call(++calls, operation, subject);
    }
    now.before(call);
    synchronized (this) {
      journal.add(operation + " " + subject);
      count(operation, 1);
    }
    return call;
  }

  private void count(Operation operation, int more) {
    processes.merge(operation, more, Integer::sum);
  }

  @Override
  public DatasetListing datasets(DatasetSelection selection)
      throws ZfsException, InterruptedException {
    if (selection instanceof DatasetSelection.Exactly exactly && exactly.datasets().isEmpty()) {
      return new DatasetListing(List.of(), Set.of());
    }
    return call(
        Operation.DATASETS,
        selection.toString(),
        () -> {
          List<Dataset> found = new ArrayList<>();
          Map<DatasetPath, String> unreadable = new TreeMap<>();
          requireAnswers(selection);
          for (FakeDataset dataset : imported()) {
            if (selection.covers(dataset.path)) {
              if (dataset.hasForgedProperties) {
                unreadable.put(dataset.path, "forged");
              } else {
                found.add(dataset.value());
              }
            }
          }
          if (selection instanceof DatasetSelection.Exactly(Set<DatasetPath> exact)) {
            for (DatasetPath path : exact) {
              if (!exact.contains(path.pool())) {
                requirePool(path);
              }
            }
          }
          Set<DatasetPath> missing = new HashSet<>(named(selection));
          missing.removeIf(path -> dataset(path).isPresent());
          return new DatasetListing(found, missing, unreadable);
        });
  }

  /** Nothing can be said about what lies in a pool that is not imported. */
  private void requirePool(DatasetPath path) throws ZfsException {
    requireAnswer(path);
    if (exported.contains(path.pool())) {
      throw new ZfsException(
          ZfsProblem.POOL_MISSING, "pool '%s' is not imported".formatted(path.pool()), null);
    }
  }

  private void requireAnswers(DatasetSelection selection) throws ZfsException {
    for (DatasetPath path : named(selection)) {
      requireAnswer(path);
    }
  }

  private void requireAnswer(DatasetPath path) throws ZfsException {
    if (suspended.contains(path.pool())) {
      throw new ZfsException(
          ZfsProblem.POOL_SUSPENDED,
          "cannot open '%s': pool I/O is currently suspended".formatted(path),
          null);
    }
  }

  @Override
  public Set<DatasetPath> suspendedPools() throws ZfsException, InterruptedException {
    return call(Operation.DATASETS, "suspended pools", () -> Set.copyOf(suspended));
  }

  private static Set<DatasetPath> named(DatasetSelection selection) {
    return switch (selection) {
      case DatasetSelection.Everything _ -> Set.of();
      case DatasetSelection.Subtrees(Set<DatasetPath> roots) -> roots;
      case DatasetSelection.Exactly(Set<DatasetPath> exact) -> exact;
    };
  }

  /** As many bytes as the filesystem has snapshots. */
  @Override
  public Map<DatasetPath, Long> sizes(Collection<DatasetPath> filesystems)
      throws ZfsException, InterruptedException {
    return call(
        Operation.SIZES,
        filesystems.toString(),
        () -> {
          Map<DatasetPath, Long> sizes = new LinkedHashMap<>();
          for (FakeDataset dataset : imported()) {
            if (filesystems.contains(dataset.path)) {
              sizes.put(dataset.path, (long) dataset.snapshots.size());
            }
          }
          return sizes;
        });
  }

  @Override
  public Map<DatasetPath, List<FilesystemVersion>> versions(DatasetSelection selection)
      throws ZfsException, InterruptedException {
    if (selection instanceof DatasetSelection.Exactly exactly && exactly.datasets().isEmpty()) {
      return Map.of();
    }
    return call(
        Operation.VERSIONS,
        selection.toString(),
        () -> {
          Map<DatasetPath, List<FilesystemVersion>> found = new LinkedHashMap<>();
          requireAnswers(selection);
          for (FakeDataset dataset : imported()) {
            if (selection.covers(dataset.path) && !dataset.versions().isEmpty()) {
              found.put(dataset.path, dataset.versions());
            }
          }
          return found;
        });
  }

  @Override
  public Map<VersionPath, FilesystemVersion> lookup(Collection<? extends VersionPath> versions)
      throws ZfsException, InterruptedException {
    if (versions.isEmpty()) {
      return Map.of();
    }
    return call(
        Operation.LOOKUP,
        joined(versions),
        () -> {
          Map<VersionPath, FilesystemVersion> found = new LinkedHashMap<>();
          for (VersionPath path : versions) {
            requirePool(path.filesystem());
            read(path).ifPresent(version -> found.put(path, version));
          }
          return found;
        });
  }

  @Override
  public void snapshot(Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    Map<DatasetPath, List<SnapshotPath>> byPool = new TreeMap<>();
    for (SnapshotPath path : snapshots) {
      byPool.computeIfAbsent(path.filesystem().pool(), _ -> new ArrayList<>()).add(path);
    }
    for (List<SnapshotPath> ofPool : byPool.values()) {
      call(Operation.SNAPSHOT, joined(ofPool), () -> snapshotPool(ofPool));
    }
  }

  private boolean snapshotPool(List<SnapshotPath> snapshots) throws ZfsException {
    Map<SnapshotPath, String> culprits = new LinkedHashMap<>();
    for (SnapshotPath path : snapshots) {
      Optional<FakeDataset> dataset = dataset(path.filesystem());
      if (dataset.isEmpty()) {
        culprits.put(path, "dataset does not exist");
      } else if (dataset.get().snapshots.containsKey(path.name())) {
        culprits.put(path, "dataset already exists");
      }
    }
    if (!culprits.isEmpty()) {
      throw new SnapshotException("cannot create snapshots: " + culprits, false, culprits);
    }
    Instant now = clock.instant();
    for (SnapshotPath path : snapshots) {
      addSnapshot(require(path.filesystem()), path.name(), now);
    }
    return true;
  }

  @Override
  public void bookmark(VersionPath source, Guid guid, BookmarkPath bookmark)
      throws ZfsException, InterruptedException {
    call(
        Operation.BOOKMARK,
        source + " " + bookmark,
        () -> {
          Optional<FilesystemVersion> origin = read(source);
          if (origin.isEmpty()) {
            throw failure(
                "cannot create bookmark '%s': %s does not exist".formatted(bookmark, source));
          }
          Map<String, Bookmark> bookmarks = require(bookmark.filesystem()).bookmarks;
          Bookmark existing = bookmarks.get(bookmark.name());
          if (existing != null) {
            count(Operation.BOOKMARK, 1);
            if (!existing.guid().equals(guid)) {
              throw failure(
                  "cannot create bookmark '%s': bookmark exists with another guid"
                      .formatted(bookmark));
            }
            return true;
          }
          bookmarks.put(
              bookmark.name(),
              new Bookmark(
                  bookmark.name(),
                  origin.get().guid(),
                  origin.get().createTxg(),
                  origin.get().creation()));
          return true;
        });
  }

  @Override
  public void destroyBookmark(BookmarkPath bookmark) throws ZfsException, InterruptedException {
    call(
        Operation.DESTROY_BOOKMARK,
        bookmark.toString(),
        () -> {
          dataset(bookmark.filesystem())
              .ifPresent(dataset -> dataset.bookmarks.remove(bookmark.name()));
          return true;
        });
  }

  @Override
  public List<DestroyOutcome> destroySnapshots(DatasetPath filesystem, List<String> names)
      throws ZfsException, InterruptedException {
    return call(
        Operation.DESTROY_SNAPSHOTS,
        filesystem + "@" + String.join(",", names),
        () -> {
          Optional<FakeDataset> dataset = dataset(filesystem);
          Map<String, String> reasons = new HashMap<>();
          for (String name : names) {
            dataset
                .map(existing -> existing.snapshots.get(name))
                .flatMap(snapshot -> dataset.get().undestroyable(snapshot))
                .ifPresent(reason -> reasons.put(name, reason));
          }
          if (!reasons.isEmpty() && names.size() > 1) {
            // The batch was refused: once more without those, and those one by one.
            count(Operation.DESTROY_SNAPSHOTS, reasons.size());
            count(Operation.DESTROY_SNAPSHOTS, reasons.size() < names.size() ? 1 : 0);
          }
          List<DestroyOutcome> outcomes = new ArrayList<>();
          for (String name : names) {
            if (!reasons.containsKey(name)) {
              dataset.ifPresent(existing -> existing.snapshots.remove(name));
            }
            outcomes.add(new DestroyOutcome(name, Optional.ofNullable(reasons.get(name))));
          }
          return outcomes;
        });
  }

  @Override
  public void hold(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    call(
        Operation.HOLD,
        tag + " " + joined(snapshots),
        () -> {
          List<SnapshotPath> missing = new ArrayList<>();
          for (SnapshotPath path : snapshots) {
            find(path).ifPresentOrElse(found -> found.holds.add(tag), () -> missing.add(path));
          }
          if (!missing.isEmpty()) {
            throw failure("cannot hold: %s: dataset does not exist".formatted(joined(missing)));
          }
          return true;
        });
  }

  @Override
  public Set<SnapshotPath> release(String tag, Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    return call(
        Operation.RELEASE,
        tag + " " + joined(snapshots),
        () -> {
          Set<SnapshotPath> released = new HashSet<>();
          for (SnapshotPath path : snapshots) {
            requirePool(path.filesystem());
            if (find(path).map(found -> found.holds.remove(tag)).orElse(false)) {
              released.add(path);
            }
          }
          return released;
        });
  }

  @Override
  public List<Hold> holds(Collection<SnapshotPath> snapshots)
      throws ZfsException, InterruptedException {
    return call(
        Operation.HOLDS,
        joined(snapshots),
        () -> {
          List<Hold> found = new ArrayList<>();
          for (SnapshotPath path : snapshots) {
            requirePool(path.filesystem());
            find(path)
                .ifPresent(
                    snapshot -> snapshot.holds.forEach(tag -> found.add(new Hold(path, tag))));
          }
          return found;
        });
  }

  @Override
  public void createPlaceholder(DatasetPath path, PlaceholderEncryption encryption)
      throws ZfsException, InterruptedException {
    call(
        Operation.CREATE_PLACEHOLDER,
        path + " " + encryption,
        () -> {
          if (encryption == PlaceholderEncryption.UNSPECIFIED) {
            throw new IllegalArgumentException("encryption of a placeholder must be specified");
          }
          Optional<FakeDataset> parent = path.parent().flatMap(this::dataset);
          if (parent.isEmpty()) {
            throw failure("cannot create '%s': parent does not exist".formatted(path));
          }
          if (dataset(path).isPresent()) {
            throw failure("cannot create '%s': dataset already exists".formatted(path));
          }
          boolean encrypted = encryption == PlaceholderEncryption.INHERIT && parent.get().encrypted;
          FakeDataset created = new FakeDataset(path, encrypted);
          created.placeholder = Optional.of("on");
          datasets.put(path, created);
          return true;
        });
  }

  @Override
  public void setPlaceholder(DatasetPath path, boolean placeholder)
      throws ZfsException, InterruptedException {
    call(
        Operation.SET_PLACEHOLDER,
        path + " " + (placeholder ? "on" : "off"),
        () -> {
          existing(path).placeholder = Optional.of(placeholder ? "on" : "off");
          return true;
        });
  }

  @Override
  public void rollback(SnapshotPath snapshot) throws ZfsException, InterruptedException {
    call(
        Operation.ROLLBACK,
        snapshot.toString(),
        () -> {
          Optional<FakeSnapshot> target = find(snapshot);
          if (target.isEmpty()) {
            throw failure("cannot open '%s': dataset does not exist".formatted(snapshot));
          }
          rollBack(existing(snapshot.filesystem()), target.get());
          return true;
        });
  }

  @Override
  public OptionalLong estimate(SendArguments arguments) throws ZfsException, InterruptedException {
    return call(
        Operation.ESTIMATE,
        sendSubject(arguments),
        () -> {
          FakeStreamHeader header = header(arguments);
          return arguments.from().orElse(null) instanceof Bookmark
              ? OptionalLong.empty()
              : OptionalLong.of(header.size() - header.offset());
        });
  }

  @Override
  public List<OptionalLong> estimateSteps(
      DatasetPath filesystem, Snapshot from, List<Snapshot> targets, SendFlags flags)
      throws ZfsException, InterruptedException {
    return call(
        Operation.ESTIMATE,
        "%s %s ... %s".formatted(filesystem, from.relativeName(), targets.getLast().relativeName()),
        () -> {
          FakeDataset dataset = existing(filesystem);
          List<String> names = dataset.inOrder().stream().map(each -> each.name).toList();
          List<String> steps =
              Stream.concat(Stream.of(from), targets.stream()).map(Snapshot::name).toList();
          int first = names.indexOf(from.name());
          int last = names.indexOf(targets.getLast().name());
          if (first < 0 || last < first || !names.subList(first, last + 1).equals(steps)) {
            throw failure("zfs speaks of other steps");
          }
          return targets.stream().map(target -> OptionalLong.of(streamSize)).toList();
        });
  }

  @Override
  public SendProcess send(SendArguments arguments) throws ZfsException, InterruptedException {
    return call(
        Operation.SEND,
        sendSubject(arguments),
        () -> {
          FakeStreamHeader header = header(arguments);
          FakeDataset dataset = existing(arguments.filesystem());
          List<FakeSnapshot> used = new ArrayList<>();
          dataset.byGuid(header.toGuid()).ifPresent(used::add);
          header.fromGuid().flatMap(dataset::byGuid).ifPresent(used::add);
          used.forEach(snapshot -> snapshot.sends++);
          return new FakeSendProcess(header, sendsFailAfter, () -> sendEnded(used));
        });
  }

  private synchronized void sendEnded(List<FakeSnapshot> used) {
    used.forEach(snapshot -> snapshot.sends--);
  }

  private static String sendSubject(SendArguments arguments) {
    return arguments.filesystem()
        + arguments.from().map(from -> " " + from.relativeName()).orElse("")
        + " "
        + arguments.to().relativeName()
        + (arguments.resumeToken().isPresent() ? " resumed" : "");
  }

  private FakeStreamHeader header(SendArguments arguments) throws ZfsException {
    if (arguments.resumeToken().isPresent()) {
      return resumedHeader(arguments.resumeToken().get());
    }
    FakeDataset dataset = existing(arguments.filesystem());
    // By name, as the command line does.
    FakeSnapshot to = dataset.snapshots.get(arguments.to().name());
    if (to == null) {
      throw failure(
          "cannot open '%s@%s': dataset does not exist"
              .formatted(dataset.path, arguments.to().name()));
    }
    Optional<FilesystemVersion> from = Optional.empty();
    if (arguments.from().isPresent()) {
      String name = arguments.from().get().relativeName();
      from = read(versionPath(dataset.path + name));
      if (from.isEmpty()) {
        throw failure("incremental source '%s' does not exist".formatted(dataset.path + name));
      }
      if (from.get().createTxg().compareTo(to.createTxg) >= 0) {
        throw failure("incremental source '%s' is not earlier than it".formatted(name));
      }
    }
    boolean raw = arguments.flags().raw() || arguments.flags().encrypted();
    return new FakeStreamHeader(
        dataset.path + "@" + to.name,
        to.guid,
        to.creation,
        from.map(FilesystemVersion::guid),
        raw,
        raw && dataset.encrypted,
        streamSize,
        0,
        false,
        arguments.flags().sendProperties());
  }

  private FakeStreamHeader resumedHeader(ResumeToken token) throws ZfsException {
    ResumeTokenContents contents;
    try {
      contents = TestResumeTokens.decode(token);
    } catch (IllegalArgumentException e) {
      throw failure("cannot resume send: resume token is corrupt (%s)".formatted(e.getMessage()));
    }
    SnapshotPath name = snapshotPath(contents.toName());
    FakeDataset dataset = existing(name.filesystem());
    Optional<FakeSnapshot> to = dataset.byGuid(contents.toGuid());
    boolean hasFrom =
        contents.fromGuid().isEmpty()
            || dataset.versions().stream()
                .anyMatch(version -> version.guid().equals(contents.fromGuid().get()));
    if (to.isEmpty() || !hasFrom) {
      throw failure(
          "cannot resume send: '%s' or its base used in the initial send no longer exists"
              .formatted(name));
    }
    return new FakeStreamHeader(
        dataset.path + "@" + to.get().name,
        contents.toGuid(),
        to.get().creation,
        contents.fromGuid(),
        contents.rawOk(),
        contents.rawOk() && dataset.encrypted,
        Math.max(streamSize, contents.bytes()),
        contents.bytes(),
        true,
        false);
  }

  /** A token of a form that only ZFS knows. */
  public synchronized void understand(ResumeToken token, ResumeTokenContents contents) {
    understood.put(token, contents);
  }

  @Override
  public synchronized ResumeTokenContents decode(ResumeToken token) throws ZfsException {
    ResumeTokenContents contents = understood.get(token);
    if (contents == null) {
      throw new ZfsException(ZfsProblem.TOKEN_CORRUPT, "resume token is corrupt", null);
    }
    return contents;
  }

  @Override
  public void receive(ReceiveArguments arguments, StreamSource source)
      throws OperationException, InterruptedException {
    FakeFaults now = currentFaults();
    FakeFaults.Call call =
        begin(Operation.RECEIVE, arguments.target() + (arguments.force() ? " forced" : ""), now);
    synchronized (this) {
      receives.add(arguments);
    }
    new FakeReceive(this, arguments, source).run();
    now.after(call);
  }

  @Override
  public boolean keepsPartialState(DatasetPath pool) throws ZfsException, InterruptedException {
    return call(Operation.POOL_FEATURE, pool.toString(), () -> isResumable(pool));
  }

  boolean isResumable(DatasetPath dataset) {
    return !withoutResuming.contains(dataset.pool());
  }

  @Override
  public void abortReceive(DatasetPath path) throws ZfsException, InterruptedException {
    call(
        Operation.ABORT_RECEIVE,
        path.toString(),
        () -> {
          Optional<FakeDataset> dataset = dataset(path);
          if (dataset.isPresent()) {
            dataset.get().partial = Optional.empty();
            if (dataset.get().inconsistent) {
              datasets.remove(path);
            }
          }
          return true;
        });
  }

  // ---- for the other parts of the fake, with the lock held ----

  Optional<FakeDataset> dataset(DatasetPath path) {
    return exported.contains(path.pool())
        ? Optional.empty()
        : Optional.ofNullable(datasets.get(path));
  }

  FakeDataset createInconsistent(DatasetPath path) {
    create(path.toString());
    FakeDataset created = require(path);
    created.inconsistent = true;
    return created;
  }

  void remove(DatasetPath path) {
    datasets.remove(path);
  }

  void rollBack(FakeDataset dataset, FakeSnapshot target) throws ZfsException {
    List<FakeSnapshot> younger =
        dataset.inOrder().stream()
            .filter(snapshot -> snapshot.createTxg.compareTo(target.createTxg) > 0)
            .toList();
    for (FakeSnapshot snapshot : younger) {
      if (dataset.undestroyable(snapshot).isPresent()) {
        throw failure(
            "cannot rollback to '%s@%s': '%s@%s' is busy"
                .formatted(dataset.path, target.name, dataset.path, snapshot.name));
      }
    }
    younger.forEach(snapshot -> dataset.snapshots.remove(snapshot.name));
    dataset
        .bookmarks
        .values()
        .removeIf(bookmark -> bookmark.createTxg().compareTo(target.createTxg) > 0);
    dataset.modified = false;
  }

  synchronized OptionalLong room() {
    return receivesFailAfter;
  }

  Guid receivedGuid(Guid announced) {
    return forgedGuid.orElse(announced);
  }

  CreateTxg nextTxg(DatasetPath path) {
    return new CreateTxg(txgs.merge(path.pool(), 1L, Long::sum));
  }

  static ZfsException failure(String message) {
    return new ZfsException(ZfsProblem.recognise(message), message, null);
  }

  private List<FakeDataset> imported() {
    return datasets.values().stream()
        .filter(dataset -> !exported.contains(dataset.path.pool()))
        .filter(dataset -> !suspended.contains(dataset.path.pool()))
        .toList();
  }

  private FakeSnapshot addSnapshot(FakeDataset dataset, String name, Instant creation) {
    CreateTxg txg = nextTxg(dataset.path);
    Guid guid = new Guid(mixed((dataset.path + "@" + name).hashCode() * 31L + txg.value()));
    FakeSnapshot snapshot = new FakeSnapshot(name, guid, txg, creation);
    dataset.snapshots.put(name, snapshot);
    dataset.modified = false;
    return snapshot;
  }

  /** Spreads a number over all 64 bits, so that half of the guids are above 2^63 (SplitMix64). */
  private static long mixed(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private Optional<FakeSnapshot> find(SnapshotPath path) {
    return dataset(path.filesystem()).map(dataset -> dataset.snapshots.get(path.name()));
  }

  private Optional<FilesystemVersion> read(VersionPath path) {
    return switch (path) {
      case SnapshotPath snapshot -> find(snapshot).map(FakeSnapshot::value);
      case BookmarkPath bookmark ->
          dataset(bookmark.filesystem()).map(dataset -> dataset.bookmarks.get(bookmark.name()));
    };
  }

  private FakeDataset existing(DatasetPath path) throws ZfsException {
    Optional<FakeDataset> dataset = dataset(path);
    if (dataset.isEmpty()) {
      throw failure("cannot open '%s': dataset does not exist".formatted(path));
    }
    return dataset.get();
  }

  private FakeDataset require(DatasetPath path) {
    return dataset(path).orElseThrow(() -> new IllegalStateException(path + " does not exist"));
  }

  private FakeSnapshot requireSnapshot(String name) {
    return find(snapshotPath(name))
        .orElseThrow(() -> new IllegalStateException(name + " does not exist"));
  }

  private static SnapshotPath snapshotPath(String name) {
    if (versionPath(name) instanceof SnapshotPath snapshot) {
      return snapshot;
    }
    throw new IllegalArgumentException(name + " is not the name of a snapshot");
  }

  private static VersionPath versionPath(String name) {
    try {
      return VersionPath.parse(name);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static String joined(Collection<? extends VersionPath> paths) {
    List<String> names = new ArrayList<>();
    paths.forEach(path -> names.add(path.toString()));
    return String.join(" ", names);
  }
}

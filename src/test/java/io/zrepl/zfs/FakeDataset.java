package io.zrepl.zfs;

import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** A filesystem of {@link FakeZfs}, which guards it. */
final class FakeDataset {
  final DatasetPath path;
  final Map<String, FakeSnapshot> snapshots = new LinkedHashMap<>();
  final Map<String, Bookmark> bookmarks = new LinkedHashMap<>();
  boolean encrypted;
  Optional<String> placeholder = Optional.empty();
  // Written to since the newest snapshot.
  boolean modified;
  // Exists only because of a receive that was not finished.
  boolean inconsistent;
  boolean receiving;
  // A user property of it has a value with line ends.
  boolean hasForgedProperties;
  Optional<ResumeTokenContents> partial = Optional.empty();

  FakeDataset(DatasetPath path, boolean encrypted) {
    this.path = path;
    this.encrypted = encrypted;
  }

  static final class FakeSnapshot {
    final String name;
    final Guid guid;
    final CreateTxg createTxg;
    final Instant creation;
    final Set<String> holds = new TreeSet<>();
    // Sends that run from or to it.
    int sends;

    FakeSnapshot(String name, Guid guid, CreateTxg createTxg, Instant creation) {
      this.name = name;
      this.guid = guid;
      this.createTxg = createTxg;
      this.creation = creation;
    }

    Snapshot value() {
      return new Snapshot(name, guid, createTxg, creation, OptionalLong.of(holds.size()));
    }

    Bookmark bookmark(String bookmarkName) {
      return new Bookmark(bookmarkName, guid, createTxg, creation);
    }
  }

  Dataset value() {
    Optional<ResumeToken> token = partial.map(TestResumeTokens::encode);
    return new Dataset(
        path,
        placeholder.map(value -> Placeholder.ofLocalValue(path, value)).orElse(Placeholder.NONE),
        token,
        encrypted);
  }

  List<FilesystemVersion> versions() {
    List<FilesystemVersion> versions = new ArrayList<>(bookmarks.values());
    snapshots.values().forEach(snapshot -> versions.add(snapshot.value()));
    versions.sort(
        Comparator.comparing(FilesystemVersion::createTxg)
            .thenComparing(version -> version instanceof Snapshot));
    return versions;
  }

  /** In the order of creation, newest last. */
  List<FakeSnapshot> inOrder() {
    List<FakeSnapshot> ordered = new ArrayList<>(snapshots.values());
    ordered.sort(Comparator.comparing(snapshot -> snapshot.createTxg));
    return ordered;
  }

  Optional<FakeSnapshot> newest() {
    List<FakeSnapshot> ordered = inOrder();
    return ordered.isEmpty() ? Optional.empty() : Optional.of(ordered.getLast());
  }

  Optional<FakeSnapshot> byGuid(Guid guid) {
    return snapshots.values().stream().filter(snapshot -> snapshot.guid.equals(guid)).findFirst();
  }

  /** Why ZFS would not destroy a snapshot. */
  Optional<String> undestroyable(FakeSnapshot snapshot) {
    boolean baseOfPartial =
        partial.flatMap(ResumeTokenContents::fromGuid).filter(snapshot.guid::equals).isPresent();
    return snapshot.holds.isEmpty() && snapshot.sends == 0 && !baseOfPartial
        ? Optional.empty()
        : Optional.of("dataset is busy");
  }
}

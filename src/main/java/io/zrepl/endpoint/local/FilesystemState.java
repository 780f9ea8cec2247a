package io.zrepl.endpoint.local;

import io.zrepl.model.Bookmark;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Snapshot;
import io.zrepl.model.VersionList;
import io.zrepl.zfs.Dataset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the inventory knows about one filesystem. Immutable: an action of ours makes a new one.
 *
 * @param dataset the filesystem itself
 * @param versions in ascending order of createtxg, bookmarks before snapshots of the same createtxg
 * @param held names of snapshots known to carry the hold that this endpoint places
 * @param allHoldsKnown whether {@code held} is all of them; otherwise further ones may be among
 *     {@link #snapshotsWithUnknownHolds}
 */
record FilesystemState(
    Dataset dataset, List<FilesystemVersion> versions, Set<String> held, boolean allHoldsKnown) {

  private static final Comparator<FilesystemVersion> ORDER =
      Comparator.comparing(FilesystemVersion::createTxg)
          .thenComparing(version -> version instanceof Snapshot)
          .thenComparing(FilesystemVersion::name);

  FilesystemState {
    versions = VersionList.copyOf(versions);
    held = Set.copyOf(held);
  }

  /** As a listing has just found it. */
  static FilesystemState listed(Dataset dataset, List<FilesystemVersion> versions) {
    return new FilesystemState(
        dataset, versions, Set.of(), versions.stream().noneMatch(FilesystemState::mayBeHeld));
  }

  private static boolean mayBeHeld(FilesystemVersion version) {
    return version instanceof Snapshot snapshot && snapshot.userReferences().orElse(1) != 0;
  }

  Stream<Snapshot> snapshots() {
    return versions.stream().filter(Snapshot.class::isInstance).map(Snapshot.class::cast);
  }

  Stream<Bookmark> bookmarks() {
    return versions.stream().filter(Bookmark.class::isInstance).map(Bookmark.class::cast);
  }

  /** Whether a version of that kind, name and guid is among them. */
  boolean has(FilesystemVersion wanted) {
    return versions.stream()
        .anyMatch(version ->
            version.relativeName().equals(wanted.relativeName())
                && version.guid().equals(wanted.guid()));
  }

  /** The snapshots that may carry our hold without our knowing, apart from those named. */
  List<Snapshot> snapshotsWithUnknownHolds(Set<String> except) {
    if (allHoldsKnown) {
      return List.of();
    }
    return snapshots()
        .filter(FilesystemState::mayBeHeld)
        .filter(snapshot -> !held.contains(snapshot.name()) && !except.contains(snapshot.name()))
        .toList();
  }

  FilesystemState withDataset(Dataset changed) {
    return new FilesystemState(changed, versions, held, allHoldsKnown);
  }

  /** With a version added, or in the place of the one of its name. */
  FilesystemState with(FilesystemVersion added) {
    List<FilesystemVersion> changed = new ArrayList<>(versions);
    changed.removeIf(version -> version.relativeName().equals(added.relativeName()));
    changed.add(added);
    changed.sort(ORDER);
    return new FilesystemState(dataset, changed, held, allHoldsKnown);
  }

  /** Without the versions of those names, which have their delimiter. */
  FilesystemState without(Set<String> relativeNames) {
    List<FilesystemVersion> changed =
        versions.stream()
            .filter(version -> !relativeNames.contains(version.relativeName()))
            .toList();
    Set<String> stillHeld = new HashSet<>(held);
    stillHeld.removeIf(name -> relativeNames.contains("@" + name));
    return new FilesystemState(dataset, changed, stillHeld, allHoldsKnown);
  }

  /** Without any version. */
  FilesystemState withoutVersions() {
    return new FilesystemState(dataset, List.of(), Set.of(), true);
  }

  /** After our hold was placed on these. */
  FilesystemState withHolds(Set<String> names) {
    Set<String> nowHeld = new HashSet<>(held);
    nowHeld.addAll(names);
    return new FilesystemState(dataset, count(names, 1), nowHeld, allHoldsKnown);
  }

  /** After our hold was released from these. */
  FilesystemState withoutHolds(Set<String> names) {
    Set<String> stillHeld = new HashSet<>(held);
    stillHeld.removeAll(names);
    return new FilesystemState(dataset, count(names, -1), stillHeld, allHoldsKnown);
  }

  /** After the holds were listed: these carry ours as well, and no others do. */
  FilesystemState withAllHoldsKnown(Set<String> found) {
    return withHoldsFound(found, true);
  }

  /**
   * After holds were looked for.
   *
   * @param found these carry ours as well
   * @param all whether no others do
   */
  FilesystemState withHoldsFound(Set<String> found, boolean all) {
    Set<String> known = new HashSet<>(held);
    known.addAll(found);
    return new FilesystemState(dataset, versions, known, allHoldsKnown || all);
  }

  private List<FilesystemVersion> count(Set<String> names, int change) {
    List<FilesystemVersion> changed = new ArrayList<>();
    for (FilesystemVersion version : versions) {
      boolean counts =
          version instanceof Snapshot
              && names.contains(version.name())
              && held.contains(version.name()) == change < 0;
      changed.add(counts ? counted((Snapshot) version, change) : version);
    }
    return changed;
  }

  private static Snapshot counted(Snapshot snapshot, int change) {
    OptionalLong count = snapshot.userReferences();
    return count.isEmpty()
        ? snapshot
        : new Snapshot(
            snapshot.name(),
            snapshot.guid(),
            snapshot.createTxg(),
            snapshot.creation(),
            OptionalLong.of(Math.max(0, count.getAsLong() + change)));
  }
}

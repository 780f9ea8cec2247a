package io.zrepl.zfs;

import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The filesystems and volumes of the pools that a filter names. A pool that is missing or does not
 * answer keeps nobody from using the others.
 *
 * <p>One process; two if the filter covers all pools; more only if something is missing or a pool
 * does not answer.
 *
 * @param covered what was listed: everything, or the roots of the filter without those that do not
 *     exist or are not available
 * @param datasets all that lie there, also those that the filter excludes, in the order of their
 *     paths
 * @param missing the roots of the filter that do not exist although their pools answer
 * @param unreadable what lies there, but could not be read, and why; see {@link DatasetListing}
 * @param unavailable the roots of the filter whose pools do not answer, and why
 */
public record FilteredListing(
    DatasetSelection covered,
    List<Dataset> datasets,
    Set<DatasetPath> missing,
    Map<DatasetPath, String> unreadable,
    Map<DatasetPath, ZfsException> unavailable) {
  /** Copies the collections. */
  public FilteredListing {
    datasets = List.copyOf(datasets);
    missing = Set.copyOf(missing);
    unreadable = Map.copyOf(unreadable);
    unavailable = Map.copyOf(unavailable);
  }

  /**
   * Lists.
   *
   * @throws ZfsException if it failed, or nothing at all is there because of the pools
   */
  public static FilteredListing read(Zfs zfs, DatasetFilter filter)
      throws ZfsException, InterruptedException {
    if (filter.coversEverything()) {
      return everything(zfs, filter);
    }
    Set<DatasetPath> roots = filter.roots();
    if (roots.isEmpty()) {
      DatasetSelection nothing = new DatasetSelection.Exactly(Set.of());
      return new FilteredListing(nothing, List.of(), Set.of(), Map.of(), Map.of());
    }
    Map<DatasetPath, ZfsException> unavailable = new TreeMap<>();
    DatasetListing listing = list(zfs, roots, unavailable);
    Set<DatasetPath> missing = new TreeSet<>(listing.missing());
    for (DatasetPath pool : notImported(zfs, listing)) {
      missing.stream()
          .filter(root -> root.pool().equals(pool))
          .forEach(root ->
              unavailable.put(
                  root,
                  new ZfsException(
                      ZfsProblem.POOL_MISSING, "pool '%s' is not imported".formatted(pool), null)));
    }
    missing.removeAll(unavailable.keySet());
    Set<DatasetPath> there = new TreeSet<>(roots);
    there.removeAll(missing);
    there.removeAll(unavailable.keySet());
    return required(
        new FilteredListing(
            new DatasetSelection.Subtrees(there),
            listing.datasets(),
            missing,
            listing.unreadable(),
            unavailable));
  }

  private static FilteredListing everything(Zfs zfs, DatasetFilter filter)
      throws ZfsException, InterruptedException {
    DatasetSelection everything = new DatasetSelection.Everything();
    DatasetListing listing = zfs.datasets(everything);
    Map<DatasetPath, ZfsException> unavailable = new TreeMap<>();
    for (DatasetPath pool : zfs.suspendedPools()) {
      if (filter.matches(pool) || filter.matches(DatasetPath.of(pool + "/any"))) {
        unavailable.put(
            pool,
            new ZfsException(
                ZfsProblem.POOL_SUSPENDED, "pool '%s' is suspended".formatted(pool), null));
      }
    }
    return required(
        new FilteredListing(
            everything, listing.datasets(), Set.of(), listing.unreadable(), unavailable));
  }

  private static FilteredListing required(FilteredListing listing) throws ZfsException {
    if (listing.datasets().isEmpty() && !listing.unavailable().isEmpty()) {
      throw new TreeMap<>(listing.unavailable()).firstEntry().getValue();
    }
    return listing;
  }

  /** All pools with one command; if one does not answer, each with its own. */
  private static DatasetListing list(
      Zfs zfs, Set<DatasetPath> roots, Map<DatasetPath, ZfsException> unavailable)
      throws ZfsException, InterruptedException {
    Map<DatasetPath, Set<DatasetPath>> byPool = new TreeMap<>();
    roots.forEach(root -> byPool.computeIfAbsent(root.pool(), _ -> new TreeSet<>()).add(root));
    try {
      return zfs.datasets(new DatasetSelection.Subtrees(roots));
    } catch (ZfsException e) {
      if (e.scope() != FailureScope.POOL || byPool.size() == 1) {
        throw e;
      }
    }
    List<Dataset> datasets = new ArrayList<>();
    Set<DatasetPath> missing = new HashSet<>();
    Map<DatasetPath, String> unreadable = new TreeMap<>();
    for (Set<DatasetPath> ofOnePool : byPool.values()) {
      try {
        DatasetListing listing = zfs.datasets(new DatasetSelection.Subtrees(ofOnePool));
        datasets.addAll(listing.datasets());
        missing.addAll(listing.missing());
        unreadable.putAll(listing.unreadable());
      } catch (ZfsException e) {
        if (e.scope() != FailureScope.POOL) {
          throw e;
        }
        ofOnePool.forEach(root -> unavailable.put(root, e));
      }
    }
    return new DatasetListing(datasets, missing, unreadable);
  }

  /** Of the pools of what is missing, those that are not imported. */
  private static Set<DatasetPath> notImported(Zfs zfs, DatasetListing listing)
      throws ZfsException, InterruptedException {
    Set<DatasetPath> doubtful = new TreeSet<>();
    listing.missing().forEach(root -> doubtful.add(root.pool()));
    listing.datasets().forEach(dataset -> doubtful.remove(dataset.path().pool()));
    return doubtful.isEmpty()
        ? Set.of()
        : new TreeSet<>(zfs.datasets(DatasetSelection.exactly(doubtful)).missing());
  }
}

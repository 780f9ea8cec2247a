package io.zrepl.endpoint.local.abstraction;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which abstractions nobody needs any more. Per filesystem and job:
 *
 * <table>
 * <caption>Stale are</caption>
 * <tr><td>cursors, last-received holds</td><td>all but the newest</td></tr>
 * <tr><td>step holds</td><td>all that are not newer than the newest cursor; without a cursor, all
 * but the newest</td></tr>
 * <tr><td>tentative cursors, cursors of very old versions</td><td>none</td></tr>
 * </table>
 */
public final class StaleAbstractions {
  private StaleAbstractions() {}

  private record Owner(DatasetPath filesystem, JobId job) {}

  /**
   * Requires that a query sees everything that the judgement needs.
   *
   * @throws InvalidValueException if step holds are wanted without cursors or the other way round,
   *     or not all ages
   */
  public static void requireJudgeable(AbstractionQuery query) throws InvalidValueException {
    if (!query.ages().equals(CreateTxgRange.ALL)) {
      throw new InvalidValueException(
          "what is stale can only be told from all ages: leave out the range of createtxg");
    }
    Set<AbstractionType> types = query.types();
    if (types.contains(AbstractionType.STEP_HOLD) != types.contains(AbstractionType.CURSOR)) {
      throw new InvalidValueException(
          "which step holds are stale depends on the cursors: select both %s and %s, or neither"
              .formatted(AbstractionType.STEP_HOLD.text(), AbstractionType.CURSOR.text()));
    }
  }

  /**
   * The stale ones, in the order given.
   *
   * @param all everything that {@linkplain #requireJudgeable a fit query} found
   */
  public static List<Abstraction> among(Collection<Abstraction> all) {
    Map<Owner, List<Abstraction>> owners =
        new TreeMap<>(Comparator.comparing(Owner::filesystem).thenComparing(Owner::job));
    for (Abstraction abstraction : all) {
      abstraction
          .job()
          .ifPresent(job ->
              owners
                  .computeIfAbsent(new Owner(abstraction.filesystem(), job), _ -> new ArrayList<>())
                  .add(abstraction));
    }
    List<Abstraction> stale = new ArrayList<>();
    for (Abstraction abstraction : all) {
      if (abstraction.job().isPresent()) {
        Owner owner = new Owner(abstraction.filesystem(), abstraction.job().get());
        if (isStale(abstraction, owners.getOrDefault(owner, List.of()))) {
          stale.add(abstraction);
        }
      }
    }
    return stale;
  }

  private static boolean isStale(Abstraction abstraction, List<Abstraction> siblings) {
    return switch (abstraction.type()) {
      case CURSOR, LAST_RECEIVED_HOLD -> isOlder(abstraction, newest(siblings, abstraction.type()));
      case STEP_HOLD -> {
        Optional<CreateTxg> cursor = newest(siblings, AbstractionType.CURSOR);
        yield cursor.isPresent()
            ? abstraction.createTxg().compareTo(cursor.get()) <= 0
            : isOlder(abstraction, newest(siblings, AbstractionType.STEP_HOLD));
      }
      case TENTATIVE_CURSOR, LEGACY_CURSOR -> false;
    };
  }

  private static boolean isOlder(Abstraction abstraction, Optional<CreateTxg> newest) {
    return newest.isPresent() && abstraction.createTxg().compareTo(newest.get()) < 0;
  }

  private static Optional<CreateTxg> newest(List<Abstraction> siblings, AbstractionType type) {
    return siblings.stream()
        .filter(sibling -> sibling.type() == type)
        .map(Abstraction::createTxg)
        .max(Comparator.naturalOrder());
  }
}

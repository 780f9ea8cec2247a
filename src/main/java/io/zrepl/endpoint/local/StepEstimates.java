package io.zrepl.endpoint.local;

import io.zrepl.endpoint.SendRequest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.Zfs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How large the steps of a sender will be. Where a step goes from one snapshot to the next, the
 * steps after it will be asked for soon: one command estimates them as well, and their answers are
 * kept until then. Between two given snapshots nothing changes any more, so that they stay right.
 *
 * <p>Whatever does not fit one command for several steps (a full send, a resume token, a bookmark
 * as base, {@code zfs send --saved}, or an answer about other steps than these) costs one command
 * per step. Any thread may call.
 */
final class StepEstimates {
  /** Few enough that those which nobody asks for cost little, for each filesystem. */
  static final int STEPS_OF_A_COMMAND = 16;

  private final Zfs zfs;
  private final SendFlags flags;
  private final Logger log;
  private final Map<DatasetPath, Chain> known = new ConcurrentHashMap<>();
  private final Set<DatasetPath> oneByOne = ConcurrentHashMap.newKeySet();

  /** Sizes of consecutive steps. */
  private static final class Chain {
    // those of the first base and of each target
    private final long[] guids;
    // one less, -1 where there is no estimate
    private final long[] sizes;

    Chain(long[] guids, long[] sizes) {
      this.guids = guids;
      this.sizes = sizes;
    }

    Optional<OptionalLong> between(Guid from, Guid to) {
      for (int i = 0; i < sizes.length; i++) {
        if (guids[i] == from.value() && guids[i + 1] == to.value()) {
          return Optional.of(sizes[i] < 0 ? OptionalLong.empty() : OptionalLong.of(sizes[i]));
        }
      }
      return Optional.empty();
    }
  }

  StepEstimates(Zfs zfs, SendFlags flags, Logger log) {
    this.zfs = zfs;
    this.flags = flags;
    this.log = log;
  }

  /** Forgets everything: what was planned from an older listing is not asked for any more. */
  void forget() {
    known.clear();
    oneByOne.clear();
  }

  /**
   * The size of one step. One command, or none.
   *
   * @param state has both versions of the step
   */
  OptionalLong estimate(FilesystemState state, SendRequest request)
      throws OperationException, InterruptedException {
    if (request.resumeToken().isPresent()
        || flags.saved()
        || !(request.from().orElse(null) instanceof Snapshot from)) {
      return single(request);
    }
    Guid to = request.to().guid();
    Chain chain = known.get(request.filesystem());
    Optional<OptionalLong> size = chain == null ? Optional.empty() : chain.between(from.guid(), to);
    if (size.isPresent()) {
      return size.get();
    }
    List<Snapshot> steps = stepsFrom(state, from);
    boolean leadsToTheNext = steps.size() > 1 && steps.get(1).guid().equals(to);
    if (!leadsToTheNext || steps.size() == 2 || oneByOne.contains(request.filesystem())) {
      return single(request);
    }
    chain = estimateAll(request.filesystem(), steps);
    return chain == null ? single(request) : chain.between(from.guid(), to).orElseThrow();
  }

  private OptionalLong single(SendRequest request) throws OperationException, InterruptedException {
    return zfs.estimate(
        new SendArguments(
            request.filesystem(), request.from(), request.to(), flags, request.resumeToken()));
  }

  /** The base and what follows it, as much as one command estimates. */
  private static List<Snapshot> stepsFrom(FilesystemState state, Snapshot base) {
    return state
        .snapshots()
        .dropWhile(snapshot -> !snapshot.guid().equals(base.guid()))
        .limit(1 + STEPS_OF_A_COMMAND)
        .toList();
  }

  private @Nullable Chain estimateAll(DatasetPath filesystem, List<Snapshot> steps)
      throws InterruptedException {
    List<OptionalLong> sizes;
    try {
      sizes =
          zfs.estimateSteps(filesystem, steps.getFirst(), steps.subList(1, steps.size()), flags);
    } catch (OperationException e) {
      oneByOne.add(filesystem);
      log.atDebug()
          .addKeyValue("fs", filesystem)
          .log("steps are estimated one by one: {}", e.describe());
      return null;
    }
    Chain chain =
        new Chain(
            steps.stream().mapToLong(step -> step.guid().value()).toArray(),
            sizes.stream().mapToLong(size -> size.orElse(-1)).toArray());
    known.put(filesystem, chain);
    return chain;
  }
}

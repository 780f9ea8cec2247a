package io.zrepl.replicate.run;

import io.zrepl.base.HeapSpace;
import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.replicate.InitialReplication;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.FilesystemPlanner;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.plan.PlanInput;
import io.zrepl.replicate.run.ReplicationAction.PlanFilesystem;
import io.zrepl.replicate.run.ReplicationEvent.Planned;
import io.zrepl.replicate.run.ReplicationEvent.PlanningFailed;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Asks both sides what they have of a filesystem, and lets the planner decide. */
final class PlanExecutor {
  private final Sender sender;
  private final Receiver receiver;
  private final FilesystemPlanner planner;
  private final Function<ResumeToken, PartialState> decoder;
  private final HeapSpace heap;

  PlanExecutor(
      Sender sender,
      Receiver receiver,
      InitialReplication initialReplication,
      Function<ResumeToken, PartialState> decoder,
      HeapSpace heap) {
    this.sender = sender;
    this.receiver = receiver;
    this.planner = new FilesystemPlanner(initialReplication);
    this.decoder = decoder;
    this.heap = heap;
  }

  /** Blocks until the filesystem has a plan; tells which. */
  ReplicationEvent plan(PlanFilesystem action) throws InterruptedException {
    DatasetPath filesystem = action.filesystem();
    List<FilesystemVersion> senderVersions;
    List<FilesystemVersion> receiverVersions;
    try {
      senderVersions = versions(sender, filesystem, !action.sender().placeholder());
    } catch (OperationException e) {
      return new PlanningFailed(filesystem, Failure.of(Side.SENDER, e));
    }
    try {
      boolean ask = !action.sender().placeholder() && action.receiver().isPresent();
      receiverVersions = versions(receiver, filesystem, ask);
      if (action.receiver().map(entry -> entry.placeholder()).orElse(false)
          && !haveCommon(senderVersions, receiverVersions)) {
        // What a placeholder may hold is not ours; it is replaced.
        receiverVersions = List.of();
      }
    } catch (OperationException e) {
      return new PlanningFailed(filesystem, Failure.of(Side.RECEIVER, e));
    }
    PartialState partialState;
    try {
      partialState = partialState(action);
    } catch (UndecidedException e) {
      return new PlanningFailed(filesystem, e.failure());
    }
    PlanInput input =
        new PlanInput(
            action.sender(), action.receiver(), senderVersions, receiverVersions, partialState);
    FilesystemPlan plan =
        action
            .limit()
            .map(limit -> planner.planAgain(input, limit))
            .orElseGet(() -> planner.plan(input));
    if (plan instanceof FilesystemPlan.Steps steps && heap.isScarce()) {
      return new PlanningFailed(filesystem, tooMuch(steps.steps().size()));
    }
    return new Planned(filesystem, plan);
  }

  /** The plans of all filesystems are held until the next run. */
  private Failure tooMuch(int steps) {
    return new Failure(
        Side.SENDER,
        FailureScope.JOB,
        false,
        FailureKind.GENERAL,
        "the memory of %d MiB that this program may use is not enough for the plans of all filesystems; this one has %d steps"
            .formatted(heap.size() >> 20, steps),
        Optional.of("give it a larger heap (ZREPL_JAVA_OPTS=-Xmx...), or let the job cover less"));
  }

  /**
   * A placeholder that holds a snapshot of this filesystem is a replica whose mark could not be
   * cleared any more when it had arrived.
   */
  private static boolean haveCommon(
      List<FilesystemVersion> senderVersions, List<FilesystemVersion> receiverVersions) {
    return receiverVersions.stream()
        .anyMatch(received ->
            received instanceof Snapshot
                && senderVersions.stream().anyMatch(v -> v.guid().equals(received.guid())));
  }

  private static List<FilesystemVersion> versions(
      Endpoint endpoint, DatasetPath filesystem, boolean ask)
      throws OperationException, InterruptedException {
    return ask ? endpoint.listVersions(filesystem) : List.of();
  }

  /** It could not be found out what a token says. */
  private static final class UndecidedException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Failure failure;

    UndecidedException(Side side, OperationException cause) {
      super(cause);
      failure = Failure.of(side, cause);
    }

    Failure failure() {
      return failure;
    }
  }

  private PartialState partialState(PlanFilesystem action)
      throws UndecidedException, InterruptedException {
    Optional<ResumeToken> token = action.receiver().flatMap(entry -> entry.resumeToken());
    if (token.isEmpty()) {
      return new PartialState.None();
    }
    if (action.unusableToken().isPresent()) {
      return new PartialState.Unusable(action.unusableToken().get());
    }
    PartialState decoded = decoder.apply(token.get());
    return decoded instanceof PartialState.Unusable ? askBothSides(token.get(), decoded) : decoded;
  }

  /**
   * Partial state is dropped only if neither side knows what its token says. If that cannot be
   * found out now, the filesystem has to wait.
   */
  private PartialState askBothSides(ResumeToken token, PartialState otherwise)
      throws UndecidedException, InterruptedException {
    for (Side side : List.of(Side.RECEIVER, Side.SENDER)) {
      Endpoint endpoint = side == Side.SENDER ? sender : receiver;
      try {
        return new PartialState.Resumable(token, endpoint.decode(token));
      } catch (InvalidValueException e) {
        // The next one, or what was found out before.
      } catch (OperationException e) {
        throw new UndecidedException(side, e);
      }
    }
    return otherwise;
  }
}

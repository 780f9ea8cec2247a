package io.zrepl.replicate.run;

import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.replicate.plan.FilesystemPlan;
import io.zrepl.replicate.plan.FilesystemPlanner;
import io.zrepl.replicate.plan.PartialState;
import io.zrepl.replicate.plan.PlanInput;
import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.run.ReplicationAction.PlanFilesystem;
import io.zrepl.replicate.run.ReplicationEvent.Planned;
import io.zrepl.replicate.run.ReplicationEvent.PlanningFailed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;

/**
 * Asks both sides what they have of a filesystem, lets the planner decide, and asks the sender how
 * big the steps will be.
 *
 * <p>Estimates are a comfort: a step without one is replicated all the same. But what the job's
 * settings forbid is found here, before the receiver is touched.
 */
final class PlanExecutor {
  private final Logger log;
  private final Sender sender;
  private final Receiver receiver;
  private final ReplicationSettings settings;
  private final FilesystemPlanner planner;
  private final Function<ResumeToken, PartialState> decoder;
  // one limit for all filesystems of the run
  private final Semaphore estimates;

  PlanExecutor(
      Sender sender,
      Receiver receiver,
      ReplicationSettings settings,
      Function<ResumeToken, PartialState> decoder,
      Logger log) {
    this.log = log;
    this.sender = sender;
    this.receiver = receiver;
    this.settings = settings;
    this.planner = new FilesystemPlanner(settings.initialReplication());
    this.decoder = decoder;
    this.estimates = new Semaphore(settings.concurrentSizeEstimates(), true);
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
    PlanInput input =
        new PlanInput(
            action.sender(),
            action.receiver(),
            senderVersions,
            receiverVersions,
            partialState(action));
    FilesystemPlan plan =
        action
            .limit()
            .map(limit -> planner.planAgain(input, limit))
            .orElseGet(() -> planner.plan(input));
    if (!(plan instanceof FilesystemPlan.Steps steps)) {
      return new Planned(filesystem, plan, List.of());
    }
    try {
      return new Planned(filesystem, plan, estimate(filesystem, steps.steps()));
    } catch (PolicyException e) {
      return new PlanningFailed(filesystem, Failure.of(Side.SENDER, e));
    }
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

  private PartialState partialState(PlanFilesystem action) {
    Optional<ResumeToken> token = action.receiver().flatMap(entry -> entry.resumeToken());
    if (token.isEmpty()) {
      return new PartialState.None();
    }
    return action
        .unusableToken()
        .<PartialState>map(PartialState.Unusable::new)
        .orElseGet(() -> decoder.apply(token.get()));
  }

  private List<OptionalLong> estimate(DatasetPath filesystem, List<ReplicationStep> steps)
      throws PolicyException, InterruptedException {
    List<OptionalLong> results =
        Collections.synchronizedList(
            new ArrayList<>(Collections.nCopies(steps.size(), OptionalLong.empty())));
    BlockingQueue<PolicyException> forbidden = new LinkedBlockingQueue<>();
    try (TaskGroup tasks = new TaskGroup("estimate " + filesystem)) {
      for (int i = 0; i < steps.size(); i++) {
        int index = i;
        tasks.fork(
            steps.get(i).describe(),
            () -> {
              try {
                results.set(index, estimate(filesystem, steps.get(index)));
              } catch (PolicyException e) {
                forbidden.add(e);
                tasks.cancel();
              }
            });
      }
      tasks.await();
    }
    PolicyException first = forbidden.poll();
    if (first != null) {
      throw first;
    }
    return List.copyOf(results);
  }

  private OptionalLong estimate(DatasetPath filesystem, ReplicationStep step)
      throws PolicyException, InterruptedException {
    estimates.acquire();
    try {
      return sender.estimate(
          new SendRequest(
              filesystem, step.from(), step.to(), step.resumeToken(), settings.protection()));
    } catch (PolicyException e) {
      throw e;
    } catch (OperationException e) {
      log.atInfo()
          .addKeyValue("fs", filesystem)
          .addKeyValue("step", step.describe())
          .addKeyValue("err", e.message())
          .log("the size of a step could not be estimated; it is replicated all the same");
      return OptionalLong.empty();
    } finally {
      estimates.release();
    }
  }
}

package io.zrepl.replicate.run;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.run.ReplicationEvent.StepCompleted;
import io.zrepl.replicate.run.ReplicationEvent.StepFailed;
import io.zrepl.replicate.run.ReplicationEvent.StepUnconfirmed;
import java.util.Optional;

/**
 * Executes one step: the sender's stream goes to the receiver, then the sender is told.
 *
 * <p>The order is what makes it safe to be killed at any point: the sender protects base and target
 * before the first byte, and gives up protection only after the receiver has verified what arrived.
 * If it cannot be told, nothing is lost: its objects stay until the next step of the filesystem. If
 * it cannot be told in this run at all, and the next run finds nothing to do, the cursor stays
 * behind until the next snapshot is replicated; pruning then keeps more than it must.
 */
final class StepExecutor {
  private final Sender sender;
  private final Receiver receiver;
  private final ReplicationProtection protection;
  private final ReplicationObserver observer;

  StepExecutor(
      Sender sender,
      Receiver receiver,
      ReplicationProtection protection,
      ReplicationObserver observer) {
    this.sender = sender;
    this.receiver = receiver;
    this.protection = protection;
    this.observer = observer;
  }

  /** Blocks until the step ended; tells how. */
  ReplicationEvent execute(DatasetPath filesystem, StepProgress progress)
      throws InterruptedException {
    ReplicationStep step = progress.step();
    SendRequest request =
        new SendRequest(filesystem, step.from(), step.to(), step.resumeToken(), protection);
    if (!progress.confirmOnly()) {
      observer.stepBegins(filesystem);
      long before = progress.bytes();
      try {
        transfer(request, progress);
      } catch (StepFailure e) {
        return new StepFailed(filesystem, e.failure);
      } finally {
        observer.bytesReplicated(filesystem, progress.bytes() - before);
      }
    }
    try {
      sender.sendCompleted(request, progress.isFollowed());
    } catch (OperationException e) {
      return new StepUnconfirmed(filesystem, unconfirmed(Failure.of(Side.SENDER, e)));
    } catch (InterruptedException e) {
      // What arrived has arrived, although the confirmation was cut off.
      return new StepUnconfirmed(
          filesystem, unconfirmed(Failure.permanent(Side.SENDER, "cancelled", Optional.empty())));
    }
    return new StepCompleted(filesystem);
  }

  /** Says what it means that the sender could not be told. */
  static Failure unconfirmed(Failure failure) {
    return failure.withMessage(
        "the snapshot is on the receiver, but the sender could not be told, so that its replication"
            + " cursor stays behind: "
            + failure.message());
  }

  private void transfer(SendRequest request, StepProgress progress)
      throws StepFailure, InterruptedException {
    SendStream opened;
    try {
      opened = sender.send(request);
    } catch (OperationException e) {
      throw new StepFailure(Failure.of(Side.SENDER, e));
    }
    try (CountingStream stream = new CountingStream(opened, progress, ProgressMark.current())) {
      ReceiveRequest receive =
          new ReceiveRequest(
              request.filesystem(),
              request.to(),
              request.from().isEmpty(),
              !stream.usesResumeToken(),
              protection);
      try {
        receiver.receive(receive, stream);
      } catch (OperationException e) {
        throw new StepFailure(
            stream
                .failure()
                .map(broken -> brokenStream(broken, e))
                .orElseGet(() -> Failure.of(Side.RECEIVER, e)));
      }
    }
  }

  /** The broken stream is the cause; what the receiver says about it comes second. */
  private static Failure brokenStream(OperationException broken, OperationException received) {
    Failure failure = Failure.of(Side.SENDER, broken);
    return received.message().contains(failure.message())
        ? failure.withMessage(received.message())
        : failure.withMessage(
            failure.message() + "; the receiver then failed: " + received.message());
  }

  private static final class StepFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    StepFailure(Failure failure) {
      super(failure.message());
      this.failure = failure;
    }
  }
}

package io.zrepl.replicate.run;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.replicate.plan.ReplicationStep;
import io.zrepl.replicate.run.ReplicationEvent.EstimateFailed;
import io.zrepl.replicate.run.ReplicationEvent.Estimated;
import org.slf4j.Logger;

/**
 * Asks the sender how big a step will be. An estimate is a comfort: a step without one is
 * replicated all the same. But what the job's settings forbid is found here, before the receiver is
 * touched.
 */
final class EstimateExecutor {
  private final Sender sender;
  private final ReplicationProtection protection;
  private final Logger log;

  EstimateExecutor(Sender sender, ReplicationProtection protection, Logger log) {
    this.sender = sender;
    this.protection = protection;
    this.log = log;
  }

  /** Blocks until the sender has answered; tells what. */
  ReplicationEvent estimate(DatasetPath filesystem, StepProgress progress)
      throws InterruptedException {
    ReplicationStep step = progress.step();
    try {
      return new Estimated(
          filesystem,
          progress,
          sender.estimate(
              new SendRequest(filesystem, step.from(), step.to(), step.resumeToken(), protection)));
    } catch (OperationException e) {
      if (!(e instanceof PolicyException)) {
        log.atInfo()
            .addKeyValue("fs", filesystem)
            .addKeyValue("step", step.describe())
            .addKeyValue("err", e.message())
            .log("the size of a step could not be estimated; it is replicated all the same");
      }
      return new EstimateFailed(filesystem, progress, Failure.of(Side.SENDER, e));
    }
  }
}

package io.zrepl.job;

import io.zrepl.model.JobId;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** Tells that it can do nothing, so that the mistake is seen and other jobs go on. */
final class UnusableJob implements Job {
  private final JobSettings.Unusable settings;

  UnusableJob(JobSettings.Unusable settings) {
    this.settings = settings;
  }

  @Override
  public JobId id() {
    return settings.id();
  }

  @Override
  public void run() throws InterruptedException {
    JobLogger.of(UnusableJob.class, settings.id()).atError().log(settings.problem());
    new CountDownLatch(1).await();
  }

  @Override
  public JobReport report() {
    return new JobReport.Passive(Optional.of(settings.problem()));
  }

  @Override
  public void wakeup() throws SignalRefusedException {
    throw refused();
  }

  @Override
  public void reset() throws SignalRefusedException {
    throw refused();
  }

  private SignalRefusedException refused() {
    return new SignalRefusedException(
        "job \"%s\" can do nothing: %s".formatted(settings.id(), settings.problem()));
  }
}

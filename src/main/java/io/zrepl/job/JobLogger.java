package io.zrepl.job;

import io.zrepl.model.JobId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loggers whose lines carry the name of a job: it stands behind "#" in the logger's name. */
public final class JobLogger {
  private JobLogger() {}

  /**
   * The logger of a part of the program, for one job.
   *
   * @param part a class of the part
   */
  public static Logger of(Class<?> part, JobId job) {
    return LoggerFactory.getLogger(part.getName() + "#" + job);
  }
}

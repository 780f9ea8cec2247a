package io.zrepl.endpoint;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import java.util.Optional;
import java.util.OptionalLong;

/** The side that has the data. */
public interface Sender extends Endpoint {

  /**
   * How many bytes a step will send. Checks the request like {@link #send}, changes nothing on
   * disk.
   *
   * @return empty where ZFS gives no estimate
   * @throws PolicyException if the job's settings forbid the send
   */
  OptionalLong estimate(SendRequest request) throws OperationException, InterruptedException;

  /**
   * Places the protecting objects of the step and starts the stream.
   *
   * @throws ResumeTokenException if the token cannot be used for this step; the step may be tried
   *     again without it
   * @throws PolicyException if the job's settings forbid the send
   */
  SendStream send(SendRequest request) throws OperationException, InterruptedException;

  /**
   * Tells that the receiver has the snapshot: moves the cursor, removes what protected the step.
   */
  void sendCompleted(SendRequest request) throws OperationException, InterruptedException;

  /**
   * As {@link #sendCompleted(SendRequest)}, which it may do a part of together with the next step.
   *
   * @param nextFollows whether the next request about this filesystem will be to send a step from
   *     the snapshot that has arrived; if it is not, nothing is harmed, only removed later
   */
  default void sendCompleted(SendRequest request, boolean nextFollows)
      throws OperationException, InterruptedException {
    sendCompleted(request);
  }

  /**
   * The guid at this job's replication cursor.
   *
   * @return empty if nothing of this filesystem was ever replicated by this job
   */
  Optional<Guid> replicationCursor(DatasetPath filesystem)
      throws OperationException, InterruptedException;
}

package io.zrepl.endpoint;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import java.util.List;
import java.util.Map;

/** The side that keeps the copies. */
public interface Receiver extends Endpoint {

  /**
   * Receives a stream, creating placeholders above the filesystem where needed, and verifies the
   * guid of what arrived. Returns when ZFS has it; the caller still closes the stream.
   */
  void receive(ReceiveRequest request, SendStream stream)
      throws OperationException, InterruptedException;

  /**
   * How many bytes filesystems occupy together with their snapshots, without those below them. For
   * reports: asks ZFS anew.
   *
   * @return those of which that is not known are missing; a receiver on another machine does not
   *     tell
   */
  default Map<DatasetPath, Long> sizes(List<DatasetPath> filesystems)
      throws OperationException, InterruptedException {
    return Map.of();
  }
}

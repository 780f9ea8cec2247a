package io.zrepl.endpoint.local;

import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.zfs.PlaceholderEncryption;
import java.util.Optional;

/**
 * Settings of a receiver on this machine.
 *
 * @param job part of the names of its holds
 * @param rootFilesystem the dataset below which everything lands; must exist
 * @param client for a sink: the client, whose data lies below {@code rootFilesystem/client}
 * @param options how it receives; of the bandwidth limit it is the job that keeps track
 * @param keepsSnapshots whether nothing that is received may destroy snapshots ({@code
 *     serve.forbid_destroy})
 */
public record ReceiverSettings(
    JobId job,
    DatasetPath rootFilesystem,
    Optional<ClientIdentity> client,
    ReceiveOptions options,
    boolean keepsSnapshots) {

  /** What is received may take the place of a placeholder with its snapshots. */
  public ReceiverSettings(
      JobId job,
      DatasetPath rootFilesystem,
      Optional<ClientIdentity> client,
      ReceiveOptions options) {
    this(job, rootFilesystem, client, options, false);
  }

  /** With nothing set but how placeholders are created. */
  public ReceiverSettings(
      JobId job,
      DatasetPath rootFilesystem,
      Optional<ClientIdentity> client,
      PlaceholderEncryption placeholderEncryption) {
    this(job, rootFilesystem, client, ReceiveOptions.of(placeholderEncryption));
  }
}

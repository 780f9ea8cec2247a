package io.zrepl.endpoint.local;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.StreamRecords;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A stream of which nothing passes that could make {@code zfs receive} leave the filesystem for
 * which it is received. Used by one thread at a time, but for {@link #abort} and {@link #close}.
 */
final class SingleSnapshotStream implements SendStream {
  private final SendStream stream;
  private final String what;
  private final StreamRecords records = new StreamRecords();

  /**
   * @param what the snapshot that it is to bring, for messages
   */
  SingleSnapshotStream(SendStream stream, String what) {
    this.stream = stream;
    this.what = what;
  }

  @Override
  public boolean usesResumeToken() {
    return stream.usesResumeToken();
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    int start = buffer.position();
    int count = stream.read(buffer);
    if (count > 0) {
      Optional<String> problem = records.follow(buffer.slice(start, count));
      if (problem.isPresent()) {
        buffer.position(start);
        stream.abort();
        throw OperationException.permanent(
            "cannot receive %s: its stream is not one that zrepl sends: %s; nothing more of it was received"
                .formatted(what, problem.get()));
      }
    }
    return count;
  }

  @Override
  public void abort() {
    stream.abort();
  }

  @Override
  public void close() {
    stream.close();
  }
}

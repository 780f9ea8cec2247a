package io.zrepl.endpoint.local;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.SendProcess;
import java.nio.ByteBuffer;

/** A running {@code zfs send} as a stream; closing it gives the filesystem free for the next. */
final class LocalSendStream implements SendStream {
  private final SendProcess process;
  private final boolean usesResumeToken;
  private final Runnable ended;

  LocalSendStream(SendProcess process, boolean usesResumeToken, Runnable ended) {
    this.process = process;
    this.usesResumeToken = usesResumeToken;
    this.ended = ended;
  }

  @Override
  public boolean usesResumeToken() {
    return usesResumeToken;
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    return process.read(buffer);
  }

  @Override
  public void abort() {
    process.abort();
  }

  @Override
  public void close() {
    try {
      process.close();
    } finally {
      ended.run();
    }
  }
}

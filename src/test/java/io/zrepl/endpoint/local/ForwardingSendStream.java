package io.zrepl.endpoint.local;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import java.nio.ByteBuffer;

/** Passes everything on; tests override what they want to disturb. */
public class ForwardingSendStream implements SendStream {
  private final SendStream stream;

  /** Makes one. */
  public ForwardingSendStream(SendStream stream) {
    this.stream = stream;
  }

  @Override
  public boolean usesResumeToken() {
    return stream.usesResumeToken();
  }

  @Override
  public int read(ByteBuffer buffer) throws OperationException {
    return stream.read(buffer);
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

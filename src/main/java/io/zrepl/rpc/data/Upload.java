package io.zrepl.rpc.data;

import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.ProtocolException;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.rpc.frame.StreamWriter;
import io.zrepl.transport.TimeLimit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Sends a stream while its caller waits for the answer, which may come before the end: then it is a
 * refusal, and the rest is not sent.
 *
 * <p>The copying is done by a platform thread, since it blocks in a pipe.
 */
final class Upload {
  private final FramedConnection connection;
  private final SendStream stream;
  private final Duration patience;
  private volatile boolean cutOff;
  // how the source failed by itself
  private volatile @Nullable OperationException sourceFailure;

  /**
   * Prepares it.
   *
   * @param patience how long to wait for the answer to a stream that broke
   */
  Upload(FramedConnection connection, SendStream stream, Duration patience) {
    this.connection = connection;
    this.stream = stream;
    this.patience = patience;
  }

  /** Reads the answer. */
  @FunctionalInterface
  interface Answer {
    DataResponse read() throws IOException;
  }

  /**
   * Sends, reads the answer, and ends the sending if it still goes on.
   *
   * @throws OperationException if the source failed
   * @throws IOException if the connection failed
   */
  DataResponse during(Answer answer) throws IOException, OperationException, InterruptedException {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    Thread.ofPlatform().daemon().name("rpc-upload " + connection.peer()).start(() -> send(sent));
    try {
      DataResponse response = answer.read();
      boolean early = !sent.isDone();
      if (early) {
        cutOff();
      }
      Object _ = outcome(sent, early && response instanceof DataResponse.Failure);
      return response;
    } catch (IOException e) {
      // The sending must not outlive this call, and its own failure may be the reason.
      boolean interrupted = Thread.interrupted();
      connection.abort();
      cutOff();
      if (interrupted) {
        awaitQuietly(sent);
        throw new InterruptedException();
      }
      // Whether writing or reading fails first is chance; that the connection broke is what counts.
      Object _ = outcome(sent, true);
      throw e;
    }
  }

  private void cutOff() {
    cutOff = true;
    stream.abort();
  }

  private int read(ByteBuffer buffer) throws OperationException {
    try {
      return stream.read(buffer);
    } catch (OperationException e) {
      if (!cutOff) {
        sourceFailure = e;
      }
      throw e;
    }
  }

  private void send(CompletableFuture<Void> sent) {
    try {
      StreamWriter.send(
          connection, this::read, OperationException.class, OperationException::describe);
      sent.complete(null);
    } catch (OperationException e) {
      // The other side says that it has given up, and is ready for another try; or it does not.
      TimeLimit _ = TimeLimit.start(patience, connection::abort);
      sent.completeExceptionally(e);
    } catch (IOException e) {
      // The answer may be on its way, or there is none.
      TimeLimit _ = TimeLimit.start(patience, connection::abort);
      sent.completeExceptionally(e);
    } catch (RuntimeException | Error e) {
      sent.completeExceptionally(e);
      connection.abort(); // the other side would wait for the rest, and we for its answer
    }
  }

  /** The copying thread must not outlive its stream: an interrupt makes it end, and is kept. */
  private void awaitQuietly(Future<Void> sent) {
    boolean interrupted = false;
    while (!sent.isDone()) {
      try {
        Object _ = sent.get();
      } catch (ExecutionException e) {
        // It is done, which is all that matters here.
      } catch (InterruptedException e) {
        interrupted = true;
        connection.abort();
        cutOff();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits for the sending thread.
   *
   * @param ended whether we ended it, or the connection is broken: then only a failure of the
   *     source counts
   */
  private Future<Void> outcome(Future<Void> sent, boolean ended)
      throws IOException, OperationException, InterruptedException {
    awaitQuietly(sent);
    OperationException failure = sourceFailure;
    if (failure != null) {
      throw failure;
    }
    try {
      Object _ = sent.get();
      return sent;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (!(cause instanceof OperationException || cause instanceof IOException)) {
        throw new IllegalStateException("sending ended by a fault", cause);
      }
      if (ended) {
        return sent;
      }
      if (cause instanceof OperationException source) {
        throw source;
      }
      throw new ProtocolException("the other end answered before the stream was complete");
    }
  }
}

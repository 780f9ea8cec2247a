package io.zrepl.zfs;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** As one that sleeps uninterruptibly: dies when the test says so, not when killed. */
final class UnkillableProcess extends Process {
  final CompletableFuture<Process> ended = new CompletableFuture<>();
  final AtomicInteger kills = new AtomicInteger();

  /** Counted down when nobody reads its error messages any more. */
  final CountDownLatch errorsClosed = new CountDownLatch(1);

  private final long pid;

  UnkillableProcess(long pid) {
    this.pid = pid;
  }

  @Override
  public long pid() {
    return pid;
  }

  @Override
  public OutputStream getOutputStream() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream getInputStream() {
    return InputStream.nullInputStream();
  }

  @Override
  public InputStream getErrorStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        try {
          errorsClosed.await(); // it says nothing and does not end
          throw new IOException("closed");
        } catch (InterruptedException e) {
          throw new InterruptedIOException();
        }
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        return read();
      }

      @Override
      public void close() {
        errorsClosed.countDown();
      }
    };
  }

  @Override
  public int waitFor() throws InterruptedException {
    throw new AssertionError("would wait for ever");
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    try {
      ended.get(timeout, unit);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int exitValue() {
    if (!ended.isDone()) {
      throw new IllegalThreadStateException();
    }
    return 137;
  }

  @Override
  public boolean isAlive() {
    return !ended.isDone();
  }

  @Override
  public void destroy() {
    kills.incrementAndGet();
  }

  @Override
  public Process destroyForcibly() {
    kills.incrementAndGet();
    return this;
  }

  @Override
  public Stream<ProcessHandle> descendants() {
    return Stream.empty();
  }

  @Override
  public CompletableFuture<Process> onExit() {
    return ended.copy();
  }
}

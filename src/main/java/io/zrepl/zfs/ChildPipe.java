package io.zrepl.zfs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One standard stream of a child that is about to be started: a {@link NativePipe}, or the plain
 * stream of {@link Process} where that is not to be had.
 *
 * <p>Use: {@link #redirect} before the start; after it {@link #reader} or {@link #writer}, which
 * closes the child's end in this process; {@link #close}, which has an effect only if the start
 * failed before that. Used by one thread.
 */
public final class ChildPipe implements AutoCloseable {
  private final @Nullable NativePipe pipe;
  private final @Nullable FileChannel ourEnd;
  private final boolean childWrites;
  private boolean handedOver;

  private ChildPipe(@Nullable NativePipe pipe, @Nullable FileChannel ourEnd, boolean childWrites) {
    this.pipe = pipe;
    this.ourEnd = ourEnd;
    this.childWrites = childWrites;
  }

  /** A pipe into which the child writes. */
  public static ChildPipe forOutput(boolean preferNative, int capacity) {
    return make(preferNative, capacity, true);
  }

  /** A pipe from which the child reads. */
  public static ChildPipe forInput(boolean preferNative, int capacity) {
    return make(preferNative, capacity, false);
  }

  private static ChildPipe make(boolean preferNative, int capacity, boolean childWrites) {
    Optional<NativePipe> opened = preferNative ? NativePipe.open(capacity) : Optional.empty();
    if (opened.isEmpty()) {
      return new ChildPipe(null, null, childWrites);
    }
    NativePipe pipe = opened.get();
    try {
      FileChannel ourEnd;
      if (childWrites) {
        ourEnd = FileChannel.open(pipe.readEnd(), StandardOpenOption.READ);
        pipe.closeReadEnd();
      } else {
        ourEnd = FileChannel.open(pipe.writeEnd(), StandardOpenOption.WRITE);
        pipe.closeWriteEnd();
      }
      return new ChildPipe(pipe, ourEnd, childWrites);
    } catch (IOException e) {
      // No /proc, or no descriptors left: the plain way works, or fails with a message of its own.
      pipe.close();
      return new ChildPipe(null, null, childWrites);
    }
  }

  /** What to give to the {@link ProcessBuilder}. */
  public Redirect redirect() {
    if (pipe == null) {
      return Redirect.PIPE;
    }
    return childWrites
        ? Redirect.to(pipe.writeEnd().toFile())
        : Redirect.from(pipe.readEnd().toFile());
  }

  /** Our end, to read what the child writes. */
  public ReadableByteChannel reader(InputStream plain) {
    handedOver = true;
    if (pipe == null || ourEnd == null) {
      return Channels.newChannel(plain);
    }
    pipe.close();
    return ourEnd;
  }

  /** Our end, to write what the child reads. */
  public WritableByteChannel writer(OutputStream plain) {
    handedOver = true;
    if (pipe == null || ourEnd == null) {
      return Channels.newChannel(plain);
    }
    pipe.close();
    return ourEnd;
  }

  /** Gives everything back after a failed start. */
  @Override
  public void close() {
    if (handedOver) {
      return;
    }
    if (pipe != null) {
      pipe.close();
    }
    if (ourEnd != null) {
      Closing.quietly(ourEnd);
    }
  }
}

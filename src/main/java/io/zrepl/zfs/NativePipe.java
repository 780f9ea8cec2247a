package io.zrepl.zfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipe made by {@code pipe2(2)} with a capacity of our choice. Its two ends are raw file
 * descriptors that other code opens through {@code /proc/self/fd}; each is closed once. Linux only.
 *
 * <p>Larger pipes halve the cost of moving a stream, and unlike the streams of {@link Process} they
 * are not closed behind our back when the child exits.
 */
final class NativePipe implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NativePipe.class);
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_SETPIPE_SZ = 1031;

  private final int readDescriptor;
  private final int writeDescriptor;
  private boolean readOpen = true;
  private boolean writeOpen = true;

  private NativePipe(int readDescriptor, int writeDescriptor) {
    this.readDescriptor = readDescriptor;
    this.writeDescriptor = writeDescriptor;
  }

  /**
   * Makes a pipe.
   *
   * @param capacity in bytes; a wish that the system may refuse, 0 for its default
   * @return empty where foreign functions may not be called, or on a system other than Linux
   */
  static Optional<NativePipe> open(int capacity) {
    Optional<Calls> usable = Calls.USABLE;
    if (usable.isEmpty()) {
      return Optional.empty();
    }
    Calls calls = usable.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment descriptors = arena.allocate(JAVA_INT, 2);
      int failed = (int) calls.pipe2.invokeExact(descriptors, O_CLOEXEC);
      if (failed != 0) {
        return Optional.empty();
      }
      int readDescriptor = descriptors.getAtIndex(JAVA_INT, 0);
      int writeDescriptor = descriptors.getAtIndex(JAVA_INT, 1);
      if (capacity > 0) {
        // May fail beyond /proc/sys/fs/pipe-max-size; then the pipe keeps its size.
        int _ = (int) calls.fcntl.invokeExact(writeDescriptor, F_SETPIPE_SZ, capacity);
      }
      return Optional.of(new NativePipe(readDescriptor, writeDescriptor));
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call pipe2", e);
    }
  }

  /** Under which name this process can open the read end. */
  Path readEnd() {
    return Path.of("/proc/self/fd/" + readDescriptor);
  }

  /** Under which name this process can open the write end. */
  Path writeEnd() {
    return Path.of("/proc/self/fd/" + writeDescriptor);
  }

  /** Closes the descriptor of the read end. */
  synchronized void closeReadEnd() {
    if (readOpen) {
      readOpen = false;
      closeDescriptor(readDescriptor);
    }
  }

  /** Closes the descriptor of the write end. */
  synchronized void closeWriteEnd() {
    if (writeOpen) {
      writeOpen = false;
      closeDescriptor(writeDescriptor);
    }
  }

  @Override
  public void close() {
    closeReadEnd();
    closeWriteEnd();
  }

  private static void closeDescriptor(int descriptor) {
    try {
      int _ = (int) Calls.USABLE.orElseThrow().close.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call close", e);
    }
  }

  private record Calls(MethodHandle pipe2, MethodHandle fcntl, MethodHandle close) {
    static final Optional<Calls> USABLE = load();

    @SuppressWarnings("restricted") // the manifest enables native access; if not, we do without
    private static Optional<Calls> load() {
      if (!System.getProperty("os.name", "").equals("Linux")
          || !Files.isDirectory(Path.of("/proc/self/fd"))) {
        return Optional.empty();
      }
      try {
        Linker linker = Linker.nativeLinker();
        var library = linker.defaultLookup();
        MethodHandle pipe2 =
            linker.downcallHandle(
                library.findOrThrow("pipe2"), FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        MethodHandle fcntl =
            linker.downcallHandle(
                library.findOrThrow("fcntl"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        MethodHandle close =
            linker.downcallHandle(
                library.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        return Optional.of(new Calls(pipe2, fcntl, close));
      } catch (RuntimeException | LinkageError e) {
        LOG.atDebug()
            .setCause(e)
            .log("no native pipes; using the plain streams of child processes");
        return Optional.empty();
      }
    }
  }
}

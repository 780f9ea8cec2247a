package io.zrepl.logging;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A UNIX datagram socket, connected, which Java itself does not have; or a stream socket if the
 * other side wants one. Linux only. Messages are sent by one thread; any may close.
 */
final class DatagramSocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int EAGAIN = 11;
  private static final int EPROTOTYPE = 91;
  private static final int LONGEST_PATH = 107;

  private final int descriptor;
  private final boolean stream;
  // guarded by this
  private boolean closed;

  private DatagramSocket(int descriptor, boolean stream) {
    this.descriptor = descriptor;
    this.stream = stream;
  }

  /**
   * Connects.
   *
   * @param limit how long sending a message may take
   * @throws IOException if nobody listens there
   */
  static DatagramSocket connect(Path path, Duration limit) throws IOException {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      throw new IOException("the outlet syslog needs Linux");
    }
    try {
      return connect(path, limit, false);
    } catch (NativeException e) {
      if (e.number != EPROTOTYPE) {
        throw e;
      }
      return connect(path, limit, true);
    }
  }

  private static DatagramSocket connect(Path path, Duration limit, boolean stream)
      throws IOException {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length > LONGEST_PATH) {
      throw new IOException("the path of a socket must not be longer than 107 bytes: " + path);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = arena.allocate(Native.ERROR);
      int kind = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
      int descriptor = (int) Native.SOCKET.invokeExact(error, AF_UNIX, kind, 0);
      check(descriptor, error, "cannot make a socket");
      DatagramSocket result = new DatagramSocket(descriptor, stream);
      try {
        MemorySegment time = arena.allocate(JAVA_LONG, 2);
        time.setAtIndex(JAVA_LONG, 0, limit.getSeconds());
        time.setAtIndex(JAVA_LONG, 1, Math.max(limit.getNano() / 1000, 1));
        check(
            (int)
                Native.SET_OPTION.invokeExact(
                    error, descriptor, SOL_SOCKET, SO_SNDTIMEO, time, (int) time.byteSize()),
            error,
            "cannot limit the time for a message");
        MemorySegment address = arena.allocate(2 + name.length + 1L, 2);
        address.set(JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(name, 0, address, JAVA_BYTE, 2, name.length);
        check(
            (int) Native.CONNECT.invokeExact(error, descriptor, address, (int) address.byteSize()),
            error,
            "cannot connect to " + path);
        return result;
      } catch (IOException e) {
        result.close();
        throw e;
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call the system", e);
    }
  }

  /**
   * Sends one message.
   *
   * @throws IOException if nobody listens any more, or takes it in time
   */
  void send(byte[] message) throws IOException {
    synchronized (this) {
      if (closed) {
        throw new IOException("the socket is closed");
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = arena.allocate(Native.ERROR);
      MemorySegment bytes = arena.allocate(message.length + 1L);
      MemorySegment.copy(message, 0, bytes, JAVA_BYTE, 0, message.length);
      bytes.set(JAVA_BYTE, message.length, (byte) '\n');
      long length = message.length + (stream ? 1L : 0L);
      long sent = 0;
      while (sent < length) {
        long count =
            (long)
                Native.SEND.invokeExact(
                    error, descriptor, bytes.asSlice(sent), length - sent, MSG_NOSIGNAL);
        check(count, error, "cannot send to syslog");
        sent += stream ? count : length;
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call the system", e);
    }
  }

  private static void check(long result, MemorySegment error, String what) throws IOException {
    if (result < 0) {
      int number = (int) Native.NUMBER.get(error, 0L);
      throw new NativeException(what, number);
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      int _ = (int) Native.CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call close", e);
    }
  }

  private static final class NativeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int number;

    NativeException(String what, int number) {
      super(what + ": " + meaning(number));
      this.number = number;
    }

    private static String meaning(int number) {
      return switch (number) {
        case 2 -> "no such file";
        case EAGAIN -> "it does not take messages in time";
        case 13 -> "permission denied";
        case 111, 32, 104, 107 -> "nobody listens there";
        default -> "error " + number;
      };
    }
  }

  private static final class Native {
    static final StructLayout ERROR = Linker.Option.captureStateLayout();
    static final VarHandle NUMBER = ERROR.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    static final MethodHandle SOCKET =
        handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    static final MethodHandle CONNECT =
        handle("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    static final MethodHandle SET_OPTION =
        handle(
            "setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    static final MethodHandle SEND =
        handle("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    @SuppressWarnings("restricted") // the manifest enables native access
    static final MethodHandle CLOSE =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    @SuppressWarnings("restricted")
    private static MethodHandle handle(String name, FunctionDescriptor type) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"));
    }
  }
}

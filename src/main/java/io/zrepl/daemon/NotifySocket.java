package io.zrepl.daemon;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Sends to the datagram socket on which systemd waits for news of a service. Java has only stream
 * sockets of this kind, so that the system's functions are called. A child process {@code
 * systemd-notify} would do too, but systemd would take its messages only with {@code
 * NotifyAccess=all}, from any child, and each beat of the watchdog would start a process.
 *
 * @param address a path, or the name of an abstract socket behind {@code @}
 */
record NotifySocket(String address) {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_NOSIGNAL_DONTWAIT = 0x4000 | 0x40;
  private static final int LONGEST_ADDRESS = 107;

  /**
   * Sends one message; never waits.
   *
   * @throws IOException if nobody gets it
   */
  void send(String message) throws IOException {
    byte[] name = address.getBytes(StandardCharsets.UTF_8);
    if (name.length > LONGEST_ADDRESS || name.length == 0) {
      throw new IOException("the address in NOTIFY_SOCKET cannot be used: " + address);
    }
    if (name[0] == '@') {
      name[0] = 0;
    }
    int result;
    try {
      result = Calls.INSTANCE.send(name, message.getBytes(StandardCharsets.UTF_8));
    } catch (LinkageError e) {
      throw new IOException("foreign functions cannot be called: " + e, e);
    }
    if (result < 0) {
      throw new IOException("nobody receives at the address in NOTIFY_SOCKET, " + address);
    }
  }

  private record Calls(MethodHandle socket, MethodHandle sendto, MethodHandle close) {
    static final Calls INSTANCE = load();

    @SuppressWarnings("restricted") // the manifest and the launcher enable native access
    private static Calls load() {
      Linker linker = Linker.nativeLinker();
      SymbolLookup library = linker.defaultLookup();
      return new Calls(
          linker.downcallHandle(
              library.findOrThrow("socket"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
          linker.downcallHandle(
              library.findOrThrow("sendto"),
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT)),
          linker.downcallHandle(
              library.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT)));
    }

    /** Negative if one of the functions fails. */
    int send(byte[] name, byte[] message) {
      try (Arena arena = Arena.ofConfined()) {
        // struct sockaddr_un: the family as a short, the name; its length tells where it ends.
        MemorySegment to = arena.allocate(Short.BYTES + LONGEST_ADDRESS + 1L);
        to.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.nativeOrder()), 0, (short) AF_UNIX);
        MemorySegment.copy(name, 0, to, JAVA_BYTE, Short.BYTES, name.length);
        MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, message);
        int descriptor = (int) socket.invokeExact(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
        if (descriptor < 0) {
          return descriptor;
        }
        long sent =
            (long)
                sendto.invokeExact(
                    descriptor,
                    bytes,
                    (long) message.length,
                    MSG_NOSIGNAL_DONTWAIT,
                    to,
                    Short.BYTES + name.length);
        int _ = (int) close.invokeExact(descriptor);
        return (int) sent;
      } catch (Throwable e) {
        throw new IllegalStateException("cannot call sendto", e);
      }
    }
  }
}

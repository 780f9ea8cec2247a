package io.zrepl.transport;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets a socket be bound to an address that this machine does not have yet ({@code IP_FREEBIND}).
 * Linux only.
 *
 * <p>Java has no such option and does not tell the number of a channel's descriptor. So the
 * descriptor is recognised: it is the one whose {@code SO_REUSEPORT} follows what we set through
 * the channel, several times in a row. Nothing else in the process changes that option.
 */
final class FreeBind {
  private static final int SOL_IP = 0;
  private static final int IP_FREEBIND = 15;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEPORT = 15;
  private static final boolean[] PATTERN = {true, false, true, true, false, false};
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private FreeBind() {}

  /**
   * Allows it.
   *
   * @param channel not bound yet
   * @throws TransportException where this is not possible
   */
  static void allow(ServerSocketChannel channel) throws IOException {
    if (!System.getProperty("os.name", "").equals("Linux") || !Files.isDirectory(DESCRIPTORS)) {
      throw unsupported("this needs Linux");
    }
    List<Integer> candidates = sockets();
    for (boolean on : PATTERN) {
      channel.setOption(StandardSocketOptions.SO_REUSEPORT, on);
      candidates.removeIf(descriptor -> Native.reusesPort(descriptor) != on);
    }
    if (candidates.size() != 1 || !Native.allowFreeBind(candidates.getFirst())) {
      throw unsupported("the system refuses it");
    }
  }

  private static List<Integer> sockets() throws IOException {
    List<Integer> result = new ArrayList<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path each : descriptors) {
        try {
          if (Files.readSymbolicLink(each).toString().startsWith("socket:")) {
            result.add(Integer.parseInt(each.getFileName().toString()));
          }
        } catch (IOException e) {
          // closed meanwhile: not ours
        }
      }
    }
    return result;
  }

  private static TransportException unsupported(String why) {
    return new TransportException(
        false, "listen_freebind is not possible here: " + why, "remove the option", null);
  }

  private static final class Native {
    private static final MethodHandle GET = handle("getsockopt", ADDRESS);
    private static final MethodHandle SET = handle("setsockopt", JAVA_INT);

    @SuppressWarnings("restricted") // the manifest enables native access
    private static MethodHandle handle(String name, java.lang.foreign.MemoryLayout length) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, length));
    }

    static boolean reusesPort(int descriptor) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment value = arena.allocate(JAVA_INT);
        MemorySegment length = arena.allocateFrom(JAVA_INT, (int) JAVA_INT.byteSize());
        int failed = (int) GET.invokeExact(descriptor, SOL_SOCKET, SO_REUSEPORT, value, length);
        return failed == 0 && value.get(JAVA_INT, 0) != 0;
      } catch (Throwable e) {
        throw new IllegalStateException("cannot call getsockopt", e);
      }
    }

    static boolean allowFreeBind(int descriptor) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment on = arena.allocateFrom(JAVA_INT, 1);
        int failed =
            (int) SET.invokeExact(descriptor, SOL_IP, IP_FREEBIND, on, (int) JAVA_INT.byteSize());
        return failed == 0;
      } catch (Throwable e) {
        throw new IllegalStateException("cannot call setsockopt", e);
      }
    }
  }
}

package io.zrepl.base;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers of tests. Not those that the kernel gives to outgoing connections: one that was
 * found free there may be taken by a client before the server listens.
 */
public final class FreePort {
  private static final int FIRST = 10_000;
  private static final int AFTER_LAST = 32_000; // the kernel's begin at 32768
  private static final int ATTEMPTS = 100;

  private FreePort() {}

  /**
   * A socket at a free port, which is to be closed before the server listens there.
   *
   * @throws IOException if none is found
   */
  public static ServerSocket bind() throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      ServerSocket socket = new ServerSocket();
      try {
        socket.bind(
            new InetSocketAddress(ThreadLocalRandom.current().nextInt(FIRST, AFTER_LAST)), 1);
        return socket;
      } catch (BindException e) {
        socket.close();
      }
    }
    throw new IOException("no port was free");
  }
}

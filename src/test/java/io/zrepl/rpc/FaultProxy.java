package io.zrepl.rpc;

import io.zrepl.base.TaskGroup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Stands between a client and a server on this machine, and does to the bytes what it is told. */
public final class FaultProxy implements AutoCloseable {

  /** What happens to one direction of one connection. */
  public enum Kind {
    /** Both directions end. */
    CUT,
    /** Likewise, with a reset. */
    RESET,
    /** This direction ends. */
    TRUNCATE,
    /** Some bytes come twice. */
    DUPLICATE,
    /** Some bytes are missing. */
    DROP,
    /** Some bytes are others. */
    CORRUPT,
    /** The rest comes late. */
    DELAY
  }

  /**
   * A fault.
   *
   * @param kind what happens
   * @param towardsServer in which direction
   * @param after after so many bytes of it
   */
  public record Fault(Kind kind, boolean towardsServer, long after) {}

  private static final int SPOILED = 8;
  private static final int MOST_RECORDED = 1 << 20;

  private final ServerSocket listener;
  private final int server;
  private final TaskGroup tasks = new TaskGroup("proxy");
  private final List<Recording> recordings = new CopyOnWriteArrayList<>();
  private final AtomicReference<Optional<Fault>> next = new AtomicReference<>(Optional.empty());
  private final AtomicInteger sparing = new AtomicInteger();
  private final AtomicInteger faults = new AtomicInteger();
  private volatile Runnable beforeFault = () -> {};

  /**
   * Begins to forward.
   *
   * @param server port of the server
   */
  @SuppressWarnings("this-escape")
  public FaultProxy(int server) throws IOException {
    this.server = server;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    tasks.fork("accept", this::accept);
  }

  /** Where clients connect. */
  public int port() {
    return listener.getLocalPort();
  }

  /**
   * The fault of one connection; others are forwarded as they are.
   *
   * @param connection how many connections are spared before
   */
  public void arm(Fault fault, int connection) {
    sparing.set(connection);
    next.set(Optional.of(fault));
  }

  /** What went through one connection; grows while it is used. */
  public static final class Recording {
    private final ByteArrayOutputStream up = new ByteArrayOutputStream();
    private final ByteArrayOutputStream down = new ByteArrayOutputStream();

    /** All bytes of a direction so far. */
    public byte[] bytes(boolean towardsServer) {
      return (towardsServer ? up : down).toByteArray();
    }
  }

  /** The connections so far, in the order in which they were opened. */
  public List<Recording> recordings() {
    return List.copyOf(recordings);
  }

  /** What to do when the place of a fault is reached, while nothing goes on. */
  public void beforeFault(Runnable action) {
    beforeFault = action;
  }

  /** How many faults there were. */
  public int faults() {
    return faults.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        client.setTcpNoDelay(true);
        Socket target;
        try {
          target = new Socket(InetAddress.getLoopbackAddress(), server);
        } catch (IOException e) {
          client.close(); // the server does not listen yet
          continue;
        }
        target.setTcpNoDelay(true);
        Optional<Fault> fault =
            next.get().isPresent() && sparing.getAndDecrement() <= 0
                ? next.getAndSet(Optional.empty())
                : Optional.empty();
        Recording recording = new Recording();
        recordings.add(recording);
        tasks.fork("up", () -> forward(client, target, fault, true, recording.up));
        tasks.fork("down", () -> forward(target, client, fault, false, recording.down));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void forward(
      Socket from,
      Socket to,
      Optional<Fault> planned,
      boolean towardsServer,
      ByteArrayOutputStream recorded)
      throws InterruptedException {
    Optional<Fault> fault = planned.filter(each -> each.towardsServer == towardsServer);
    long left = fault.map(Fault::after).orElse(Long.MAX_VALUE);
    byte[] buffer = new byte[16_384];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int count;
      while ((count = in.read(buffer, 0, (int) Math.min(buffer.length, Math.max(left, 1)))) >= 0) {
        if (recorded.size() < MOST_RECORDED) {
          recorded.write(buffer, 0, count);
        }
        if (left > 0) {
          out.write(buffer, 0, count);
          left -= count;
        } else {
          left = Long.MAX_VALUE;
          beforeFault.run();
          faults.incrementAndGet();
          if (!spoil(fault.orElseThrow().kind(), buffer, count, in, out, from, to)) {
            return;
          }
        }
      }
      to.shutdownOutput();
    } catch (IOException e) {
      closeBoth(from, to);
    }
  }

  /** Whether to go on. */
  private static boolean spoil(
      Kind kind, byte[] buffer, int count, InputStream in, OutputStream out, Socket from, Socket to)
      throws IOException, InterruptedException {
    int more = Math.max(0, in.readNBytes(buffer, count, SPOILED));
    int all = count + more;
    switch (kind) {
      case CUT -> {
        closeBoth(from, to);
        return false;
      }
      case RESET -> {
        from.setSoLinger(true, 0);
        to.setSoLinger(true, 0);
        closeBoth(from, to);
        return false;
      }
      case TRUNCATE -> {
        to.shutdownOutput();
        in.transferTo(OutputStream.nullOutputStream());
        return false;
      }
      case DUPLICATE -> {
        out.write(buffer, 0, all);
        out.write(buffer, 0, all);
      }
      case DROP -> {}
      case CORRUPT -> {
        for (int i = 0; i < all; i++) {
          buffer[i] ^= 0x55;
        }
        out.write(buffer, 0, all);
      }
      case DELAY -> {
        Thread.sleep(300);
        out.write(buffer, 0, all);
      }
    }
    return true;
  }

  private static void closeBoth(Socket a, Socket b) {
    try {
      a.close();
      b.close();
    } catch (IOException e) {
      // closed already
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    tasks.close();
  }
}

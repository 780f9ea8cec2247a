package io.zrepl.rpc;

import io.zrepl.base.FreePort;
import io.zrepl.base.HostAndPort;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.TestCertificates;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.helpers.NOPLogger;

/**
 * How quick streams go from one child process through sender, transport and receiver into another,
 * and what processor time that costs this JVM, which is both daemons; the children are not counted.
 * The floor is a plain socket, copied with arrays; a second one, "copying", has the same two
 * children and pipes with a socket between and no protocol: the difference to it is what the
 * program adds.
 */
final class TransportBenchmark {
  private static final Snapshot SNAPSHOT =
      new Snapshot("s", new Guid(1), new CreateTxg(1), Instant.EPOCH);
  private static final DatasetPath FILESYSTEM = DatasetPath.of("p/a");
  private static final SendRequest REQUEST =
      new SendRequest(
          FILESYSTEM, Optional.empty(), SNAPSHOT, Optional.empty(), ReplicationProtection.DEFAULT);

  private final FakeZfsProgram program;
  private final long bytes;
  private final Path folder;

  private TransportBenchmark(FakeZfsProgram program, long bytes, Path folder) {
    this.program = program;
    this.bytes = bytes;
    this.folder = folder;
  }

  /**
   * Runs each transport in turn, several rounds.
   *
   * @param arguments GiB of one run, number of rounds, transports with commas between
   */
  public static void main(String[] arguments) throws Exception {
    long bytes = Long.parseLong(arguments[0]) << 30;
    Path folder = Files.createTempDirectory("zrepl-bench");
    try (FakeZfsProgram program = new FakeZfsProgram(folder, bytes)) {
      TransportBenchmark benchmark = new TransportBenchmark(program, bytes, folder);
      for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
        for (String transport : arguments[2].split(",", -1)) {
          benchmark.measure(transport);
        }
      }
    }
    System.exit(0);
  }

  private void measure(String transport) throws Exception {
    switch (transport) {
      case "socket" -> measure(transport, this::copyThroughSocket);
      case "copying" -> measure(transport, this::copyBetweenChildren);
      case "local" -> measure(transport, () -> replicate(program.receiver()));
      case "tcp" -> measure(transport, this::throughTcp);
      case "tls" -> measure(transport, this::throughTls);
      default -> throw new IllegalArgumentException("no transport " + transport);
    }
  }

  private interface Run {
    void run() throws Exception;
  }

  private static long processorTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private void measure(String name, Run run) throws Exception {
    long begin = System.nanoTime();
    long processor = processorTime();
    run.run();
    double seconds = (System.nanoTime() - begin) / 1e9;
    double processorSeconds = (processorTime() - processor) / 1e9;
    double gigabytes = bytes / 1e9;
    System.out.printf(
        "%-8s %6.2f GB/s  %6.3f CPU-s/GB%n",
        name, gigabytes / seconds, processorSeconds / gigabytes);
  }

  private void copyThroughSocket() throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      Thread reader =
          Thread.ofPlatform()
              .start(() -> {
                try (Socket socket = listener.accept();
                    InputStream in = socket.getInputStream()) {
                  byte[] buffer = new byte[512 * 1024];
                  while (in.read(buffer) >= 0) {
                    // thrown away
                  }
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort());
          OutputStream out = socket.getOutputStream()) {
        byte[] buffer = new byte[512 * 1024];
        for (long sent = 0; sent < bytes; sent += buffer.length) {
          out.write(buffer);
        }
      }
      reader.join();
    }
  }

  private void copyBetweenChildren() throws Exception {
    try (ServerSocketChannel listener =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                ByteBuffer buffer = ByteBuffer.allocateDirect(512 * 1024);
                try (SendStream stream = program.sender().send(REQUEST);
                    SocketChannel socket = SocketChannel.open(listener.getLocalAddress())) {
                  while (stream.read(buffer) >= 0) {
                    if (!buffer.hasRemaining()) {
                      writeAll(socket, buffer.flip());
                      buffer.clear();
                    }
                  }
                  writeAll(socket, buffer.flip());
                } catch (IOException | OperationException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      try (SocketChannel socket = listener.accept()) {
        program
            .receiver()
            .receive(
                new ReceiveRequest(FILESYSTEM, SNAPSHOT, true, true, ReplicationProtection.DEFAULT),
                new SocketStream(socket));
      }
      writer.join();
    }
  }

  private static void writeAll(SocketChannel socket, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      socket.write(buffer);
    }
  }

  /** What comes from a socket, as it comes. */
  private record SocketStream(SocketChannel socket) implements SendStream {
    @Override
    public boolean usesResumeToken() {
      return false;
    }

    @Override
    public int read(ByteBuffer buffer) {
      try {
        return socket.read(buffer);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void abort() {
      close();
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void replicate(Receiver receiver) throws Exception {
    try (SendStream stream = program.sender().send(REQUEST)) {
      receiver.receive(
          new ReceiveRequest(FILESYSTEM, SNAPSHOT, true, true, ReplicationProtection.DEFAULT),
          stream);
    }
  }

  private void throughTcp() throws Exception {
    HostAndPort address = freeAddress();
    remotely(
        new ServeSettings.Tcp(address, false, ClientAddresses.of(Map.of("127.0.0.1", "web"))),
        new ConnectSettings.Tcp(address, Duration.ofSeconds(5)));
  }

  private void throughTls() throws Exception {
    HostAndPort address = freeAddress();
    TestCertificates.Pair pair =
        TestCertificates.pair(Files.createTempDirectory(folder, "certificates"));
    remotely(
        new ServeSettings.Tls(
            address,
            false,
            pair.server(),
            List.of(ClientIdentity.parse("web")),
            Duration.ofSeconds(10)),
        new ConnectSettings.Tls(address, pair.client(), "vault.example", Duration.ofSeconds(5)));
  }

  private static HostAndPort freeAddress() throws Exception {
    try (ServerSocket free = FreePort.bind()) {
      return HostAndPort.parse("127.0.0.1:" + free.getLocalPort());
    }
  }

  private void remotely(ServeSettings serve, ConnectSettings connect) throws Exception {
    Served served =
        new Served.OfReceiver(program.receiver(), stream -> new Served.Inspected(true, stream));
    try (TaskGroup server = new TaskGroup("server");
        RemoteReceiver remote = new RemoteReceiver(Transports.connector(connect))) {
      RpcServer rpc =
          new RpcServer(Transports.listen(serve, folder), _ -> served, NOPLogger.NOP_LOGGER);
      server.fork(
          "rpc",
          () -> {
            try {
              rpc.run();
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      replicate(remote);
    }
  }
}

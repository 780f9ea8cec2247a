package io.zrepl.rpc;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.Receiver;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.transport.ClientAddresses;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.TestCertificates;
import io.zrepl.transport.Transports;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.SendProcess;
import io.zrepl.zfs.StreamSource;
import io.zrepl.zfs.ZfsCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.helpers.NOPLogger;

/**
 * How quick streams go from one child process through sender, transport and receiver into another,
 * and what processor time that costs this JVM, which is both daemons; the children are not counted.
 * The floor is a plain socket, copied with arrays.
 */
final class TransportBenchmark {
  private static final Snapshot SNAPSHOT =
      new Snapshot("s", new Guid(1), new CreateTxg(1), Instant.EPOCH);
  private static final DatasetPath FILESYSTEM = DatasetPath.of("p/a");

  private final ZfsCommands zfs;
  private final long bytes;
  private final Path folder;

  private TransportBenchmark(ZfsCommands zfs, long bytes, Path folder) {
    this.zfs = zfs;
    this.bytes = bytes;
    this.folder = folder;
  }

  /**
   * Runs each transport in turn, several rounds.
   *
   * @param arguments GiB of one run, number of rounds
   */
  public static void main(String[] arguments) throws Exception {
    long bytes = Long.parseLong(arguments[0]) << 30;
    Path folder = Files.createTempDirectory("zrepl-bench");
    Path fake = folder.resolve("zfs");
    Files.writeString(
        fake,
        "#!/bin/sh\ncase $1 in send) exec head -c %d /dev/zero;; *) exec cat > /dev/null;; esac\n"
            .formatted(bytes));
    Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwxr-xr-x"));
    RunnerSettings usual = RunnerSettings.DEFAULT;
    RunnerSettings settings =
        new RunnerSettings(
            usual.concurrentCommands(),
            usual.concurrentStreams(),
            usual.pipeCapacity(),
            usual.killGrace(),
            usual.exitPatience(),
            usual.stallLimit(),
            usual.nativePipes(),
            Map.of("zfs", fake));
    try (ProcessCommandRunner runner =
        new ProcessCommandRunner(settings, CommandObserver.NONE, InstantSource.system())) {
      TransportBenchmark benchmark =
          new TransportBenchmark(new ZfsCommands(runner.forJob("bench")), bytes, folder);
      for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
        benchmark.measure("socket", benchmark::copyThroughSocket);
        benchmark.measure("local", () -> benchmark.replicate(benchmark.receiver()));
        benchmark.measure("tcp", benchmark::throughTcp);
        benchmark.measure("tls", benchmark::throughTls);
      }
    }
    System.exit(0);
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

  private Receiver receiver() {
    return new StubReceiver() {
      @Override
      public void receive(ReceiveRequest request, SendStream stream)
          throws OperationException, InterruptedException {
        try {
          zfs.receive(
              new ReceiveArguments(
                  SnapshotPath.of(FILESYSTEM, "s"), false, true, List.of(), Map.of()),
              source(stream));
        } catch (io.zrepl.base.InvalidValueException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  private static StreamSource source(SendStream stream) {
    return new StreamSource() {
      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        return stream.read(buffer);
      }

      @Override
      public void abort() {
        stream.abort();
      }
    };
  }

  private SendStream stream() throws Exception {
    SendProcess process =
        zfs.send(
            new SendArguments(
                FILESYSTEM, Optional.empty(), SNAPSHOT, SendFlags.NONE, Optional.empty()));
    return new SendStream() {
      @Override
      public boolean usesResumeToken() {
        return false;
      }

      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        return process.read(buffer);
      }

      @Override
      public void abort() {
        process.abort();
      }

      @Override
      public void close() {
        process.close();
      }
    };
  }

  private void replicate(Receiver receiver) throws Exception {
    try (SendStream stream = stream()) {
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
    try (ServerSocket free = new ServerSocket(0)) {
      return HostAndPort.parse("127.0.0.1:" + free.getLocalPort());
    }
  }

  private void remotely(ServeSettings serve, ConnectSettings connect) throws Exception {
    Served served = new Served.OfReceiver(receiver(), stream -> new Served.Inspected(true, stream));
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

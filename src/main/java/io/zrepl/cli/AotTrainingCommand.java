package io.zrepl.cli;

import io.zrepl.zfs.DatasetListing;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl aot-training}: does what other commands do, against a daemon that is none, so that
 * the JVM can remember the classes in its start-up cache (JEP 483). Started by the launcher. Leaves
 * nothing behind and touches neither ZFS nor a real daemon.
 *
 * <p>There is one cache for commands and one for the daemon, since the JVM loads all classes of a
 * cache at its start, and checks the signatures of the libraries that they come from: with the
 * classes of the daemon a command takes three times the CPU.
 */
final class AotTrainingCommand implements Verb {
  private static final String STATUS =
      """
      {"Jobs":{"a":{"type":"push","push":{"Replication":{"StartAt":"2026-01-02T03:04:05.6Z",
      "Attempts":[{"State":"fan-out-filesystems","StartAt":"2026-01-02T03:04:05Z","Filesystems":[
      {"Info":{"Name":"tank"},"State":"stepping","BlockedOn":"nothing","CurrentStep":0,"Steps":[
      {"Info":{"From":"@a","To":"@b","BytesExpected":2048,"BytesReplicated":1024}}]}]}]},
      "PruningSender":{"State":"Done","Pending":[],"Completed":[{"Filesystem":"tank",
      "SnapshotList":[],"DestroyList":[]}]},"Snapshotting":{"Type":"periodic","Periodic":{"State":16,
      "SleepUntil":"2026-01-02T03:04:05Z","Progress":[{"Path":"tank","State":4}]}}}},
      "b":{"type":"sink","sink":{"Snapper":null}}},"Global":{}}
      """;

  private static final DatasetLister NO_DATASETS = _ -> new DatasetListing(List.of(), Set.of());

  private static final String CONFIGURATION =
      """
      global:
        control:
          sockpath: SOCKET
      jobs:
        - name: a
          type: push
          connect: {type: local, listener_name: b, client_identity: c}
          filesystems: {"tank<": true}
          snapshotting: {type: periodic, prefix: zrepl_, interval: 10m}
          pruning:
            keep_sender: [{type: not_replicated}, {type: last_n, count: 10}]
            keep_receiver: [{type: grid, grid: 1x1h(keep=all) | 24x1h, regex: "^zrepl_"}]
        - name: b
          type: sink
          root_fs: tank/sink
          serve: {type: local, listener_name: b}
          recv: {placeholder: {encryption: off}}
        - name: c
          type: push
          connect: {type: tcp, address: "127.0.0.1:8888"}
          filesystems: {"tank<": true}
          snapshotting: {type: manual}
          pruning:
            keep_sender: [{type: not_replicated}, {type: regex, regex: ".*"}]
            keep_receiver: [{type: last_n, count: 10}]
        - name: d
          type: sink
          root_fs: tank/other
          serve: {type: tcp, listen: "127.0.0.1:8888", clients: {"127.0.0.1": c, "10.0.0.0/8": "c-*"}}
        - name: e
          type: snap
          filesystems: {"tank/e": true}
          snapshotting: {type: cron, prefix: zrepl_, cron: "0 * * * *", hooks: [{type: command, path: /bin/true, timeout: 30s}]}
          pruning:
            keep: [{type: last_n, count: 10}]
      """;

  private static final String DAEMON =
      """
      global:
        control:
          sockpath: SOCKET
      jobs:
        - name: a
          type: push
          connect: {type: tcp, address: "127.0.0.1:PORT"}
          filesystems: {"tank<": true}
          snapshotting: {type: periodic, prefix: zrepl_, interval: 10m}
          pruning:
            keep_sender: [{type: not_replicated}, {type: last_n, count: 10}]
            keep_receiver: [{type: grid, grid: 1x1h(keep=all) | 24x1h, regex: "^zrepl_"}]
        - name: b
          type: sink
          root_fs: tank/sink
          serve: {type: tcp, listen: "127.0.0.1:PORT", clients: {"127.0.0.1": c}}
          recv: {placeholder: {encryption: inherit}}
      """;

  private final Services services;

  AotTrainingCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec = Model.command(this, "aot-training", "For the launcher only.");
    spec.usageMessage().hidden(true);
    return spec.addPositional(
        Model.word(0, true, "commands|daemon", "What the cache is going to serve."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    try {
      switch (arguments.word(0)) {
        case "commands" -> runCommands();
        case "daemon" -> {
          loadClassesOfTheDaemon();
          runDaemon();
        }
        default -> throw arguments.misuse("neither commands nor daemon: " + arguments.word(0));
      }
    } catch (IOException | URISyntaxException e) {
      throw new CommandException("training failed: " + e, e);
    }
    return 0;
  }

  /** Loads every class that the training does not reach. Commands load few of them. */
  private static void loadClassesOfTheDaemon() throws IOException, URISyntaxException {
    Path program =
        Path.of(
            AotTrainingCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (!Files.isRegularFile(program)) {
      return;
    }
    try (JarFile jar = new JarFile(program.toFile())) {
      List<String> names = jar.stream().map(JarEntry::getName).toList();
      for (String name : names) {
        if (name.startsWith("io/zrepl/")
            && !name.startsWith("io/zrepl/cli/")
            && !name.startsWith("io/zrepl/transport/pki/")
            && name.endsWith(".class")) {
          load(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
        }
      }
    }
  }

  private static void load(String name) {
    try {
      Class.forName(name, false, AotTrainingCommand.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      // A class that only loads with an optional library: then it is not needed at the start.
    }
  }

  /** A command that fails says so on standard error and does not end the training. */
  private void runCommands() throws IOException {
    Path folder = Files.createTempDirectory("zrepl-training");
    Path socket = folder.resolve("s");
    Path file = folder.resolve("zrepl.yml");
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false);
    Console console =
        new Console(
            nowhere,
            services.console().err(),
            services.console().variables(),
            services.console().clock(),
            services.console().localZone(),
            OptionalInt.of(80));
    Application application =
        new Application(
            new Services(
                services.configuration(), services.daemon(), NO_DATASETS, services.zfs(), console));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Files.writeString(file, CONFIGURATION.replace("SOCKET", socket.toString()));
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofPlatform().daemon().start(() -> answer(server));
      String config = "--config=" + file;
      application.run("help");
      application.run("configcheck", config);
      application.run("version", config);
      application.run("status", "--mode", "raw", config);
      application.run("status", "--mode", "dump", config);
      application.run("signal", "wakeup", "a", config);
      application.run("test", "filesystems", "--job", "a", "--all", config);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(socket);
      Files.deleteIfExists(folder);
    }
  }

  /** With a replication over the network of this machine, of nothing. */
  private void runDaemon() throws IOException, CommandException, InterruptedException {
    Path folder = Files.createTempDirectory("zrepl-training");
    Path file = folder.resolve("zrepl.yml");
    try {
      Files.writeString(
          file,
          DAEMON
              .replace("SOCKET", folder.resolve("s").toString())
              .replace("PORT", Integer.toString(freePort())));
      services
          .daemon()
          .train(
              services
                  .configuration()
                  .load(new ConfigurationSource.Request(Optional.of(file), false))
                  .configuration());
    } finally {
      try (Stream<Path> left = Files.list(folder)) {
        for (Path each : left.toList()) {
          Files.deleteIfExists(each);
        }
      }
      Files.deleteIfExists(folder);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void answer(ServerSocketChannel server) {
    try {
      while (true) {
        try (SocketChannel connection = server.accept()) {
          connection.read(ByteBuffer.allocate(64 * 1024));
          Channels.newOutputStream(connection)
              .write(
                  ("HTTP/1.1 200 OK\r\nContent-Length: " + STATUS.length() + "\r\n\r\n" + STATUS)
                      .getBytes(StandardCharsets.US_ASCII));
        }
      }
    } catch (IOException e) {
      // The training is over.
    }
  }
}

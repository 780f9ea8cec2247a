package io.zrepl.endtoend;

import io.zrepl.base.FreePort;
import io.zrepl.lab.Guest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A machine with zrepl: a folder for configuration, control socket and log, the guest's ZFS in the
 * {@code PATH} behind a wrapper that writes down each command, and the program as {@code ./zrepl}.
 */
final class Site implements AutoCloseable {
  private static final Path LAUNCHER = Path.of("zrepl").toAbsolutePath();

  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<DaemonProcess> daemons = new ArrayList<>();
  private Optional<Integer> metricsPort = Optional.empty();

  /**
   * Makes the folder.
   *
   * @param folder empty, not too long for a socket path
   */
  Site(Path folder, Guest guest) throws IOException {
    this.folder = folder;
    Files.createDirectories(run());
    Files.setPosixFilePermissions(run(), PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(folder.resolve("bin"));
    for (String command : List.of("zfs", "zpool")) {
      wrap(command, guest.commands().resolve(command));
    }
    environment.put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
  }

  /** Puts a wrapper into the PATH that notes the command line and becomes the real command. */
  void wrap(String command, Path real) throws IOException {
    Path wrapper = folder.resolve("bin").resolve(command);
    Files.writeString(
        wrapper,
        """
        #!/bin/sh
        echo "%s $*" >> %s
        exec %s "$@"
        """
            .formatted(command, commandLog(), real));
    Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Takes a command out of the PATH. */
  void unwrap(String command) throws IOException {
    Files.delete(folder.resolve("bin").resolve(command));
  }

  private Path run() {
    return folder.resolve("run");
  }

  /** Where {@code zrepl stdinserver} finds the daemon; closed to others. */
  Path clientSockets() {
    return run();
  }

  private Path commandLog() {
    return folder.resolve("commands.log");
  }

  /** Where the daemon's control socket is. */
  Path controlSocket() {
    return run().resolve("control");
  }

  /** The configuration file. */
  Path configuration() {
    return folder.resolve("zrepl.yml");
  }

  /** Sets a variable for all processes started from now on. */
  void setEnvironment(String name, String value) {
    environment.put(name, value);
  }

  /** Lets the daemon serve its metrics; to be called before it is configured. */
  void serveMetrics() throws IOException {
    try (ServerSocket socket = FreePort.bind()) {
      metricsPort = Optional.of(socket.getLocalPort());
    }
  }

  /** What Prometheus would get now. */
  String metrics() throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:%d/metrics".formatted(metricsPort.orElseThrow()));
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  /** Writes the configuration: global section for this site, and the given jobs. */
  void configure(String jobs) throws IOException {
    Files.writeString(
        configuration(),
        """
        global:
          logging: [{type: stdout, level: debug, format: human, color: false}]
          control: {sockpath: "%s"}
          serve: {stdinserver: {sockdir: "%s"}}%s
        jobs:
        """
                .formatted(
                    controlSocket(),
                    clientSockets(),
                    metricsPort
                        .map(
                            "\n  monitoring: [{type: prometheus, listen: \"127.0.0.1:%d\"}]"
                                ::formatted)
                        .orElse(""))
            + jobs.indent(2));
  }

  /** The command that hands a client's connection to the daemon here, for a shell. */
  String stdinserver(String client) {
    return "ZREPL_JAVA_HOME=%s %s --config %s stdinserver %s"
        .formatted(System.getProperty("java.home"), LAUNCHER, configuration(), client);
  }

  /** The ZFS commands started since the last call, in order. */
  List<String> takeCommands() throws IOException {
    if (!Files.exists(commandLog())) {
      return List.of();
    }
    List<String> commands = Files.readAllLines(commandLog());
    Files.delete(commandLog());
    return commands;
  }

  /** What a finished command of the program said. */
  record Result(int status, String output, String errors) {}

  /** Runs a command of the program to its end. */
  Result zrepl(String... arguments) {
    try {
      Path output = folder.resolve("command.out");
      Path errors = folder.resolve("command.err");
      Process process = start(output, errors, arguments);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("zrepl " + String.join(" ", arguments) + " does not end");
      }
      return new Result(process.exitValue(), Files.readString(output), Files.readString(errors));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Starts the daemon and waits until it answers. */
  DaemonProcess startDaemon() throws IOException, InterruptedException {
    DaemonProcess daemon = startDaemonWithoutWaiting();
    daemon.awaitReady();
    return daemon;
  }

  /** Starts the daemon. */
  DaemonProcess startDaemonWithoutWaiting() throws IOException {
    Path log = folder.resolve("daemon-" + daemons.size() + ".log");
    DaemonProcess daemon = new DaemonProcess(this, start(log, log, "daemon"), log);
    daemons.add(daemon);
    return daemon;
  }

  private Process start(Path output, Path errors, String... arguments) throws IOException {
    // A shell lets what it starts in the background ignore SIGINT, and so would the daemon.
    List<String> command =
        new ArrayList<>(List.of("env", "--default-signal=INT", LAUNCHER.toString()));
    command.addAll(List.of("--config", configuration().toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(output.toFile());
    if (output.equals(errors)) {
      builder.redirectErrorStream(true);
    } else {
      builder.redirectError(errors.toFile());
    }
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /** Kills what still runs. */
  @Override
  public void close() {
    daemons.forEach(DaemonProcess::kill);
  }
}

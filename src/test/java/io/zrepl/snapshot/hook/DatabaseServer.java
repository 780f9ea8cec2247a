package io.zrepl.snapshot.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A database server of Debian's packages, in a folder of its own, for the time of a test. What is
 * missing fails the test with the package's name.
 */
abstract class DatabaseServer implements AutoCloseable {
  static final String PASSWORD = "TopSecret";

  private final Path folder;
  private final String user;
  private final int port;
  private @Nullable Process server;

  /**
   * @param user the user of the operating system as whom it runs if the test runs as root
   */
  DatabaseServer(String user) {
    try (ServerSocket free = FreePort.bind()) {
      this.port = free.getLocalPort();
      this.folder = Files.createTempDirectory("zrepl-" + user);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.user = user;
    if (isRoot()) {
      run(List.of("chown", user, folder.toString()));
    }
  }

  static boolean isRoot() {
    return System.getProperty("user.name", "").equals("root");
  }

  final Path folder() {
    return folder;
  }

  final int port() {
    return port;
  }

  final String user() {
    return user;
  }

  /** A program of a package. */
  static Path require(String debianPackage, String... candidates) {
    return Stream.of(candidates)
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() ->
            new IllegalStateException(
                "this test needs the package %s: apt-get install %s (./build does so)"
                    .formatted(debianPackage, debianPackage)));
  }

  /** Runs a program to its end, as the server's user. */
  final String runAsUser(String... command) {
    return run(asUser(List.of(command)));
  }

  private List<String> asUser(List<String> command) {
    if (!isRoot()) {
      return command;
    }
    List<String> arguments =
        new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"));
    arguments.addAll(command);
    return arguments;
  }

  private static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts the server; its messages go to a file in the folder. */
  final void start(String... command) {
    try {
      server =
          new ProcessBuilder(asUser(List.of(command)))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("messages").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For assertions that fail. */
  final String messages() {
    try {
      return Files.readString(folder.resolve("messages"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() throws IOException {
    Process started = server;
    if (started != null) {
      started.destroy();
      try {
        if (!started.waitFor(30, TimeUnit.SECONDS)) {
          started.descendants().forEach(ProcessHandle::destroyForcibly);
          started.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}

package io.zrepl.lab;

import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A running guest with real ZFS, used through its drop-in commands. Methods block; a command that
 * fails makes the method fail with what the command said.
 */
public final class Guest implements AutoCloseable {
  private static final long LONGEST_COMMAND_SECONDS = 120;

  private final String series;
  private final Path directory;

  private Guest(String series, Path directory) {
    this.series = series;
    this.directory = directory;
  }

  /** Starts a guest that ends with this JVM at the latest. */
  static Guest start(String series) {
    try {
      Path directory = Files.createTempDirectory("zrepl-lab-" + series + "-");
      Guest guest = new Guest(series, directory);
      guest.lab(
          "start",
          "--zfs",
          series,
          "--dir",
          directory.toString(),
          "--owner",
          Long.toString(ProcessHandle.current().pid()));
      return guest;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The OpenZFS series, {@code 2.3} or {@code 2.1}. */
  public String series() {
    return series;
  }

  /** The folder with {@code zfs} and {@code zpool}, for a {@code PATH}. */
  public Path commands() {
    return directory.resolve("bin");
  }

  /**
   * A folder like {@link #commands}, whose commands run as another user of the guest.
   *
   * @param userId alice is 1000, see lab/README.md
   */
  public synchronized Path commandsAs(int userId) {
    Path folder = directory.resolve("as-" + userId);
    try {
      Files.createDirectories(folder);
      for (String command : List.of("zfs", "zpool", "gx")) {
        Path script = folder.resolve(command);
        Files.writeString(
            script,
            "#!/bin/sh\nZREPL_LAB_UID=%d exec %s \"$@\"\n"
                .formatted(userId, commands().resolve(command)));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  /** A {@code PATH} in which the guest's commands come first. */
  public String searchPath() {
    return commands() + ":" + System.getenv("PATH");
  }

  /** Destroys all pools and makes new ones, mounted at {@code /NAME} in the guest. */
  public void freshPools(int sizeMegabytes, String... names) {
    StringBuilder script = new StringBuilder("lab-reset");
    for (String name : names) {
      script.append(" && lab-pool ").append(name).append(' ').append(sizeMegabytes);
    }
    shell(script.toString());
  }

  /** Runs a shell script in the guest and returns what it printed. */
  public String shell(String script) {
    return run(Map.of(), "gx", "sh", "-c", script);
  }

  /** The program's own way to run {@code zfs}, with the guest's; to be closed by the caller. */
  public ProcessCommandRunner commandRunner() {
    return new ProcessCommandRunner(
        RunnerSettings.DEFAULT.withPrograms(
            Map.of("zfs", commands().resolve("zfs"), "zpool", commands().resolve("zpool"))),
        CommandObserver.NONE,
        InstantSource.system());
  }

  /** Runs {@code zfs} and returns what it printed. */
  public String zfs(String... arguments) {
    return run(Map.of(), with("zfs", arguments));
  }

  /** Runs {@code zfs} and returns the lines that it printed. */
  public List<String> zfsLines(String... arguments) {
    return zfs(arguments).lines().toList();
  }

  /** Runs {@code zpool} and returns what it printed. */
  public String zpool(String... arguments) {
    return run(Map.of(), with("zpool", arguments));
  }

  /** Checksums of all files below a folder of the guest, by relative path. */
  public Map<String, String> checksums(String folder) {
    Map<String, String> sums = new TreeMap<>();
    shell("cd '" + folder + "' && find . -type f -exec sha256sum {} +")
        .lines()
        .forEach(line -> sums.put(line.substring(66), line.substring(0, 64)));
    return sums;
  }

  /** Writes random bytes into a file of the guest. */
  public void writeRandom(String file, int kibibytes) {
    shell("head -c " + kibibytes + "k /dev/urandom > '" + file + "'");
  }

  /** What there is in the guest, and the end of its log: for failed tests. */
  public String describe() {
    List<String> parts = new ArrayList<>();
    for (String script :
        List.of(
            "zpool list",
            "zfs list -t all -o name,used,guid,createtxg,userrefs,receive_resume_token",
            "zfs get -s local -t filesystem,volume zrepl:placeholder",
            "ps | grep -E 'zfs|zpool' | grep -v grep")) {
      try {
        parts.add("# " + script + "\n" + run(Map.of(), "gx", "sh", "-c", script + " 2>&1 || true"));
      } catch (AssertionError | UncheckedIOException e) {
        parts.add("# " + script + ": " + e.getMessage());
      }
    }
    try {
      List<String> log = Files.readAllLines(directory.resolve("console.log"));
      parts.add(
          "# end of the guest's log\n"
              + String.join("\n", log.subList(Math.max(0, log.size() - 30), log.size())));
    } catch (IOException e) {
      parts.add("# no log of the guest: " + e.getMessage());
    }
    return String.join("\n", parts);
  }

  /**
   * Runs one of the guest's commands.
   *
   * @param environment added to that of this process
   */
  public String run(Map<String, String> environment, String... command) {
    String[] resolved = command.clone();
    resolved[0] = commands().resolve(command[0]).toString();
    return execute(environment, resolved);
  }

  /** Checks the bridge to the guest; destroys its pools. Returns a line per check. */
  String selfTest() {
    return execute(
        Map.of(), Path.of("lab/selftest").toAbsolutePath().toString(), directory.toString());
  }

  private void lab(String... arguments) {
    execute(Map.of(), with(Path.of("lab/lab").toAbsolutePath().toString(), arguments));
  }

  private static String[] with(String command, String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = command;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  private static String execute(Map<String, String> environment, String... command) {
    try {
      Path output = Files.createTempFile("zrepl-lab-", ".out");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(LONGEST_COMMAND_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError(Arrays.toString(command) + " does not end");
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
          throw new AssertionError(
              "%s failed with %d: %s"
                  .formatted(Arrays.toString(command), process.exitValue(), text));
        }
        return text;
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted during " + Arrays.toString(command), e);
    }
  }

  /** Stops the guest and removes what it left. */
  @Override
  public void close() {
    lab("stop", "--dir", directory.toString());
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

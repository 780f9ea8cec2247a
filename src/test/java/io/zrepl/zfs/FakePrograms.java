package io.zrepl.zfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/** Shell scripts in place of {@code zfs}. */
final class FakePrograms {
  private FakePrograms() {}

  /** Writes a script for {@code /bin/sh}. */
  static Path script(Path folder, String body) throws IOException {
    Path file = folder.resolve("zfs");
    Files.writeString(file, "#!/bin/sh\n" + body);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A runner whose {@code zfs} is that script; short limits, as nothing here is slow. */
  static ProcessCommandRunner runner(Path folder, String body) throws IOException {
    return runner(folder, body, RunnerSettings.DEFAULT, CommandObserver.NONE);
  }

  static ProcessCommandRunner runner(
      Path folder, String body, RunnerSettings settings, CommandObserver observer)
      throws IOException {
    return new ProcessCommandRunner(
        settings
            .withTimes(Duration.ofSeconds(20), Duration.ofMillis(500))
            .withPrograms(Map.of("zfs", script(folder, body))),
        observer,
        InstantSource.system());
  }
}

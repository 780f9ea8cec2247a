package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The unit file for systemd. */
class ServiceFileTest {
  private static final Path UNIT = Path.of("packaging/systemd/zrepl.service");

  @TempDir private Path folder;

  @Test
  @Tag("foreign")
  @Timeout(60)
  void systemdUnderstandsAllOfIt() throws Exception {
    Path unit = folder.resolve("zrepl.service");
    // The program need not be installed here.
    Files.writeString(unit, Files.readString(UNIT).replace("/usr/bin/zrepl", "/bin/true"));
    Process verify =
        new ProcessBuilder("systemd-analyze", "verify", unit.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(verify.waitFor()).as(output).isZero();
    assertThat(output).isEmpty();
  }

  @Test
  void nothingHidesMountsOrTheDeviceOfZfs() throws Exception {
    assertThat(
            Files.readAllLines(UNIT).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("=", 2)[0]))
        .contains("ExecStart", "ExecReload", "WatchdogSec", "StateDirectory", "RuntimeDirectory")
        .doesNotContain(
            "ProtectSystem",
            "ProtectHome",
            "PrivateTmp",
            "PrivateDevices",
            "PrivateMounts",
            "ProtectClock",
            "ProtectKernelTunables",
            "ProtectKernelLogs",
            "ProtectControlGroups",
            "ReadOnlyPaths",
            "InaccessiblePaths",
            "User");
  }
}

package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package, installed into a fresh Debian. The script says what is looked at. */
@Tag("foreign")
class PackageTest {
  @TempDir Path folder;

  @Test
  void packageWorksInAFreshRootAndLeavesNothingBehind() throws Exception {
    Path log = folder.resolve("log");
    Process script =
        new ProcessBuilder("packaging/test/install")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = script.waitFor(15, TimeUnit.MINUTES);
    if (!ended) {
      script.descendants().forEach(ProcessHandle::destroy);
      script.destroy();
    }
    assertThat(ended).as(Files.readString(log)).isTrue();
    assertThat(script.exitValue()).as(Files.readString(log)).isZero();
  }
}

package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README, as somebody types it who has just got the sources. */
@Tag("lab")
@Timeout(900)
class DemoTest {
  private static final Pattern SITE = Pattern.compile("/tmp/zrepl-demo\\.\\w+");

  @TempDir Path folder;

  @Test
  void demoRunsTheMainJobProvesTheReplicaAndLeavesNothingBehind() throws Exception {
    Path output = folder.resolve("output");
    Process demo =
        new ProcessBuilder("env", "--default-signal=INT", "./zrepl", "demo", "--yes")
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(demo.waitFor(840, TimeUnit.SECONDS)).as("ended in time").isTrue();
    } finally {
      demo.destroy();
    }
    String told = Files.readString(output);
    assertThat(demo.exitValue()).as("the demo said:%n%s", told).isZero();
    assertThat(List.of("tank/data@", "tank/data/mail@", "tank/data/volume@"))
        .allSatisfy(name ->
            assertThat(told)
                .containsPattern("   " + Pattern.quote(name) + "\\S+: the replica is identical"));
    assertThat(told).contains("(resumed)", "Your own set-up in five minutes");
    String site = SITE.matcher(told).results().findFirst().orElseThrow().group();
    assertThat(Path.of(site)).doesNotExist();
    assertThat(ProcessHandle.allProcesses())
        .noneMatch(process -> process.info().commandLine().orElse("").contains(site));
  }
}

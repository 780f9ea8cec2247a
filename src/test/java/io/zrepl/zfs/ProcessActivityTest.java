package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessActivityTest {
  @TempDir Path proc = Path.of("");
  private Path own = Path.of("");

  @BeforeEach
  void makeDirectory() throws IOException {
    own = Files.createDirectory(proc.resolve(Long.toString(ProcessHandle.current().pid())));
    times(5, 7);
    transfers(100, 20);
  }

  private void times(long user, long system) throws IOException {
    // A name may contain anything, even what ends it.
    Files.writeString(
        own.resolve("stat"),
        "42 (zfs) S 1) S 1 42 1 0 -1 0 0 0 0 0 %d %d 0 0 20 0\n".formatted(user, system));
  }

  private void transfers(long read, long written) throws IOException {
    Files.writeString(
        own.resolve("io"), "rchar: %d\nwchar: %d\nsyscr: 1\n".formatted(read, written));
  }

  private ProcessActivity activity() {
    return new ProcessActivity(ProcessHandle.current(), proc);
  }

  @Test
  void processorTimeAndTransfersAreWork() throws IOException {
    ProcessActivity activity = activity();
    assertThat(activity.hasWorked()).isTrue();
    assertThat(activity.hasWorked()).isFalse();
    times(6, 7);
    assertThat(activity.hasWorked()).isTrue();
    times(6, 9);
    assertThat(activity.hasWorked()).isTrue();
    transfers(100, 21);
    assertThat(activity.hasWorked()).isTrue();
    assertThat(activity.hasWorked()).isFalse();
  }

  @Test
  void askingAgainAndAgainWithoutGettingAnythingIsNoWork() throws IOException {
    ProcessActivity activity = activity();
    assertThat(activity.hasWorked()).isTrue();
    Files.writeString(own.resolve("io"), "rchar: 100\nwchar: 20\nsyscr: 2\n");
    assertThat(activity.hasWorked()).isFalse();
  }

  @Test
  void transfersThatMayNotBeReadAreNoMatter() throws IOException {
    Files.delete(own.resolve("io"));
    ProcessActivity activity = activity();
    assertThat(activity.hasWorked()).isTrue();
    assertThat(activity.hasWorked()).isFalse();
    times(6, 7);
    assertThat(activity.hasWorked()).isTrue();
  }
}

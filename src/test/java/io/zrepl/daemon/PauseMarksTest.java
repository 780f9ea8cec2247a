package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.JobId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PauseMarksTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"push", "a b", "a:b.c", "..x"})
  void markIsReadByTheNextDaemonUntilItIsCleared(String name) throws Exception {
    JobId job = JobId.parse(name);
    PauseMarks marks = PauseMarks.of(Map.of("STATE_DIRECTORY", folder + "/state:/other"));
    assertThat(marks.read()).as("there is no folder yet").isEmpty();
    marks.set(job);
    marks.set(job);
    assertThat(PauseMarks.of(Map.of("STATE_DIRECTORY", folder + "/state")).read())
        .containsExactly(job);
    marks.clear(job);
    marks.clear(job);
    assertThat(marks.read()).isEmpty();
  }

  @Test
  void withoutAStateDirectoryOfTheServiceItIsInVarLib() {
    assertThat(PauseMarks.of(Map.of()).folder()).isEqualTo(Path.of("/var/lib/zrepl/paused"));
  }

  @Test
  void fileThatNoJobCanHaveMadeHidesNoOtherMark() throws Exception {
    PauseMarks marks = new PauseMarks(folder);
    JobId job = JobId.parse("push");
    marks.set(job);
    Files.createFile(folder.resolve("%zz.paused"));
    Files.createFile(folder.resolve(".paused"));
    Files.createFile(folder.resolve("notes.txt"));
    assertThat(marks.read()).containsExactly(job);
  }

  @Test
  void markThatCannotBeWrittenIsAFailure() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    JobId job = JobId.parse("push");
    PauseMarks marks = new PauseMarks(file);
    assertThatThrownBy(() -> marks.set(job)).isInstanceOf(IOException.class);
    assertThatThrownBy(marks::read).isInstanceOf(IOException.class);
  }
}

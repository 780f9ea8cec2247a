package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EndingTest {
  private final Ending ending = new Ending();

  @Test
  void stopEndsAtOnce() {
    ending.stop();
    assertThat(ending.state()).isEqualTo(Ending.State.STOPPING);
  }

  @Test
  void shutdownFinishesWhatRunsAndASecondOneEndsAtOnce() {
    ending.shutDown();
    assertThat(ending.state()).isEqualTo(Ending.State.FINISHING);
    ending.shutDown();
    assertThat(ending.state()).isEqualTo(Ending.State.STOPPING);
  }

  @Test
  void shutdownDoesNotTakeAStopBack() {
    ending.stop();
    ending.shutDown();
    assertThat(ending.state()).isEqualTo(Ending.State.STOPPING);
  }
}

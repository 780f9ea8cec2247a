package io.zrepl.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The bridge between host and guest behaves like a local command: arguments, streams, signals. */
@LabTest
class BridgeTest {
  private final Guest guest;

  BridgeTest(Guest guest) {
    this.guest = guest;
  }

  @Test
  void selfTestPasses() {
    assertThat(guest.selfTest()).contains(" passed, 0 failed");
  }
}

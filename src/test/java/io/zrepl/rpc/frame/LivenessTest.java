package io.zrepl.rpc.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.rpc.RpcTiming;
import io.zrepl.rpc.frame.Liveness.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Seconds are virtual: heartbeats are due after 5, a silent peer is dead after 10. */
class LivenessTest {
  private static final long SECOND = 1_000_000_000L;

  private final Liveness liveness = new Liveness(RpcTiming.DEFAULT, 0);

  private Verdict at(double seconds) {
    return liveness.at(nanos(seconds));
  }

  private static long nanos(double seconds) {
    return (long) (seconds * SECOND);
  }

  @Test
  void heartbeatIsDueAfterFiveSecondsWithoutAFrame() {
    assertThat(at(4.9)).isEqualTo(Verdict.ALIVE);
    assertThat(at(5)).isEqualTo(Verdict.HEARTBEAT_DUE);
    liveness.writeBegins(nanos(5));
    liveness.writeEnds(nanos(5));
    assertThat(at(9.9)).isEqualTo(Verdict.ALIVE);
    assertThat(at(10)).isEqualTo(Verdict.HEARTBEAT_DUE);
  }

  @Test
  void peerThatSendsNothingWhileWeWaitIsSilent() {
    liveness.readBegins(nanos(1));
    assertThat(at(10.9)).isNotEqualTo(Verdict.SILENT);
    assertThat(at(11)).isEqualTo(Verdict.SILENT);
  }

  @Test
  void peerMayBeSilentWhileNobodyReads() {
    liveness.readBegins(nanos(1));
    liveness.readEnds();
    assertThat(at(100)).isEqualTo(Verdict.HEARTBEAT_DUE);
    liveness.readBegins(nanos(100));
    assertThat(at(109)).isEqualTo(Verdict.HEARTBEAT_DUE);
  }

  @Test
  void peerThatTakesNothingIsStuck() {
    liveness.writeBegins(nanos(1));
    assertThat(at(8)).as("no heartbeat into the middle of a frame").isEqualTo(Verdict.ALIVE);
    assertThat(at(11)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void everyBytePeerTakesIsProgress() {
    liveness.writeBegins(nanos(1));
    liveness.wrote(nanos(9));
    assertThat(at(18.9)).isEqualTo(Verdict.ALIVE);
    assertThat(at(19)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void heartbeatsOfABusyPeerProlongABlockedWrite() {
    liveness.writeBegins(0);
    for (int second = 5; second <= 60; second += 5) {
      assertThat(at(second)).isEqualTo(Verdict.ALIVE);
      liveness.heartbeatReceived(nanos(second));
    }
    assertThat(at(70)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void checksComeInTime() {
    assertThat(liveness.untilNextCheck(0)).isEqualTo(Duration.ofSeconds(5));
    liveness.readBegins(0);
    assertThat(liveness.untilNextCheck(nanos(8))).isEqualTo(Duration.ofMillis(1));
    liveness.writeBegins(nanos(8));
    assertThat(liveness.untilNextCheck(nanos(8))).isEqualTo(Duration.ofSeconds(2));
  }
}

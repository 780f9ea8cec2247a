package io.zrepl.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PieceSizeTest {
  private static final int HEARTBEAT = 8;

  private final PieceSize piece = new PieceSize();

  @Test
  void firstPieceIsSmallSinceNothingIsKnownAboutThePeer() {
    assertThat(piece.bytes()).isEqualTo(PieceSize.SMALL);
  }

  @Test
  void peerThatTakesAMegabyteInLessThanASecondGetsLargePieces() {
    piece.wrote(PieceSize.SMALL, Duration.ofMillis(124).toNanos());
    assertThat(piece.bytes()).isEqualTo(PieceSize.LARGE);
  }

  @Test
  void slowPeerGetsSmallPieces() {
    piece.wrote(PieceSize.SMALL, Duration.ofMillis(126).toNanos());
    assertThat(piece.bytes()).isEqualTo(PieceSize.SMALL);
  }

  @Test
  void peerThatBecomesSlowGetsSmallPiecesAgain() {
    piece.wrote(PieceSize.SMALL, Duration.ofMillis(1).toNanos());
    piece.wrote(PieceSize.LARGE, Duration.ofSeconds(2).toNanos());
    assertThat(piece.bytes()).isEqualTo(PieceSize.SMALL);
  }

  @Test
  void heartbeatTellsNothingAboutTheSpeed() {
    piece.wrote(PieceSize.SMALL, Duration.ofMillis(1).toNanos());
    piece.wrote(HEARTBEAT, Duration.ofSeconds(2).toNanos());
    assertThat(piece.bytes()).isEqualTo(PieceSize.LARGE);
  }
}

package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.transport.MemoryConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first bytes of a connection. */
class BannerTest {
  private static Banner read(String text) throws IOException {
    return Banner.read(MemoryConnection.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String banner(String body) {
    return "%010d %s".formatted(body.getBytes(StandardCharsets.UTF_8).length, body);
  }

  @Test
  void plainBannerIsThatOfGo() {
    assertThat(Banner.PLAIN.encode()).isEqualTo(ByteBuffer.wrap(WireBytes.BANNER));
  }

  @Test
  void extensionsComeBack() throws IOException {
    for (Banner banner :
        List.of(Banner.PLAIN, Banner.OURS, new Banner(7, List.of("a", "", "with blank é")))) {
      byte[] bytes = new byte[banner.encode().remaining()];
      banner.encode().get(bytes);
      assertThat(Banner.read(MemoryConnection.of(bytes))).isEqualTo(banner);
    }
  }

  @Test
  void readsNotAByteTooMany() throws IOException {
    MemoryConnection connection =
        MemoryConnection.of(WireBytes.join(WireBytes.BANNER, new byte[] {42}));
    assertThat(Banner.read(connection)).isEqualTo(Banner.PLAIN);
    ByteBuffer rest = ByteBuffer.allocate(10);
    assertThat(connection.read(rest)).isEqualTo(1);
  }

  @Test
  void longestBannerIsRead() throws IOException {
    List<String> extensions = Collections.nCopies(9000, "123456");
    String body =
        "ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=9000\n"
            + String.join("\n", extensions)
            + "\n";
    assertThat(body.length()).isLessThan(65_536);
    assertThat(read(banner(body)).extensions()).hasSize(9000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000056-ZREPL",
        "-000000056 ZREPL",
        "        56 ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=0000\n",
        "0000065537 ",
        "9999999999 ",
        "SSH-2.0-OpenSSH_9.2p1",
        "GET / HTTP/1.1\r\n",
        "0000000000 "
      })
  void nonsenseIsRefused(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ZREPL_ZFS_REPLICATION PROTOVERSION=0000 EXTENSIONS=0000\n",
        "ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=0000\nmore\n",
        "ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=0001\n",
        "ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=0001\nno end",
        "ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=-001\n",
        "ZREPL_ZFS_REPLICATION PROTOVERSION=   7 EXTENSIONS=   0\n",
        "ZREPL_ZFS_REPLICATION PROTOVERSION=0007 EXTENSIONS=0000"
      })
  void malformedBodiesAreRefused(String body) {
    assertThatThrownBy(() -> read(banner(body))).isInstanceOf(ProtocolException.class);
  }

  @Test
  void bannerThatEndsEarlyIsAnEndOfTheConnection() {
    assertThatThrownBy(() -> read("0000000056 ZREPL")).isInstanceOf(java.io.EOFException.class);
  }

  @Test
  void onlyExactLabelsAreKnown() throws IOException {
    for (Plane plane : Plane.values()) {
      byte[] bytes = plane.encode().array();
      assertThat(Plane.read(MemoryConnection.of(bytes))).isEqualTo(plane);
      bytes[63] = 1;
      assertThatThrownBy(() -> Plane.read(MemoryConnection.of(bytes)))
          .isInstanceOf(ProtocolException.class);
    }
    assertThatThrownBy(() -> Plane.read(MemoryConnection.of(new byte[64])))
        .isInstanceOf(ProtocolException.class);
  }
}

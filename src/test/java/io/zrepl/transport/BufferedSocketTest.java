package io.zrepl.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketImpl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferedSocketTest {
  private final List<Integer> writes = new ArrayList<>();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /** Gives these bytes; notes what is written. */
  private BufferedSocket socket(byte[] incoming) throws IOException {
    return new BufferedSocket(
        new Socket((SocketImpl) null) {
          @Override
          public InputStream getInputStream() {
            return new ByteArrayInputStream(incoming);
          }

          @Override
          public OutputStream getOutputStream() {
            return new OutputStream() {
              @Override
              public void write(int one) {
                write(new byte[] {(byte) one}, 0, 1);
              }

              @Override
              public void write(byte[] bytes, int offset, int length) {
                writes.add(length);
                written.write(bytes, offset, length);
              }
            };
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "17 0303 0003 aabbcc, 3, a whole record of data",
    "17 0303 0003 aabbccdd, 3, and the beginning of the next one",
    "17 0303 0003 aabb, 0, not all of it has come",
    "17 0303 00, 0, not even its header",
    "15 0303 0003 aabbcc, 0, an alert",
    "17 0303 ffff aabbcc, 0, longer than what has come",
    "17 0303 0000, 0, an empty one",
  })
  void nextRecordIsToldIfAllOfItIsThere(String bytes, int length, String why) throws IOException {
    // One byte before it, with which all that has come is taken in.
    byte[] incoming = HexFormat.of().parseHex("00" + bytes.replace(" ", ""));
    BufferedSocket socket = socket(incoming);
    assertThat(socket.nextRecord()).as("nothing was read yet").isZero();
    assertThat(socket.getInputStream().read()).isZero();
    assertThat(socket.nextRecord()).as(why).isEqualTo(length);
    assertThat(socket.getInputStream().readAllBytes()).hasSize(incoming.length - 1);
    assertThat(socket.nextRecord()).as("nothing is left").isZero();
  }

  @Test
  void recordsThatAreHeldBecomeOneWrite() throws IOException {
    BufferedSocket socket = socket(new byte[0]);
    socket.hold();
    for (int i = 0; i < 8; i++) {
      socket.getOutputStream().write(new byte[16 * 1024]);
      socket.getOutputStream().flush();
    }
    assertThat(writes).isEmpty();
    socket.release();
    assertThat(writes).containsExactly(128 * 1024);
    socket.getOutputStream().write(new byte[] {1, 2});
    assertThat(writes).as("nothing is held any more").containsExactly(128 * 1024, 2);
  }

  @Test
  void orderStaysWhateverFits() throws IOException {
    BufferedSocket socket = socket(new byte[0]);
    int[] sizes = {1, 150 * 1024, 20 * 1024, 200 * 1024, 3};
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (boolean holding : new boolean[] {true, false, true}) {
      if (holding) {
        socket.hold();
      }
      for (int i = 0; i < sizes.length; i++) {
        byte[] bytes = new byte[sizes[i]];
        Arrays.fill(bytes, (byte) (i + 1));
        all.write(bytes);
        socket.getOutputStream().write(bytes);
      }
      socket.release();
      assertThat(written.toByteArray()).isEqualTo(all.toByteArray());
    }
  }
}

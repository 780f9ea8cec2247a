package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What one client can make a server keep: requests that have begun to come use up its budget, over
 * all its connections, and of what waits only a window is taken.
 */
@Timeout(60)
class RequestBudgetTest {
  private static final int WINDOW = 64 * 1024;
  private static final int LARGEST_REQUEST = 4 << 20;

  /** Two of the largest requests. */
  private static final ServerLimits LIMITS =
      new ServerLimits(100, 100, 8, 8, 8, 2 * LARGEST_REQUEST);

  private final List<Call> calls = new ArrayList<>();
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        TestServer.start(
            _ -> new Served.OfSender(new StubSender()), Banner.PLAIN, TestServer.TIMING, LIMITS);
  }

  @AfterEach
  void stop() throws Exception {
    for (Call call : calls) {
      call.socket.close();
    }
    server.close();
  }

  /** A control connection with one call. */
  private final class Call {
    private final Socket socket = server.connect();
    private final DataInputStream in = new DataInputStream(socket.getInputStream());

    Call() throws IOException {
      calls.add(this);
      send(
          WireBytes.join(
              WireBytes.BANNER,
              WireBytes.label("zrepl_control"),
              Http2Frame.PREFACE,
              new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS, 1, Http2Frame.PING_HEADERS)
                  .encode()));
      in.readNBytes(WireBytes.BANNER.length);
    }

    private void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    void data(byte[] payload, int flags) throws IOException {
      send(new Http2Frame(Http2Frame.DATA, flags, 1, payload).encode());
    }

    /** A message of 4 MiB begins; as much of it comes as the window allows. */
    Call beginLargeRequest() throws IOException {
      byte[] prefix = WireBytes.of("00 00 40 00 00");
      data(prefix, 0);
      for (int sent = prefix.length; sent + 8192 < WINDOW; sent += 8192) {
        data(new byte[8192], 0);
      }
      return this;
    }

    /** Frames that came, up to the answer to a ping of HTTP/2 that is sent now. */
    Set<Integer> framesOfTheCall() throws IOException {
      send(WireBytes.of("00 00 08 06 00 00 00 00 00 \"12345678\""));
      Set<Integer> types = new TreeSet<>();
      Http2Frame frame = Http2Frame.read(in);
      while (frame.type() != 6 || frame.flags() != 1) {
        if (frame.stream() == 1) {
          types.add(frame.type());
        }
        frame = Http2Frame.read(in);
      }
      return types;
    }

    void awaitMoreWindow() throws IOException {
      while (Http2Frame.next(in, Http2Frame.WINDOW_UPDATE).stream() != 1) {
        // that of the connection says nothing
      }
    }
  }

  @Test
  void onlySoManyRequestsAreReadAtOnceOverAllConnections() throws Exception {
    new Call().beginLargeRequest().awaitMoreWindow();
    Call second = new Call().beginLargeRequest();
    second.awaitMoreWindow();
    Call third = new Call().beginLargeRequest();
    assertThat(third.framesOfTheCall()).as("nobody reads it").isEmpty();

    second.socket.close();
    third.awaitMoreWindow();
  }

  @Test
  void moreThanTheWindowOfACallThatWaitsIsNotTaken() throws Exception {
    new Call().beginLargeRequest().awaitMoreWindow();
    new Call().beginLargeRequest().awaitMoreWindow();
    Call waiting = new Call().beginLargeRequest();
    waiting.data(new byte[8192], 0);
    waiting.data(new byte[8192], 0);
    Http2Frame reset = Http2Frame.next(waiting.in, Http2Frame.RST_STREAM);
    assertThat(reset.payload()).as("flow control error").containsExactly(0, 0, 0, 3);
  }

  @Test
  void callsOfAnotherKindGoOnWhereThereIsRoom() throws Exception {
    new Call().beginLargeRequest().awaitMoreWindow();
    try (RemoteSender remote = new RemoteSender(server.dialer())) {
      for (int i = 0; i < 50; i++) {
        remote.checkConnectivity(); // what it used is given back each time
      }
    }
  }

  @Test
  void secondRequestOfACallIsNotRead() throws Exception {
    Call call = new Call();
    call.data(WireBytes.of("00 00 00 00 04 0a 02 \"hi\""), 0);
    call.beginLargeRequest();
    assertThat(call.framesOfTheCall()).isEmpty();
  }
}

package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages arrive at a datagram socket of another program: Python's. */
@Tag("foreign")
@Timeout(60)
class ServiceNotifierTest {
  private static final String RECEIVER =
      """
      import socket, sys
      receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      address = sys.argv[1]
      receiver.bind("\\0" + address[1:] if address[0] == "@" else address)
      print("bound", flush=True)
      while True:
          print(receiver.recv(4096).decode().replace("\\n", " "), flush=True)
      """;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"path", "abstract"})
  void systemdIsToldOfStartReloadAndEnd(String kind) throws Exception {
    String address =
        kind.equals("path") ? folder.resolve("notify").toString() : "@zrepl-test-" + folder;
    Process receiver =
        new ProcessBuilder("python3", "-c", RECEIVER, address).redirectErrorStream(true).start();
    try (BufferedReader lines = receiver.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("bound");
      ServiceNotifier notifier = ServiceNotifier.of(Map.of("NOTIFY_SOCKET", address));
      notifier.ready();
      assertThat(lines.readLine()).isEqualTo("READY=1 STATUS=ready");
      notifier.reloading();
      assertThat(lines.readLine()).matches("RELOADING=1 MONOTONIC_USEC=\\d+ STATUS=reloading");
      notifier.finishing();
      assertThat(lines.readLine())
          .as("nothing for which systemd would set itself a limit")
          .isEqualTo("STATUS=ending after the running steps");
      notifier.stopping();
      assertThat(lines.readLine()).startsWith("STOPPING=1 STATUS=");
    } finally {
      receiver.destroy();
    }
  }

  @Test
  void socketOfNobodyIsAFailureThatIsOnlyLogged() {
    String address = folder.resolve("nobody").toString();
    assertThatThrownBy(() -> new NotifySocket(address).send("READY=1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(address);
    ServiceNotifier.of(Map.of("NOTIFY_SOCKET", address)).ready();
  }

  @Test
  void addressThatDoesNotFitIsAFailure() {
    assertThatThrownBy(() -> new NotifySocket("/" + "x".repeat(107)).send("READY=1"))
        .isInstanceOf(IOException.class);
  }
}

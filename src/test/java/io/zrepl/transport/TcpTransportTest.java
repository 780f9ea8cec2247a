package io.zrepl.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.HostAndPort;
import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plain sockets. */
@Timeout(60)
class TcpTransportTest {
  @Test
  void zoneIsTheNameOfTheInterfaceWithThatNumber() throws Exception {
    byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();
    java.net.NetworkInterface loopback =
        java.net.NetworkInterface.getByInetAddress(InetAddress.ofLiteral("127.0.0.1"));
    assertThat(
            TcpListener.zone(
                java.net.Inet6Address.getByAddress("", linkLocal, loopback.getIndex())))
        .isEqualTo(loopback.getName());
    assertThat(TcpListener.zone(java.net.Inet6Address.getByAddress("", linkLocal, 999_999)))
        .isEqualTo("999999");
    assertThat(TcpListener.zone(InetAddress.ofLiteral("fd00::1"))).isEmpty();
  }

  @Test
  void networkOfSixtyFourBitsIsOneOrigin() {
    assertThat(TcpListener.origin(InetAddress.ofLiteral("10.1.2.3"))).isEqualTo("10.1.2.3");
    assertThat(TcpListener.origin(InetAddress.ofLiteral("fd00:1:2:3:4:5:6:7")))
        .isEqualTo(TcpListener.origin(InetAddress.ofLiteral("fd00:1:2:3::1")))
        .isEqualTo("fd00:1:2:3::/64");
  }

  private static ServeSettings.Tcp serve(String listen, boolean freeBind, String... clients)
      throws Exception {
    return new ServeSettings.Tcp(
        HostAndPort.parse(listen), freeBind, ClientAddresses.of(Map.of(clients[0], clients[1])));
  }

  private static TcpListener listen(ServeSettings settings) throws IOException {
    return (TcpListener) Transports.listen(settings, Path.of("/nowhere")).getFirst();
  }

  private static ClientIdentity identity(TcpListener listener, String address) throws Exception {
    CompletableFuture<ClientIdentity> identity = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (IncomingConnection incoming = listener.accept()) {
            identity.complete(incoming.authenticate().client());
          } catch (IOException e) {
            identity.completeExceptionally(e);
          }
        });
    Connector connector =
        Transports.connector(
            new ConnectSettings.Tcp(
                HostAndPort.parse(address + ":" + listener.port()), Duration.ofSeconds(5)));
    try (Connection _ = connector.connect()) {
      return identity.get();
    }
  }

  @Test
  void clientIsKnownByItsAddress() throws Exception {
    try (TcpListener listener = listen(serve("127.0.0.1:0", false, "127.0.0.0/8", "host-*"))) {
      assertThat(identity(listener, "127.0.0.1")).hasToString("host-127.0.0.1");
    }
  }

  @Test
  void clientWithoutAnEntryHearsNothing() throws Exception {
    try (TcpListener listener = listen(serve("127.0.0.1:0", false, "10.0.0.1", "other"))) {
      assertThatThrownBy(() -> identity(listener, "127.0.0.1"))
          .hasMessageContaining("serve.clients has no entry");
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), listener.port());
          IncomingConnection incoming = listener.accept()) {
        assertThatThrownBy(incoming::authenticate).isInstanceOf(TransportException.class);
        assertThat(client.getInputStream().readAllBytes()).isEmpty();
      }
    }
  }

  @Test
  void addressMayComeUpLater() throws Exception {
    // 192.0.2.0/24 is for documentation: no machine has it.
    try (TcpListener listener = listen(serve("192.0.2.1:0", true, "127.0.0.1", "x"))) {
      assertThat(listener.place()).contains("192.0.2.1");
    }
    assertThatThrownBy(() -> listen(serve("192.0.2.1:0", false, "127.0.0.1", "x")))
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> assertThat(e.advice().orElseThrow()).contains("listen_freebind"));
  }

  @Test
  void takenPortIsTold() throws Exception {
    try (TcpListener listener = listen(serve("127.0.0.1:0", false, "127.0.0.1", "x"))) {
      assertThatThrownBy(
              () -> listen(serve("127.0.0.1:" + listener.port(), false, "127.0.0.1", "x")))
          .isInstanceOf(TransportException.class)
          .hasMessageContaining("cannot listen on 127.0.0.1:" + listener.port());
    }
  }

  @Test
  void unknownServiceAndUnreachableServerAreTold() throws Exception {
    assertThatThrownBy(
            Transports.connector(
                    new ConnectSettings.Tcp(
                        HostAndPort.parse("127.0.0.1:no-such-service"), Duration.ofSeconds(5)))
                ::connect)
        .hasMessageContaining("no service of /etc/services");
    assertThatThrownBy(
            Transports.connector(
                    new ConnectSettings.Tcp(HostAndPort.parse("127.0.0.1:1"), Duration.ZERO))
                ::connect)
        .isInstanceOf(TransportException.class)
        .hasMessageContaining("cannot connect to 127.0.0.1:1");
  }

  @Test
  void stdinserverSocketsNeedAPrivateFolderAndReplaceOnlyDeadSockets(@TempDir Path folder)
      throws Exception {
    ServeSettings settings = new ServeSettings.Stdinserver(List.of(ClientIdentity.parse("web")));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> Transports.listen(settings, folder))
        .hasMessageContaining("is open to others");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Listener first = Transports.listen(settings, folder).getFirst();
    assertThatThrownBy(() -> Transports.listen(settings, folder))
        .hasMessageContaining("already serves");
    first.close();
    assertThat(folder.resolve("web")).doesNotExist();
    Listener removed = Transports.listen(settings, folder).getFirst();
    Files.delete(folder.resolve("web"));
    Listener successor = Transports.listen(settings, folder).getFirst();
    removed.close();
    assertThat(folder.resolve("web")).as("that of the successor").exists();
    successor.close();
    assertThat(folder.resolve("web")).doesNotExist();
    Files.writeString(folder.resolve("web"), "");
    assertThatThrownBy(() -> Transports.listen(settings, folder))
        .hasMessageContaining("is no socket");
  }
}

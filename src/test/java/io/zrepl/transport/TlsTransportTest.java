package io.zrepl.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.HostAndPort;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.pki.CertificateAuthority;
import io.zrepl.transport.pki.Validity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in over TLS, and as whom. */
@Timeout(60)
class TlsTransportTest {
  @TempDir private Path folder;
  private CertificateAuthority authority;
  private TlsFiles server;
  private @Nullable TcpListener open;
  private CompletableFuture<IncomingConnection.Authenticated> accepted = new CompletableFuture<>();

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = CertificateAuthority.create(folder.resolve("pki"), "test", InstantSource.system());
    server = authority.issueServer(List.of("vault.example", "127.0.0.1"), Validity.OF_ISSUED);
  }

  @AfterEach
  void close() {
    TcpListener listener = open;
    if (listener != null) {
      listener.close();
    }
  }

  private TlsFiles client(String name) throws Exception {
    return authority.issueClient(ClientIdentity.parse(name), Validity.OF_ISSUED);
  }

  private void listen(TlsFiles files) throws Exception {
    listen(files, Duration.ofSeconds(20));
  }

  private void listen(TlsFiles files, Duration handshake) throws Exception {
    ServeSettings.Tls settings =
        new ServeSettings.Tls(
            HostAndPort.parse("127.0.0.1:0"),
            false,
            files,
            List.of(ClientIdentity.parse("web"), ClientIdentity.parse("db")),
            handshake);
    open = (TcpListener) Transports.listen(settings, Path.of("/nowhere")).getFirst();
    acceptNext();
  }

  private TcpListener listener() {
    return Objects.requireNonNull(open);
  }

  private void acceptNext() {
    CompletableFuture<IncomingConnection.Authenticated> next = new CompletableFuture<>();
    accepted = next;
    Thread.ofVirtual()
        .start(() -> {
          try {
            next.complete(listener().accept().authenticate());
          } catch (IOException e) {
            next.completeExceptionally(e);
          }
        });
  }

  private Connector connector(TlsFiles files, String serverName) throws Exception {
    return Transports.connector(
        new ConnectSettings.Tls(
            HostAndPort.parse("127.0.0.1:" + listener().port()),
            files,
            serverName,
            Duration.ofSeconds(10)));
  }

  private static String exchange(Connection from, Connection to, String text) throws IOException {
    from.writeFully(StandardCharsets.US_ASCII.encode(text));
    ByteBuffer buffer = ByteBuffer.allocate(text.length());
    to.readFully(buffer);
    return StandardCharsets.US_ASCII.decode(buffer.flip()).toString();
  }

  @Test
  void commonNameIsTheIdentityAndEachDirectionEndsForItself() throws Exception {
    listen(server);
    try (Connection client = connector(client("web"), "vault.example").connect()) {
      IncomingConnection.Authenticated served = accepted.get();
      assertThat(served.client()).hasToString("web");
      assertThat(exchange(client, served.connection(), "up")).isEqualTo("up");
      client.shutdownOutput();
      assertThat(served.connection().read(ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThat(exchange(served.connection(), client, "down")).isEqualTo("down");
      served.connection().shutdownOutput();
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void serverIsKnownByItsAddressToo() throws Exception {
    listen(server);
    connector(client("web"), "127.0.0.1").connect().close();
  }

  @Test
  void serverWithAnotherNameIsRefused() throws Exception {
    listen(server);
    Connector connector = connector(client("web"), "other.example");
    assertThatThrownBy(connector::connect)
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> {
              assertThat(e.temporary()).isFalse();
              assertThat(e.advice().orElseThrow()).contains("\"other.example\"");
            });
  }

  @Test
  void clientThatIsNotListedHearsACleanEnd() throws Exception {
    listen(server);
    try (Connection client = connector(client("stranger"), "vault.example").connect()) {
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
    assertThatThrownBy(accepted::get)
        .hasMessageContaining("\"stranger\" is not in serve.client_cns");
  }

  @Test
  void certificateOfAnotherAuthorityIsRefused() throws Exception {
    CertificateAuthority other =
        CertificateAuthority.create(folder.resolve("other"), "other", InstantSource.system());
    TlsFiles strange = other.issueClient(ClientIdentity.parse("web"), Duration.ofDays(1));
    listen(server);
    TlsFiles mixed = new TlsFiles(server.authorities(), strange.certificate(), strange.key());
    Connector connector = connector(mixed, "vault.example");
    assertThatThrownBy(
            () -> {
              try (Connection client = connector.connect()) {
                // with TLS 1.3 the refusal comes only now
                client.readFully(ByteBuffer.allocate(1));
              }
            })
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> {
              assertThat(e.temporary()).isFalse();
              assertThat(e.advice().orElseThrow()).contains("does not accept our certificate");
            });
    assertThatThrownBy(accepted::get).isInstanceOf(ExecutionException.class);
  }

  /** What is left unread of a refused client would make TCP answer with a reset. */
  @Test
  void refusedClientReadsTheAlertAndThenTheEnd() throws Exception {
    listen(server);
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), listener().port())) {
      client.getOutputStream().write("GET / HTTP/1.1\r\n".repeat(1000).getBytes(US_ASCII));
      byte[] alert = client.getInputStream().readAllBytes();
      assertThat(alert).hasSize(7).startsWith(21 /* alert */, 3);
    }
    assertThatThrownBy(accepted::get).isInstanceOf(ExecutionException.class);
  }

  @Test
  void certificateOfAServerIsNoneOfAClient() throws Exception {
    listen(server);
    TlsFiles web = authority.issueServer(List.of("web"), Duration.ofDays(1));
    Connector connector = connector(web, "vault.example");
    assertThatThrownBy(
            () -> {
              try (Connection client = connector.connect()) {
                client.readFully(ByteBuffer.allocate(1));
              }
            })
        .isInstanceOf(IOException.class);
    assertThatThrownBy(accepted::get).isInstanceOf(ExecutionException.class);
  }

  @Test
  void expiredCertificateIsRefused() throws Exception {
    CertificateAuthority past =
        CertificateAuthority.create(
            folder.resolve("past"), "past", () -> Instant.now().minus(Duration.ofDays(100)));
    TlsFiles old = past.issueServer(List.of("vault.example"), Duration.ofDays(50));
    listen(old);
    TlsFiles mine = past.issueClient(ClientIdentity.parse("web"), Duration.ofDays(5000));
    Connector connector = connector(mine, "vault.example");
    assertThatThrownBy(connector::connect).isInstanceOf(TransportException.class);
  }

  /** Each side's certificate is the other side's authority. */
  @Test
  void selfSignedCertificatesOfBothSidesDo() throws Exception {
    TlsFiles vault = TestCertificates.selfSigned(folder, "CN=vault", "vault.example");
    TlsFiles web = TestCertificates.selfSigned(folder, "CN=web", "web.example");
    listen(new TlsFiles(web.certificate(), vault.certificate(), vault.key()));
    TlsFiles mine = new TlsFiles(vault.certificate(), web.certificate(), web.key());
    try (Connection client = connector(mine, "vault.example").connect()) {
      IncomingConnection.Authenticated served = accepted.get();
      assertThat(served.client()).hasToString("web");
      assertThat(exchange(client, served.connection(), "up")).isEqualTo("up");
    }
  }

  @Test
  void n16SubjectWithSeveralCommonNamesHasNone() throws Exception {
    TlsFiles two = TestCertificates.selfSigned(folder, "CN=web,CN=db", "two.example");
    listen(new TlsFiles(two.certificate(), server.certificate(), server.key()));
    TlsFiles mine = new TlsFiles(server.authorities(), two.certificate(), two.key());
    try (Connection client = connector(mine, "vault.example").connect()) {
      assertThatThrownBy(accepted::get).hasMessageContaining("2 common names");
      assertThatThrownBy(() -> client.readFully(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class);
    }
  }

  /** Whom the client trusts by name, not through an authority. */
  @Test
  void expiredCertificateThatIsItselfTrustedIsRefused() throws Exception {
    CertificateAuthority past =
        CertificateAuthority.create(
            folder.resolve("past"), "past", () -> Instant.now().minus(Duration.ofDays(100)));
    TlsFiles old = past.issueServer(List.of("vault.example"), Duration.ofDays(50));
    listen(old);
    TlsFiles mine = past.issueClient(ClientIdentity.parse("web"), Duration.ofDays(5000));
    Connector connector =
        connector(new TlsFiles(old.certificate(), mine.certificate(), mine.key()), "vault.example");
    assertThatThrownBy(connector::connect)
        .isInstanceOfSatisfying(TransportException.class, e -> assertThat(e.temporary()).isFalse());
  }

  @Test
  void idleClientDoesNotStay() throws Exception {
    listen(server, Duration.ofMillis(200));
    try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), listener().port())) {
      assertThatThrownBy(accepted::get).hasMessageContaining("did not finish the TLS handshake");
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void renewedCertificateIsUsedWithoutRestartAndADamagedOneIsNot() throws Exception {
    listen(server);
    Connector connector = connector(client("web"), "vault.example");
    connector.connect().close();
    accepted.get();

    Files.writeString(server.certificate(), "damaged");
    acceptNext();
    connector.connect().close();
    accepted.get();

    TlsFiles renewed = authority.issueServer(List.of("renewed.example"), Duration.ofDays(1));
    Files.copy(renewed.key(), server.key(), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(renewed.certificate(), server.certificate(), StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(server.certificate(), FileTime.from(Instant.now().plusSeconds(5)));
    acceptNext();
    assertThatThrownBy(connector::connect)
        .as("the server has another name now")
        .isInstanceOf(TransportException.class);
    acceptNext();
    connector(client("db"), "renewed.example").connect().close();
    assertThat(accepted.get().client()).hasToString("db");
  }

  @Test
  void issuedFilesAreNeverOverwrittenAndKeysArePrivate() throws Exception {
    client("web");
    assertThatThrownBy(() -> client("web")).hasMessageContaining("exists already");
    assertThatThrownBy(() ->
            CertificateAuthority.create(folder.resolve("pki"), "again", InstantSource.system()))
        .hasMessageContaining("exists already");
    assertThat(Files.getPosixFilePermissions(folder.resolve("pki/web.key"))).hasSize(2);
    assertThat(Files.getPosixFilePermissions(folder.resolve("pki/ca.key"))).hasSize(2);
    assertThat(Files.getPosixFilePermissions(folder.resolve("pki"))).hasSize(3);
  }

  @Test
  void namesThatAreNoneAreRefused() {
    for (String name : List.of("", "a b", "-a", "a..b", "1.2.3", "1.2.3.400", "fe80::zz", "../x")) {
      assertThatThrownBy(() -> authority.issueServer(List.of(name), Duration.ofDays(1)))
          .as(name)
          .isInstanceOf(io.zrepl.base.InvalidValueException.class);
    }
  }
}

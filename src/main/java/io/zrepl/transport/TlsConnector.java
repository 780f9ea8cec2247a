package io.zrepl.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Connects with TLS. The server's certificate must be for the configured name. */
final class TlsConnector implements Connector {
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);

  private final ConnectSettings.Tls settings;
  private final TlsCredentials credentials;
  private final TcpConnector tcp;

  TlsConnector(ConnectSettings.Tls settings) {
    this.settings = settings;
    this.credentials = new TlsCredentials(settings.files());
    this.tcp = new TcpConnector(settings.address(), settings.dialTimeout());
  }

  @Override
  public String target() {
    return "tls " + settings.address();
  }

  @Override
  public Connection connect() throws IOException {
    SSLContext context = credentials.current();
    SocketChannel channel = tcp.open();
    try (TimeLimit limit = TimeLimit.start(HANDSHAKE, () -> Closing.quietly(channel))) {
      try {
        BufferedSocket underneath = new BufferedSocket(channel.socket());
        SSLSocket socket =
            (SSLSocket)
                context
                    .getSocketFactory()
                    .createSocket(underneath, settings.serverName(), underneath.getPort(), true);
        socket.setUseClientMode(true);
        socket.setSSLParameters(parameters(context));
        socket.startHandshake();
        requireValid(socket);
        limit.done();
        return new TlsConnection(socket, underneath, channel, target()) {
          @Override
          public int read(ByteBuffer buffer) throws IOException {
            try {
              return super.read(buffer);
            } catch (SSLException e) {
              throw TlsProblem.ofRefusal(settings, e);
            }
          }
        };
      } catch (IOException e) {
        Closing.quietly(channel);
        throw limit.isOver()
            ? new TransportException(
                true,
                "%s does not answer the TLS handshake".formatted(settings.address()),
                "check that the other side serves tls there",
                e)
            : TlsProblem.ofClient(settings, e);
      } catch (RuntimeException | Error e) {
        Closing.quietly(channel);
        throw e;
      }
    }
  }

  /** The validator does not look at the dates of a certificate that is itself trusted. */
  private static void requireValid(SSLSocket socket) throws IOException {
    X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    try {
      leaf.checkValidity();
    } catch (CertificateException e) {
      throw new SSLHandshakeException("the server's certificate is not valid now", e);
    }
  }

  private SSLParameters parameters(SSLContext context) {
    SSLParameters parameters = TlsCredentials.parameters(context);
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    if (settings.serverName().matches("[0-9.]+")) {
      return parameters; // an address, which a server may refuse as a name; Go sends none either
    }
    try {
      // By default, names without a dot are not sent.
      parameters.setServerNames(List.of(new SNIHostName(settings.serverName())));
    } catch (IllegalArgumentException e) {
      // An address of IPv6, or nothing that the DNS could know: not sent, as in Go.
    }
    return parameters;
  }
}

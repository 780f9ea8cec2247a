package io.zrepl.transport;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;

/**
 * The server's half of a TLS handshake: the client's identity is the common name of its
 * certificate, which must be one of those allowed.
 */
final class TlsAuthentication implements TcpListener.Authentication {
  private final ServeSettings.Tls settings;
  private final TlsCredentials credentials;

  TlsAuthentication(ServeSettings.Tls settings, TlsCredentials credentials) {
    this.settings = settings;
    this.credentials = credentials;
  }

  @Override
  public Duration patience() {
    return settings.handshakeTimeout();
  }

  @Override
  public IncomingConnection.Authenticated authenticate(
      SocketChannel channel, InetSocketAddress client) throws IOException {
    SSLContext context = credentials.current();
    try (TimeLimit limit =
        TimeLimit.start(settings.handshakeTimeout(), () -> Closing.quietly(channel))) {
      try {
        BufferedSocket underneath = new BufferedSocket(channel.socket());
        SSLSocket socket =
            (SSLSocket) context.getSocketFactory().createSocket(underneath, null, false);
        socket.setUseClientMode(false);
        SSLParameters parameters = TlsCredentials.parameters(context);
        parameters.setNeedClientAuth(true);
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        limit.done();
        ClientIdentity identity = identity(socket, client);
        return new IncomingConnection.Authenticated(
            identity,
            new TlsConnection(socket, underneath, channel, identity + " (tls " + client + ")"));
      } catch (IOException e) {
        boolean late = limit.isOver();
        if (!late) {
          // so that the client hears why: the alert, or the end in TLS
          Closing.afterLastWords(channel);
        }
        throw late
            ? new IOException(
                "the client %s did not finish the TLS handshake in time".formatted(client), e)
            : e instanceof TransportException
                ? e
                : new IOException(
                    "the TLS handshake with %s failed: %s".formatted(client, TlsProblem.text(e)),
                    e);
      }
    }
  }

  private ClientIdentity identity(SSLSocket socket, InetSocketAddress client) throws IOException {
    try {
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      // The validator does not look at the dates of a certificate that is itself trusted.
      leaf.checkValidity();
      ClientIdentity identity = commonName(leaf);
      if (settings.clients().contains(identity)) {
        return identity;
      }
      // Tells the client in TLS that this is the end, as Go does, and not an error of the network.
      socket.shutdownOutput();
      throw refused(
          client, "the common name \"%s\" is not in serve.client_cns".formatted(identity));
    } catch (SSLPeerUnverifiedException | CertificateException | InvalidValueException e) {
      throw refused(client, String.valueOf(e.getMessage()));
    }
  }

  private static TransportException refused(InetSocketAddress client, String why) {
    return new TransportException(
        false, "the client %s is refused: %s".formatted(client, why), null, null);
  }

  /** A subject with several common names could be read in several ways, so it has none. */
  static ClientIdentity commonName(X509Certificate certificate) throws InvalidValueException {
    List<Object> names = new ArrayList<>();
    try {
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        Attribute found = rdn.toAttributes().get("CN");
        for (int i = 0; found != null && i < found.size(); i++) {
          names.add(found.get(i));
        }
      }
    } catch (NamingException e) {
      throw new InvalidValueException("the subject of the certificate cannot be read");
    }
    if (names.size() != 1) {
      throw new InvalidValueException(
          "the subject of the certificate has %d common names instead of one"
              .formatted(names.size()));
    }
    return ClientIdentity.parse(String.valueOf(names.getFirst()));
  }
}

package io.zrepl.transport;

import java.io.IOException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What failures of TLS mean, in words that help. */
final class TlsProblem {
  private TlsProblem() {}

  /** A failure of the client's handshake. */
  static TransportException ofClient(ConnectSettings.Tls settings, IOException failure) {
    String text = text(failure);
    boolean certificate = hasCause(failure, CertificateException.class);
    String advice =
        certificate
            ? "the server's certificate must come from an authority in %s and have \"%s\" as a subject alternative name"
                .formatted(settings.files().authorities(), settings.serverName())
            : alertAdvice(text);
    return new TransportException(
        !certificate && advice == null,
        "the TLS handshake with %s failed: %s".formatted(settings.address(), text),
        advice,
        failure);
  }

  /** A failure after the client's handshake: with TLS 1.3, only now its certificate is refused. */
  static IOException ofRefusal(ConnectSettings.Tls settings, SSLException failure) {
    String text = text(failure);
    String advice = alertAdvice(text);
    return advice == null
        ? failure
        : new TransportException(
            false, "%s refused us: %s".formatted(settings.address(), text), advice, failure);
  }

  /**
   * What the administrator can do about an alert that the other side sent, which with TLS 1.3 comes
   * only after the handshake.
   *
   * @return null if it is not about our certificate
   */
  static @Nullable String alertAdvice(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.contains("alert")
            && (lower.contains("certificate") || lower.contains("unknown_ca"))
        ? "the server does not accept our certificate: its ca file must have the authority of ours, and our certificate must be valid for clients"
        : null;
  }

  private static boolean hasCause(Throwable failure, Class<?> type) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return true;
      }
    }
    return false;
  }

  /** The text of the last cause, which says most. */
  static String text(Throwable failure) {
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last.getMessage() == null ? last.toString() : last.getMessage();
  }
}

package io.zrepl.logging;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PemFiles;
import io.zrepl.base.TlsFiles;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates of an outlet, read for each connection, so that renewed ones are used. */
final class LogTls {
  private static final char[] NO_PASSWORD = new char[0];

  private LogTls() {}

  /**
   * What to connect with.
   *
   * @throws InvalidValueException if a file cannot be used; names it
   */
  static SSLContext context(TlsFiles files) throws InvalidValueException {
    List<X509Certificate> authorities = PemFiles.certificates(files.authorities());
    List<X509Certificate> chain = PemFiles.certificates(files.certificate());
    PrivateKey key = PemFiles.privateKey(files.key());
    PemFiles.requirePair(chain.getFirst(), key, files);
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      own.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(own, NO_PASSWORD);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        trusted.setCertificateEntry("authority " + i, authorities.get(i));
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new InvalidValueException("%s: %s".formatted(files.certificate(), e.getMessage()));
    }
  }
}

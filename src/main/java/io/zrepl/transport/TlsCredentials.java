package io.zrepl.transport;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PemFiles;
import io.zrepl.base.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of one side, read from their files; read again when the files have changed, so
 * that a renewed certificate is used without a restart. Any thread may call.
 */
final class TlsCredentials {
  private static final Logger log = LoggerFactory.getLogger(TlsCredentials.class);

  /** The quickest one with hardware support first; the rest in the order of the provider. */
  private static final String PREFERRED_SUITE = "TLS_AES_128_GCM_SHA256";

  private final TlsFiles files;
  // guarded by this
  private @Nullable Loaded loaded;

  /** What is in use, and of which state of the files it was made. */
  private record Loaded(SSLContext context, List<String> state) {}

  TlsCredentials(TlsFiles files) {
    this.files = files;
  }

  /**
   * What to make connections with. If the files have changed and cannot be used, the earlier ones
   * stay in use, and the log says so.
   *
   * @throws TransportException if there are no usable ones
   */
  synchronized SSLContext current() throws TransportException {
    List<String> state = state();
    Loaded present = loaded;
    if (present != null && present.state.equals(state)) {
      return present.context;
    }
    try {
      SSLContext context = load(files);
      if (present != null) {
        log.atInfo().addKeyValue("cert", files.certificate()).log("certificates were read again");
      }
      loaded = new Loaded(context, state);
      return context;
    } catch (InvalidValueException e) {
      if (present == null) {
        throw new TransportException(
            true,
            "the certificates cannot be used: " + e.getMessage(),
            "check with 'zrepl configcheck'",
            e);
      }
      log.atError()
          .addKeyValue("err", e.getMessage())
          .log("the changed certificates cannot be used; the earlier ones stay in use");
      loaded = new Loaded(present.context, state);
      return present.context;
    }
  }

  private List<String> state() {
    List<String> result = new ArrayList<>();
    for (Path file : List.of(files.authorities(), files.certificate(), files.key())) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        result.add(
            attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey());
      } catch (IOException e) {
        result.add("missing");
      }
    }
    return result;
  }

  private static SSLContext load(TlsFiles files) throws InvalidValueException {
    List<X509Certificate> authorities = PemFiles.certificates(files.authorities());
    List<X509Certificate> chain = PemFiles.certificates(files.certificate());
    PrivateKey key = PemFiles.privateKey(files.key());
    PemFiles.requirePair(chain.getFirst(), key, files);
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        trusted.setCertificateEntry("authority " + i, authorities.get(i));
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new FixedKey(chain, key)}, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new InvalidValueException("%s: %s".formatted(files.certificate(), e.getMessage()));
    }
  }

  /** What both roles have in common. */
  static SSLParameters parameters(SSLContext context) {
    SSLParameters parameters = context.getDefaultSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    List<String> suites = new ArrayList<>(List.of(parameters.getCipherSuites()));
    if (suites.remove(PREFERRED_SUITE)) {
      suites.addFirst(PREFERRED_SUITE);
    }
    // Without ECDHE there is no forward secrecy; Go offers nothing else either.
    suites.removeIf(suite -> !suite.startsWith("TLS_ECDHE_") && suite.contains("_WITH_"));
    parameters.setCipherSuites(suites.toArray(String[]::new));
    parameters.setUseCipherSuitesOrder(true);
    return parameters;
  }
}

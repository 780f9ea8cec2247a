package io.zrepl.transport.pki;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PemFiles;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * An authority in a folder: {@code ca.crt} and {@code ca.key}, and what it has issued. Keys are of
 * the curve P-256, which Go and Java take without further settings. No file is ever overwritten.
 */
public final class CertificateAuthority {
  /** Clocks of other machines may be behind. */
  private static final Duration CLOCK_SKEW = Duration.ofHours(1);

  private static final int SERIAL_BITS = 127;
  private static final String SIGNATURE = "SHA256withECDSA";

  private final Path folder;
  private final InstantSource clock;
  private final X509Certificate certificate;
  private final PrivateKey key;

  private CertificateAuthority(
      Path folder, InstantSource clock, X509Certificate certificate, PrivateKey key) {
    this.folder = folder;
    this.clock = clock;
    this.certificate = certificate;
    this.key = key;
  }

  private static Path certificateFile(Path folder) {
    return folder.resolve("ca.crt");
  }

  private static Path keyFile(Path folder) {
    return folder.resolve("ca.key");
  }

  /**
   * Makes a new authority.
   *
   * @param folder made with mode 0700 if it does not exist
   * @param name its common name
   * @throws InvalidValueException if there is one already
   */
  public static CertificateAuthority create(Path folder, String name, InstantSource clock)
      throws IOException, InvalidValueException {
    IssuedFiles.makeFolder(folder);
    KeyPair pair = newKeyPair();
    Instant now = clock.instant();
    X500Name subject = subject(name);
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subject,
            serial(),
            Date.from(now.minus(CLOCK_SKEW)),
            Date.from(now.plus(Validity.OF_AUTHORITY)),
            subject,
            pair.getPublic());
    try {
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
          .addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
          .addExtension(
              Extension.subjectKeyIdentifier,
              false,
              new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
      X509Certificate certificate = sign(builder, pair.getPrivate());
      IssuedFiles.write(
          keyFile(folder), pair.getPrivate(), certificateFile(folder), List.of(certificate));
      return new CertificateAuthority(folder, clock, certificate, pair.getPrivate());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a certificate", e);
    }
  }

  /**
   * Opens an authority that {@link #create} made.
   *
   * @throws InvalidValueException if there is none, or its files cannot be used
   */
  public static CertificateAuthority open(Path folder, InstantSource clock)
      throws InvalidValueException {
    if (!Files.exists(certificateFile(folder))) {
      throw new InvalidValueException(
          "there is no certificate authority in %s; make one with 'zrepl tls init'"
              .formatted(folder));
    }
    X509Certificate certificate = PemFiles.certificates(certificateFile(folder)).getFirst();
    PrivateKey key = PemFiles.privateKey(keyFile(folder));
    PemFiles.requirePair(
        certificate,
        key,
        new TlsFiles(certificateFile(folder), certificateFile(folder), keyFile(folder)));
    return new CertificateAuthority(folder, clock, certificate, key);
  }

  /**
   * Issues a certificate for a serving job.
   *
   * @param names DNS names or addresses by which clients may expect it ({@code server_cn}); at
   *     least one. The first one is also the name of the files.
   * @return the files to use on the server
   * @throws InvalidValueException if a name is none, or the files exist already
   */
  public TlsFiles issueServer(List<String> names, Duration validity)
      throws IOException, InvalidValueException {
    List<GeneralName> alternatives = new ArrayList<>();
    for (String name : names) {
      alternatives.add(ServerNames.parse(name));
    }
    return issue(names.getFirst(), alternatives, KeyPurposeId.id_kp_serverAuth, validity);
  }

  /**
   * Issues a certificate for an active job.
   *
   * @param identity the common name, which the server must have in {@code client_cns}, and the name
   *     of the files
   * @return the files to use on the client
   * @throws InvalidValueException if the files exist already
   */
  public TlsFiles issueClient(ClientIdentity identity, Duration validity)
      throws IOException, InvalidValueException {
    return issue(identity.toString(), List.of(), KeyPurposeId.id_kp_clientAuth, validity);
  }

  private TlsFiles issue(
      String name, List<GeneralName> alternatives, KeyPurposeId purpose, Duration validity)
      throws IOException, InvalidValueException {
    KeyPair pair = newKeyPair();
    Instant now = clock.instant();
    Instant end = now.plus(validity);
    Instant last = certificate.getNotAfter().toInstant();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            // Byte for byte, since others compare it so.
            X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
            serial(),
            Date.from(now.minus(CLOCK_SKEW)),
            Date.from(end.isBefore(last) ? end : last),
            subject(name),
            pair.getPublic());
    try {
      addExtensions(builder, pair.getPublic(), alternatives, purpose);
      TlsFiles files =
          new TlsFiles(
              certificateFile(folder),
              folder.resolve(name + ".crt"),
              folder.resolve(name + ".key"));
      IssuedFiles.write(
          files.key(), pair.getPrivate(), files.certificate(), List.of(sign(builder, key)));
      return files;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a certificate", e);
    }
  }

  private void addExtensions(
      JcaX509v3CertificateBuilder builder,
      PublicKey publicKey,
      List<GeneralName> alternatives,
      KeyPurposeId purpose)
      throws GeneralSecurityException, CertIOException {
    JcaX509ExtensionUtils utilities = new JcaX509ExtensionUtils();
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose))
        .addExtension(
            Extension.subjectKeyIdentifier, false, utilities.createSubjectKeyIdentifier(publicKey))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            utilities.createAuthorityKeyIdentifier(certificate));
    if (!alternatives.isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(alternatives.toArray(GeneralName[]::new)));
    }
  }

  private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private static X500Name subject(String name) {
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, name).build();
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0);
  }

  private static KeyPair newKeyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime lacks the curve P-256", e);
    }
  }
}

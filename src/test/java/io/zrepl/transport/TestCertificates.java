package io.zrepl.transport;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.pki.CertificateAuthority;
import io.zrepl.transport.pki.Validity;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Certificates as an administrator would make them. */
public final class TestCertificates {
  private TestCertificates() {}

  /** Those of the server "vault.example" (also 127.0.0.1) and of the client "web". */
  public record Pair(TlsFiles server, TlsFiles client) {}

  /** Makes both, of one authority, in a folder. */
  public static Pair pair(Path folder) throws IOException, InvalidValueException {
    CertificateAuthority authority =
        CertificateAuthority.create(folder.resolve("pki"), "test", InstantSource.system());
    return new Pair(
        authority.issueServer(List.of("vault.example", "127.0.0.1"), Validity.OF_ISSUED),
        authority.issueClient(ClientIdentity.parse("web"), Validity.OF_ISSUED));
  }

  /**
   * A certificate that vouches for itself, as Go zrepl's documentation makes one for each host.
   *
   * @param subject distinguished name
   * @param name subject alternative name, and name of the files
   */
  static TlsFiles selfSigned(Path folder, String subject, String name) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    Instant now = Instant.now();
    X500Name owner = new X500Name(subject);
    X509CertificateHolder certificate =
        new JcaX509v3CertificateBuilder(
                owner,
                BigInteger.ONE,
                Date.from(now.minusSeconds(60)),
                Date.from(now.plusSeconds(3600)),
                owner,
                pair.getPublic())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.dNSName, name)))
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
    Path file = folder.resolve(name + ".crt");
    Path key = folder.resolve(name + ".key");
    Files.writeString(file, pem("CERTIFICATE", certificate.getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
    return new TlsFiles(file, file, key);
  }

  private static String pem(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
  }
}

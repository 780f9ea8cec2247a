package io.zrepl.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates and keys as openssl writes them; of no use outside of this test. */
class PemFilesTest {
  private static final Path FOLDER = Path.of("src/test/resources/pem");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "ec.crt, ec.key, EC", // PKCS #8
    "ec.crt, ec1.key, EC", // SEC 1
    "rsa.crt, rsa1.key, RSA", // PKCS #1
    "ed.crt, ed.key, EdDSA"
  })
  void keyBelongsToItsCertificate(String certificate, String key, String algorithm)
      throws Exception {
    X509Certificate read = PemFiles.certificates(FOLDER.resolve(certificate)).getFirst();
    PrivateKey privateKey = PemFiles.privateKey(FOLDER.resolve(key));
    assertThat(privateKey.getAlgorithm()).isEqualTo(algorithm);
    PemFiles.requirePair(read, privateKey, files(certificate, key));
  }

  @ParameterizedTest
  @CsvSource({"ec.crt, rsa1.key", "rsa.crt, ec.key", "ed.crt, ec.key"})
  void keyOfAnotherCertificateIsRejected(String certificate, String key) throws Exception {
    X509Certificate read = PemFiles.certificates(FOLDER.resolve(certificate)).getFirst();
    PrivateKey privateKey = PemFiles.privateKey(FOLDER.resolve(key));
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> PemFiles.requirePair(read, privateKey, files(certificate, key)))
        .withMessageContaining("this is not the key of the certificate in");
  }

  private static TlsFiles files(String certificate, String key) {
    return new TlsFiles(
        FOLDER.resolve(certificate), FOLDER.resolve(certificate), FOLDER.resolve(key));
  }

  @ParameterizedTest
  @CsvSource({
    "none, there is no such file",
    ".., it is a directory",
    "ecenc.key, the key has a passphrase",
    "ec.crt, there is no private key in it"
  })
  void unusableKeyIsToldWithItsFile(String name, String message) {
    Path file = FOLDER.resolve(name);
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> PemFiles.privateKey(file))
        .withMessageStartingWith(file + ": " + message);
  }

  @Test
  @Timeout(60)
  void namedPipeIsRefusedInsteadOfWaitedFor() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> PemFiles.certificates(pipe))
        .withMessage(pipe + ": it is not a regular file");
  }

  @Test
  void damagedFilesAreTold() throws Exception {
    Path file = folder.resolve("x");
    Files.writeString(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThatExceptionOfType(InvalidValueException.class)
        .isThrownBy(() -> PemFiles.certificates(file))
        .withMessage(file + ": certificate 1 is damaged");
    for (String label : new String[] {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"}) {
      for (String content : new String[] {"", "A", "AAAA", "MIIBAAAA", "MIT/////"}) {
        Files.writeString(
            file, "-----BEGIN %s-----\n%s\n-----END %s-----".formatted(label, content, label));
        assertThatExceptionOfType(InvalidValueException.class)
            .isThrownBy(() -> PemFiles.privateKey(file))
            .withMessageContaining("damaged");
      }
    }
  }
}

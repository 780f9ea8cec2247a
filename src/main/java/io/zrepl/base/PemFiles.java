package io.zrepl.base;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys in PEM files (RFC 7468). No message contains anything of a key.
 * Stateless; any thread may call.
 */
public final class PemFiles {
  private static final int LARGEST_FILE = 1 << 20;
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "Ed25519", "Ed448");
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \\1-----", Pattern.DOTALL);

  private static final class Block {
    private final String label;
    private final byte[] content;

    Block(String label, byte[] content) {
      this.label = label;
      this.content = content;
    }
  }

  private PemFiles() {}

  /**
   * Reads all certificates of a file.
   *
   * @return in the order of the file, at least one
   * @throws InvalidValueException if the file cannot be read or has no valid certificate; the
   *     message names it
   */
  public static List<X509Certificate> certificates(Path file) throws InvalidValueException {
    List<X509Certificate> result = new ArrayList<>();
    for (Block block : blocks(file)) {
      if (block.label.equals("CERTIFICATE")) {
        try {
          result.add(
              (X509Certificate)
                  CertificateFactory.getInstance("X.509")
                      .generateCertificate(new ByteArrayInputStream(block.content)));
        } catch (CertificateException e) {
          throw invalid(file, "certificate %d is damaged".formatted(result.size() + 1));
        }
      }
    }
    if (result.isEmpty()) {
      throw invalid(file, "there is no certificate in it (-----BEGIN CERTIFICATE-----)");
    }
    return List.copyOf(result);
  }

  /**
   * Reads the private key of a file: PKCS #8, PKCS #1 (RSA) or SEC 1 (elliptic curves), without a
   * passphrase.
   *
   * @throws InvalidValueException if the file cannot be read or has no usable key; the message
   *     names it
   */
  public static PrivateKey privateKey(Path file) throws InvalidValueException {
    for (Block block : blocks(file)) {
      Optional<byte[]> pkcs8 =
          switch (block.label) {
            case "PRIVATE KEY" -> Optional.of(block.content);
            case "RSA PRIVATE KEY" -> Optional.of(Pkcs8.ofRsa(block.content));
            case "EC PRIVATE KEY" -> Optional.of(Pkcs8.ofEllipticCurve(block.content));
            case "ENCRYPTED PRIVATE KEY" ->
                throw invalid(file, "the key has a passphrase, which nobody could enter");
            default -> Optional.empty();
          };
      if (pkcs8.isPresent()) {
        return key(pkcs8.get())
            .orElseThrow(() -> invalid(file, "the private key is damaged or of an unknown kind"));
      }
    }
    throw invalid(file, "there is no private key in it (-----BEGIN PRIVATE KEY-----)");
  }

  private static Optional<PrivateKey> key(byte[] pkcs8) {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return Optional.of(
            KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
      } catch (InvalidKeySpecException e) {
        // not of this kind
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java runtime lacks " + algorithm, e);
      }
    }
    return Optional.empty();
  }

  /**
   * Checks that a key belongs to a certificate.
   *
   * @param files for the message
   * @throws InvalidValueException if it does not
   */
  public static void requirePair(X509Certificate certificate, PrivateKey key, TlsFiles files)
      throws InvalidValueException {
    if (!isPair(certificate.getPublicKey(), key)) {
      throw invalid(
          files.key(),
          "this is not the key of the certificate in %s".formatted(files.certificate()));
    }
  }

  private static boolean isPair(PublicKey publicKey, PrivateKey privateKey) {
    String algorithm =
        switch (privateKey.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    byte[] sample = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(privateKey);
      signature.update(sample);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(sample);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // keys of different kinds
    }
  }

  private static List<Block> blocks(Path file) throws InvalidValueException {
    List<Block> result = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text(file));
    while (matcher.find()) {
      // A block with headers is a key with a passphrase, in the way of old.
      boolean headers = matcher.group(2).indexOf(':') >= 0;
      String label = headers ? "ENCRYPTED PRIVATE KEY" : matcher.group(1);
      result.add(new Block(label, Base64.getMimeDecoder().decode(headers ? "" : content(matcher))));
    }
    return result;
  }

  /** Without padding, so that a wrong length is no error here but one of the content. */
  private static String content(Matcher matcher) {
    String base64 = matcher.group(2).replaceAll("[^A-Za-z0-9+/]", "");
    return base64.length() % 4 == 1 ? base64.substring(0, base64.length() - 1) : base64;
  }

  private static String text(Path file) throws InvalidValueException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // Reading a named pipe or a terminal may never end.
      throw invalid(
          file, Files.isDirectory(file) ? "it is a directory" : "it is not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LARGEST_FILE), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw invalid(file, "there is no such file");
    } catch (AccessDeniedException e) {
      throw invalid(file, "reading it is not permitted");
    } catch (IOException e) {
      throw invalid(
          file,
          Files.isDirectory(file) ? "it is a directory" : "reading failed: " + e.getMessage());
    }
  }

  private static InvalidValueException invalid(Path file, String why) {
    return new InvalidValueException("%s: %s".formatted(file, why));
  }
}

package io.zrepl.transport.pki;

import io.zrepl.base.InvalidValueException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/** Writes keys and certificates in PEM format. */
final class IssuedFiles {
  private static final int LINE = 64;

  private IssuedFiles() {}

  static void makeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, mode("rwx------"));
    }
  }

  /**
   * Writes a pair; if the second file cannot be written, the first is not left.
   *
   * @throws InvalidValueException if one of the files exists
   */
  static void write(Path keyFile, PrivateKey key, Path certificateFile, List<X509Certificate> chain)
      throws IOException, InvalidValueException {
    StringBuilder certificates = new StringBuilder();
    try {
      for (X509Certificate each : chain) {
        certificates.append(pem("CERTIFICATE", each.getEncoded()));
      }
    } catch (CertificateEncodingException e) {
      throw new IOException(e);
    }
    write(keyFile, pem("PRIVATE KEY", key.getEncoded()), "rw-------");
    boolean done = false;
    try {
      write(certificateFile, certificates.toString(), "rw-r--r--");
      done = true;
    } finally {
      if (!done) {
        Files.delete(keyFile);
      }
    }
  }

  private static void write(Path file, String text, String permissions)
      throws IOException, InvalidValueException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            mode(permissions))) {
      ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (FileAlreadyExistsException e) {
      throw new InvalidValueException(
          "%s exists already; nothing is overwritten: remove it or use another folder"
              .formatted(file));
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }

  private static String pem(String label, byte[] content) {
    String base64 =
        Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(content);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, base64, label);
  }
}

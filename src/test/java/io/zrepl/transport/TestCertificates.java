package io.zrepl.transport;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.pki.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

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
        authority.issueServer(List.of("vault.example", "127.0.0.1"), CertificateAuthority.VALIDITY),
        authority.issueClient(ClientIdentity.parse("web"), CertificateAuthority.VALIDITY));
  }
}

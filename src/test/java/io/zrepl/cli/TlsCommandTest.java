package io.zrepl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.PemFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code zrepl tls}: one command each for authority, server and client. */
class TlsCommandTest {
  private final ProgramRun program = new ProgramRun();
  @TempDir private Path folder;

  private int tls(String command, String... more) {
    String[] arguments = new String[4 + more.length];
    arguments[0] = "tls";
    arguments[1] = command;
    arguments[2] = "--dir";
    arguments[3] = folder.resolve("pki").toString();
    System.arraycopy(more, 0, arguments, 4, more.length);
    return program.run(arguments);
  }

  @Test
  void threeCommandsMakeAllThatBothSidesNeed() throws Exception {
    assertThat(tls("init")).isZero();
    assertThat(tls("server", "vault.example.net", "10.0.0.7")).isZero();
    assertThat(tls("client", "web1", "--days", "30")).isZero();
    assertThat(program.err()).isEmpty();
    assertThat(program.out())
        .contains("client_cns: [web1]")
        .contains("server_cn: vault.example.net");
    X509Certificate authority = PemFiles.certificates(folder.resolve("pki/ca.crt")).getFirst();
    X509Certificate server =
        PemFiles.certificates(folder.resolve("pki/vault.example.net.crt")).getFirst();
    server.verify(authority.getPublicKey());
    assertThat(server.getSubjectAlternativeNames().toString())
        .contains("vault.example.net", "10.0.0.7");
    X509Certificate client = PemFiles.certificates(folder.resolve("pki/web1.crt")).getFirst();
    client.verify(authority.getPublicKey());
    assertThat(client.getSubjectX500Principal().getName()).isEqualTo("CN=web1");
    assertThat(client.getNotAfter().toInstant())
        .isEqualTo(ProgramRun.NOW.plus(Duration.ofDays(30)));
  }

  @ParameterizedTest
  @CsvSource({
    "server, x, there is no certificate authority",
    "client, a/b, client identity",
    "server, '', is missing"
  })
  void mistakesAreToldAndLeaveNothing(String command, String word, String reason) {
    int status = word.isEmpty() ? tls(command) : tls(command, word);
    assertThat(status).isEqualTo(1);
    assertThat(program.err()).contains(reason);
    assertThat(Files.exists(folder.resolve("pki"))).isFalse();
  }

  @Test
  void existingAuthorityStays() throws Exception {
    assertThat(tls("init")).isZero();
    String before = Files.readString(folder.resolve("pki/ca.crt"));
    assertThat(tls("init")).isEqualTo(1);
    assertThat(program.err()).contains("exists already");
    assertThat(Files.readString(folder.resolve("pki/ca.crt"))).isEqualTo(before);
  }
}

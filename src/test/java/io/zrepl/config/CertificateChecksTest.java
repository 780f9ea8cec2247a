package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.zrepl.config.yaml.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Certificate files of a configuration are read, unless that is not wanted. */
class CertificateChecksTest {
  private static final String PEM = "src/test/resources/pem/";

  private static String serving(String ca, String certificate, String key) {
    return ConfigurationText.serve(
        "{type: tls, listen: ':1', ca: %s, cert: %s, key: %s, client_cns: [a]}"
            .formatted(PEM + ca, PEM + certificate, PEM + key));
  }

  private static List<Problem> problems(String text) {
    ConfigurationException failure =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                ConfigurationLoader.parse(
                    "zrepl.yml", text, ConfigurationLoader.Certificates.CHECK));
    return failure == null ? List.of() : failure.problems();
  }

  @Test
  void usableFilesAreAccepted() {
    assertThat(problems(serving("rsa.crt", "ec.crt", "ec.key"))).isEmpty();
  }

  @Test
  void everyUnusableFileIsToldAtItsKey() {
    assertThat(problems(serving("ec.key", "none", "ecenc.key")))
        .extracting(Problem::path)
        .containsExactly("jobs[0].serve.ca", "jobs[0].serve.cert", "jobs[0].serve.key");
    assertThat(problems(serving("rsa.crt", "ec.crt", "rsa1.key")))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.path()).isEqualTo("jobs[0].serve.key");
          assertThat(problem.message()).contains("not the key of the certificate");
        });
  }

  @Test
  void filesAreReadBesideOtherProblemsAndDoNotHideWarnings() {
    String text = serving("ec.key", "ec.crt", "ec.key");
    assertThat(problems(text.replace("root_fs: backup/zrepl", "root_fs: a@b")))
        .extracting(Problem::path)
        .containsExactlyInAnyOrder("jobs[0].serve.ca", "jobs[0].root_fs");
    assertThat(problems(text.replace("listen: ':1'", "listen: x")))
        .extracting(Problem::path)
        .containsExactlyInAnyOrder("jobs[0].serve.ca", "jobs[0].serve.listen");
    ConfigurationException failure =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                ConfigurationLoader.parse(
                    "zrepl.yml",
                    text + "    recv: {properties: {inherit: [a, a]}}\n",
                    ConfigurationLoader.Certificates.CHECK));
    assertThat(failure.problems()).hasSize(1);
    assertThat(failure.warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning.message()).contains("named twice"));
  }

  @Test
  void outletsWithTlsAreNotPortable() {
    String outlet =
        "logging: [{type: tcp, level: info, format: json, address: 'h:1', tls: {ca: %s, cert: %s, key: %s}}]"
            .formatted(PEM + "rsa.crt", PEM + "ec.crt", PEM + "ec.key");
    assertThat(ConfigurationText.load(ConfigurationText.global(outlet)).notPortable())
        .singleElement()
        .satisfies(problem -> assertThat(problem.message()).contains("its handshake always fails"));
    assertThat(problems(ConfigurationText.global(outlet.replace("ec.key", "none"))))
        .extracting(Problem::path)
        .containsExactly("global.logging[0].tls.key");
  }

  @Test
  void filesMayBeMissingIfTheyAreNotChecked() {
    assertThat(ConfigurationText.load(serving("x", "y", "z")).configuration().jobs()).hasSize(1);
  }
}

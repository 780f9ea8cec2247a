package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PathText;
import io.zrepl.base.PemFiles;
import io.zrepl.base.TlsFiles;
import io.zrepl.config.schema.Reading;
import io.zrepl.config.schema.Union;
import io.zrepl.config.yaml.YamlNode;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Reads the certificate files that a configuration names. Looks at the nodes, not at the settings,
 * so that it also finds what is wrong with the files of a job that has another problem.
 */
final class CertificateChecks {
  private final SourceFile file;
  private final YamlNode.Mapping section;
  private final String path;

  private CertificateChecks(SourceFile file, YamlNode.Mapping section, String path) {
    this.file = file;
    this.section = section;
    this.path = path;
  }

  /**
   * Checks.
   *
   * @param certificates whether those of jobs are read; those of log outlets always are
   */
  static void check(List<SourceFile> files, ConfigurationLoader.Certificates certificates) {
    if (certificates == ConfigurationLoader.Certificates.CHECK) {
      files.stream().flatMap(each -> each.jobs().stream()).forEach(CertificateChecks::checkJob);
    }
    SourceFile main = files.getFirst();
    Optional<YamlNode> outlets =
        main.get("global")
            .flatMap(global ->
                global instanceof YamlNode.Mapping keys ? keys.get("logging") : Optional.empty());
    if (main.isComplete() && outlets.orElse(null) instanceof YamlNode.Sequence list) {
      for (int i = 0; i < list.elements().size(); i++) {
        YamlNode outlet = list.elements().get(i);
        if (Union.typeOf(outlet).filter("tcp"::equals).isPresent()
            && outlet instanceof YamlNode.Mapping keys
            && keys.get("tls").orElse(null) instanceof YamlNode.Mapping tls) {
          new CertificateChecks(main, tls, "global.logging[" + i + "].tls").check();
        }
      }
    }
  }

  private static void checkJob(JobNode job) {
    String key =
        job.hasType("push") || job.hasType("pull")
            ? "connect"
            : job.hasType("sink") || job.hasType("source") ? "serve" : "";
    job.at(key)
        .filter(node -> Union.typeOf(node).filter("tls"::equals).isPresent())
        .ifPresent(node -> {
          if (node instanceof YamlNode.Mapping section) {
            String path = Reading.child(Reading.child("jobs", job.index()), key);
            new CertificateChecks(job.file(), section, path).check();
          }
        });
  }

  /** A file name, if there is one; what is wrong with others was told. */
  private Optional<Path> fileOf(String key) {
    if (section.get(key).orElse(null) instanceof YamlNode.Scalar scalar
        && !scalar.string().isEmpty()) {
      try {
        return Optional.of(PathText.parse(scalar.text()));
      } catch (InvalidValueException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private void check() {
    fileOf("ca").ifPresent(ca -> read("ca", () -> PemFiles.certificates(ca)));
    Optional<Path> certificateFile = fileOf("cert");
    Optional<X509Certificate> certificate =
        certificateFile.flatMap(name -> read("cert", () -> PemFiles.certificates(name).getFirst()));
    Optional<Path> keyFile = fileOf("key");
    Optional<PrivateKey> key =
        keyFile.flatMap(name -> read("key", () -> PemFiles.privateKey(name)));
    if (certificate.isPresent() && key.isPresent()) {
      TlsFiles files =
          new TlsFiles(
              certificateFile.orElseThrow(), certificateFile.orElseThrow(), keyFile.orElseThrow());
      read(
          "key",
          () -> {
            PemFiles.requirePair(certificate.get(), key.get(), files);
            return key.get();
          });
    }
  }

  /** Something that may fail. */
  @FunctionalInterface
  private interface Step<T> {
    T run() throws InvalidValueException;
  }

  /** Tells what is wrong by the key of the file. */
  private <T> Optional<T> read(String key, Step<T> step) {
    try {
      return Optional.of(step.run());
    } catch (InvalidValueException e) {
      file.problems()
          .error(
              section.get(key).orElse(section).position(),
              Reading.child(path, key),
              Optional.ofNullable(e.getMessage()).orElse("not usable"));
      return Optional.empty();
    }
  }
}

package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PemFiles;
import io.zrepl.base.TlsFiles;
import io.zrepl.config.yaml.Position;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.job.JobSettings;
import io.zrepl.logging.OutletSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Reads the certificate files that a valid configuration names. */
final class CertificateChecks {
  private CertificateChecks() {}

  /**
   * Checks.
   *
   * @param certificates whether those of jobs are read; those of log outlets always are
   */
  static void check(List<SourceFile> files, ConfigurationLoader.Certificates certificates) {
    if (certificates == ConfigurationLoader.Certificates.CHECK) {
      files.stream().flatMap(file -> file.jobs().stream()).forEach(CertificateChecks::checkJob);
    }
    SourceFile main = files.getFirst();
    List<OutletSettings> outlets =
        main.content().orElseThrow().value().global().logging().outlets();
    for (int i = 0; i < outlets.size(); i++) {
      String path = "global.logging[" + i + "].tls.";
      if (outlets.get(i) instanceof OutletSettings.Tcp tcp && tcp.tls().isPresent()) {
        Position position = outletPosition(main, i);
        checkFiles(
            tcp.tls().get(),
            (key, message) -> main.problems().error(position, path + key, message));
      }
    }
  }

  private static Position outletPosition(SourceFile main, int index) {
    YamlNode global = main.get("global").orElseThrow();
    Optional<YamlNode> outlets =
        global instanceof YamlNode.Mapping mapping ? mapping.get("logging") : Optional.empty();
    return outlets.orElse(global) instanceof YamlNode.Sequence list
        ? list.elements().get(index).position()
        : global.position();
  }

  private static void checkJob(JobNode job) {
    if (connect(job).orElse(null) instanceof ConnectSettings.Tls tls) {
      checkFiles(tls.files(), (key, message) -> job.error("connect." + key, message));
    }
    if (serve(job).orElse(null) instanceof ServeSettings.Tls tls) {
      checkFiles(tls.files(), (key, message) -> job.error("serve." + key, message));
    }
  }

  private static Optional<ConnectSettings> connect(JobNode job) {
    return switch (job.settings().orElse(null)) {
      case JobSettings.Push push -> Optional.of(push.connect());
      case JobSettings.Pull pull -> Optional.of(pull.connect());
      case null, default -> Optional.empty();
    };
  }

  private static Optional<ServeSettings> serve(JobNode job) {
    return switch (job.settings().orElse(null)) {
      case JobSettings.Sink sink -> Optional.of(sink.serve());
      case JobSettings.Source source -> Optional.of(source.serve());
      case null, default -> Optional.empty();
    };
  }

  /** Tells what is wrong by the key of the file. */
  private static void checkFiles(TlsFiles files, BiConsumer<String, String> error) {
    try {
      PemFiles.certificates(files.authorities());
    } catch (InvalidValueException e) {
      error.accept("ca", message(e));
    }
    Optional<X509Certificate> certificate = Optional.empty();
    try {
      certificate = Optional.of(PemFiles.certificates(files.certificate()).getFirst());
    } catch (InvalidValueException e) {
      error.accept("cert", message(e));
    }
    try {
      PrivateKey key = PemFiles.privateKey(files.key());
      if (certificate.isPresent()) {
        PemFiles.requirePair(certificate.get(), key, files);
      }
    } catch (InvalidValueException e) {
      error.accept("key", message(e));
    }
  }

  private static String message(InvalidValueException e) {
    return Optional.ofNullable(e.getMessage()).orElse("not usable");
  }
}

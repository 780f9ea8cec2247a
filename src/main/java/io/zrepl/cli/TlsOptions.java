package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.transport.pki.CertificateAuthority;
import io.zrepl.transport.pki.Validity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import picocli.CommandLine.Model.OptionSpec;

/** What the commands of {@code zrepl tls} have in common. */
final class TlsOptions {
  static final String FOLDER = "--dir";
  static final String DAYS = "--days";
  private static final String DEFAULT_FOLDER = "/etc/zrepl/pki";
  private static final int MOST_DAYS = 36_500;

  private TlsOptions() {}

  static OptionSpec folder() {
    return Model.text(
            "FOLDER",
            "Where the authority and its certificates lie. Default: " + DEFAULT_FOLDER + ".",
            FOLDER)
        .build();
  }

  static OptionSpec days() {
    return Model.text(
            "DAYS",
            "How long the certificate is valid. Default: %d. Never longer than the authority."
                .formatted(Validity.OF_ISSUED.toDays()),
            DAYS)
        .build();
  }

  static Path folder(Arguments arguments) {
    return Path.of(arguments.text(FOLDER, DEFAULT_FOLDER));
  }

  static Duration validity(Arguments arguments) throws CommandException {
    String text = arguments.text(DAYS, "");
    if (text.isEmpty()) {
      return Validity.OF_ISSUED;
    }
    if (!text.matches("[0-9]{1,5}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > MOST_DAYS) {
      throw new CommandException("%s: \"%s\" is not 1 to %d".formatted(DAYS, text, MOST_DAYS));
    }
    return Duration.ofDays(Integer.parseInt(text));
  }

  /** Works with the authority of a folder. */
  interface Work<T> {
    T run(CertificateAuthority authority) throws IOException, InvalidValueException;
  }

  static <T> T withAuthority(Arguments arguments, InstantSource clock, Work<T> work)
      throws CommandException {
    try {
      return work.run(CertificateAuthority.open(folder(arguments), clock));
    } catch (IOException e) {
      throw new CommandException("cannot write the certificate: " + e, e);
    } catch (InvalidValueException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
  }
}

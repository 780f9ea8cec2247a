package io.zrepl.cli;

import io.zrepl.config.Configuration;
import io.zrepl.config.ConfigurationDump;
import io.zrepl.config.JobPlaces;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where commands get the configuration from. */
@FunctionalInterface
public interface ConfigurationSource {

  /**
   * Reads the configuration.
   *
   * @param request which, and how
   * @throws CommandException if there is none or it is not valid; the message holds all problems
   *     and begins with {@link #FAILURE}
   */
  Loaded load(Request request) throws CommandException;

  /** What the message of a failure begins with. */
  String FAILURE = "could not parse config: ";

  /**
   * Which configuration to read.
   *
   * @param file empty to look in the usual places
   * @param skipCertificateFiles whether not to read the certificates of transports
   */
  record Request(Optional<Path> file, boolean skipCertificateFiles) {}

  /**
   * A valid configuration.
   *
   * @param configuration what it says
   * @param effective the same as text, with all defaults filled in
   * @param places where its jobs are written
   * @param warnings what is allowed and probably not meant, one text each
   * @param notPortable what Go zrepl would not understand or do in another way, one text each
   */
  record Loaded(
      Configuration configuration,
      ConfigurationDump effective,
      JobPlaces places,
      List<String> warnings,
      List<String> notPortable) {
    /** Copies the lists. */
    public Loaded {
      warnings = List.copyOf(warnings);
      notPortable = List.copyOf(notPortable);
    }
  }
}

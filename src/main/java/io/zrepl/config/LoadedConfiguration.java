package io.zrepl.config;

import io.zrepl.config.yaml.Problem;
import java.util.List;

/**
 * A valid configuration as it was read.
 *
 * @param configuration what it says
 * @param warnings what is allowed and probably not meant, in the order of the files
 * @param notPortable what Go zrepl would not understand or do in another way
 * @param effective all its keys with the defaults filled in
 * @param places where its jobs are written
 */
public record LoadedConfiguration(
    Configuration configuration,
    List<Problem> warnings,
    List<Problem> notPortable,
    ConfigurationDump effective,
    JobPlaces places) {
  /** Copies the lists. */
  public LoadedConfiguration {
    warnings = List.copyOf(warnings);
    notPortable = List.copyOf(notPortable);
  }
}

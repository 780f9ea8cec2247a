package io.zrepl.config;

import io.zrepl.config.yaml.Problem;
import java.util.List;

/**
 * A valid configuration as it was read.
 *
 * @param configuration what it says
 * @param warnings what is allowed and probably not meant, in the order of the file
 * @param effective all its keys with the defaults filled in
 */
public record LoadedConfiguration(
    Configuration configuration, List<Problem> warnings, ConfigurationDump effective) {
  /** Copies the list. */
  public LoadedConfiguration {
    warnings = List.copyOf(warnings);
  }
}

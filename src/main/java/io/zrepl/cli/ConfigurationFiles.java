package io.zrepl.cli;

import io.zrepl.config.ConfigurationException;
import io.zrepl.config.ConfigurationLoader;
import io.zrepl.config.LoadedConfiguration;
import io.zrepl.config.yaml.Problem;
import java.util.List;

/** Reads the configuration from its file. */
final class ConfigurationFiles implements ConfigurationSource {

  @Override
  public Loaded load(Request request) throws CommandException {
    try {
      LoadedConfiguration loaded =
          ConfigurationLoader.load(
              ConfigurationLoader.find(request.file()),
              request.skipCertificateFiles()
                  ? ConfigurationLoader.Certificates.SKIP
                  : ConfigurationLoader.Certificates.CHECK);
      return new Loaded(
          loaded.configuration(),
          loaded.effective(),
          loaded.places(),
          rendered(loaded.warnings()),
          rendered(loaded.notPortable()));
    } catch (ConfigurationException e) {
      throw new CommandException(FAILURE + e.getMessage(), e);
    }
  }

  private static List<String> rendered(List<Problem> problems) {
    return problems.stream().map(Problem::render).toList();
  }
}

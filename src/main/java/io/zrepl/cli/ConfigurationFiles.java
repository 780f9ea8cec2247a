package io.zrepl.cli;

import io.zrepl.config.ConfigurationException;
import io.zrepl.config.ConfigurationLoader;
import io.zrepl.config.LoadedConfiguration;
import io.zrepl.config.yaml.Problem;

/** Reads the configuration from its file. */
final class ConfigurationFiles implements ConfigurationSource {

  @Override
  public Loaded load(Request request) throws CommandException {
    try {
      LoadedConfiguration loaded =
          ConfigurationLoader.load(ConfigurationLoader.find(request.file()));
      return new Loaded(
          loaded.configuration(),
          loaded.effective(),
          loaded.warnings().stream().map(Problem::render).toList());
    } catch (ConfigurationException e) {
      throw new CommandException(FAILURE + e.getMessage(), e);
    }
  }
}

package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.Scalars;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The value of {@code root_fs}. Go zrepl starts with some names that no dataset can have, and then
 * fails whenever the job is used; such a file is valid here too.
 *
 * @param text as written
 * @param path empty if no dataset can have that name
 * @param problem why not; otherwise empty
 */
record RootDataset(String text, Optional<DatasetPath> path, String problem) {
  static final Kind<RootDataset> KIND =
      Scalars.resolved("dataset path", "''", RootDataset::parse, RootDataset::text)
          .withPattern("[^/@#|\\t<>*]$")
          .withExample("backup/zrepl");

  private static RootDataset parse(YamlNode.Scalar scalar, Consumer<String> warnings)
      throws InvalidValueException {
    String text = scalar.string();
    try {
      return new RootDataset(text, Optional.of(DatasetPath.parse(text)), "");
    } catch (InvalidValueException e) {
      if (text.isEmpty() || isRejectedByFilters(text)) {
        throw e;
      }
      String problem =
          "there can be no such dataset, so that this job can do nothing: " + e.getMessage();
      warnings.accept(problem);
      return new RootDataset(text, Optional.empty(), "root_fs: " + problem);
    }
  }

  /** The rule for {@code root_fs} is that for a pattern without {@code <}. */
  private static boolean isRejectedByFilters(String text) {
    try {
      DatasetFilter.of(Map.of(text, true));
      return text.contains("<");
    } catch (InvalidValueException e) {
      return true;
    }
  }
}

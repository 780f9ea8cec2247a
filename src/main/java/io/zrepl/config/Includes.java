package io.zrepl.config;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.PathText;
import io.zrepl.config.schema.Reading;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.YamlNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Reads the files that a main file includes: each entry is a file that ends in {@code .yml}, or a
 * directory of which all such files are taken, by name. What they say besides {@code jobs} does not
 * count; they must not include others.
 */
final class Includes {
  static final String KEY = "include";

  private static final String ENDING = ".yml";

  /** More are not meant. */
  private static final int MOST_FILES = 1000;

  private final SourceFile main;
  private final Path folder;
  private final List<SourceFile> files = new ArrayList<>();

  private Includes(SourceFile main, Path folder) {
    this.main = main;
    this.folder = folder;
  }

  /**
   * Reads all files.
   *
   * @param main takes the problems of entries
   * @param folder to which entries are relative
   * @return in order, each with its own problems
   */
  static List<SourceFile> of(SourceFile main, Path folder) {
    Includes includes = new Includes(main, folder);
    if (main.isComplete() && main.get(KEY).orElse(null) instanceof YamlNode.Sequence entries) {
      for (int i = 0; i < entries.elements().size(); i++) {
        if (entries.elements().get(i) instanceof YamlNode.Scalar scalar && !scalar.isNull()) {
          includes.add(scalar, Reading.child(KEY, i));
        }
      }
    }
    return includes.files;
  }

  private void add(YamlNode.Scalar entry, String place) {
    Path path;
    try {
      path = PathText.parse(entry.text());
    } catch (InvalidValueException e) {
      error(entry, place, Optional.ofNullable(e.getMessage()).orElse("this is not a path"));
      return;
    }
    boolean mainIsAbsolute = Path.of(main.name()).isAbsolute();
    if (!path.isAbsolute()) {
      main.problems()
          .warning(
              entry.position(),
              place,
              "this is relative to the main file; Go zrepl looks for it where it was started if the path of the main file is absolute. An absolute path is the same for both");
      if (mainIsAbsolute) {
        notPortable(
            entry,
            place,
            "Go zrepl looks for relative paths where it was started if that of the main file is absolute, as here");
      }
      path = folder.resolve(path);
    } else if (!mainIsAbsolute) {
      notPortable(
          entry,
          place,
          "Go zrepl looks for absolute paths below the folder of the main file if the path of that is relative, as here");
    }
    if (Files.isDirectory(path)) {
      children(path, entry, place).forEach(child -> read(child, entry, place));
    } else if (!Files.exists(path)) {
      error(entry, place, "there is no %s".formatted(shown(path)));
    } else if (!Files.isRegularFile(path)) {
      error(entry, place, "%s is neither a file nor a directory".formatted(shown(path)));
    } else if (!path.toString().endsWith(ENDING)) {
      error(entry, place, "%s must end in %s".formatted(shown(path), ENDING));
    } else {
      read(path, entry, place);
    }
  }

  private List<Path> children(Path directory, YamlNode entry, String place) {
    List<Path> result = new ArrayList<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(
            directory, child -> String.valueOf(child.getFileName()).endsWith(ENDING))) {
      for (Path child : all) {
        if (result.size() == MOST_FILES) {
          break; // reading says so
        }
        result.add(child);
      }
    } catch (IOException e) {
      error(entry, place, "%s: %s".formatted(shown(directory), FileText.reason(e)));
    }
    Collections.sort(result);
    return result;
  }

  private void read(Path path, YamlNode entry, String place) {
    if (files.size() == MOST_FILES) {
      error(entry, place, "more than %d files are included".formatted(MOST_FILES));
      return;
    }
    try {
      SourceFile file =
          SourceFile.parse(Printable.clean(path.toString(), 4096), FileText.read(path));
      files.add(file);
      checkOtherKeys(file);
    } catch (ConfigurationException e) {
      for (Problem problem : e.problems()) {
        String where =
            problem.line() == 0 ? "" : ":%d:%d".formatted(problem.line(), problem.column());
        error(entry, place, "%s%s: %s".formatted(shown(path), where, problem.message()));
      }
    }
  }

  private static void checkOtherKeys(SourceFile file) {
    file.get(KEY)
        .filter(node -> node instanceof YamlNode.Sequence nested && !nested.elements().isEmpty())
        .ifPresent(node ->
            file.problems()
                .error(
                    node.position(),
                    KEY,
                    "a file that is included must not include others itself"));
    file.get("global")
        .filter(node -> !node.isNull())
        .ifPresent(node ->
            file.problems()
                .warning(
                    node.position(),
                    "global",
                    "this section is ignored, since the file is included; it counts in the main file only"));
  }

  private void notPortable(YamlNode entry, String place, String message) {
    main.problems().notPortable(entry.position(), place, message);
  }

  private void error(YamlNode entry, String place, String message) {
    main.problems().error(entry.position(), place, message);
  }

  private static String shown(Path path) {
    return Printable.quote(path.toString());
  }
}

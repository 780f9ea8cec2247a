package io.zrepl.config;

import io.zrepl.config.schema.Bound;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.Problems;
import io.zrepl.job.JobSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finds and reads configuration files. Stateless; any thread may call. */
public final class ConfigurationLoader {
  /** Where a configuration is looked for, in this order, if none is named. */
  public static final List<Path> USUAL_PLACES =
      List.of(Path.of("/etc/zrepl/zrepl.yml"), Path.of("/usr/local/etc/zrepl/zrepl.yml"));

  private ConfigurationLoader() {}

  /**
   * Finds the file to read.
   *
   * @param named the file that the user names; taken as it is
   * @throws ConfigurationException if none is named and there is none in the {@link #USUAL_PLACES},
   *     or the first that is there is not a regular file
   */
  public static Path find(Optional<Path> named) throws ConfigurationException {
    return find(named, USUAL_PLACES);
  }

  static Path find(Optional<Path> named, List<Path> places) throws ConfigurationException {
    // An empty --config is the same as none.
    Optional<Path> given = named.filter(path -> !path.toString().isEmpty());
    if (given.isPresent()) {
      return given.get();
    }
    for (Path place : places) {
      if (Files.exists(place)) {
        if (!Files.isRegularFile(place)) {
          throw FileText.failure(place, "this is not a regular file");
        }
        return place;
      }
    }
    String all = places.stream().map(Path::toString).collect(Collectors.joining(" nor "));
    throw FileText.failure(
        places.getFirst(),
        "there is no configuration file, neither %s; name one with --config".formatted(all));
  }

  /**
   * Reads a file and what it includes.
   *
   * @param certificates whether the certificate files of transports are read too
   * @throws ConfigurationException if it cannot be read or is not valid; it has all problems
   */
  public static LoadedConfiguration load(Path file, Certificates certificates)
      throws ConfigurationException {
    return parse(file.toString(), FileText.readNamed(file), certificates);
  }

  /** What is done about the certificate files that a configuration names. */
  public enum Certificates {
    /** They are read and must be usable. */
    CHECK,
    /** They may be missing; those of log outlets are read all the same. */
    SKIP
  }

  /**
   * Reads a text, and the files that it includes.
   *
   * @param name how messages call it; includes are relative to the folder of that path
   * @throws ConfigurationException if it is not valid; it has all problems
   */
  public static LoadedConfiguration parse(String name, String text, Certificates certificates)
      throws ConfigurationException {
    SourceFile main = SourceFile.parse(name, text);
    Path folder = Optional.ofNullable(Path.of(name).getParent()).orElse(Path.of(""));
    List<SourceFile> files = new ArrayList<>(List.of(main));
    files.addAll(Includes.of(main, folder));
    CrossChecks.check(files);
    if (files.stream().noneMatch(file -> file.problems().hasErrors())) {
      Doubts.check(files);
    }
    CertificateChecks.check(files, certificates);
    requireValid(files);
    List<JobSettings> jobs =
        files.stream().flatMap(file -> content(file).value().jobs().stream()).toList();
    GlobalSection.Settings global = content(main).value().global();
    Configuration configuration =
        new Configuration(
            global.logging(),
            global.monitoring(),
            global.controlSocket(),
            global.stallTimeout(),
            global.stdinserverDirectory(),
            jobs);
    return new LoadedConfiguration(
        configuration,
        all(files, Problems::warnings),
        all(files, Problems::notPortable),
        new ConfigurationDump(plain(files)),
        new JobPlaces(files.stream().flatMap(file -> file.jobs().stream()).toList()));
  }

  private static Bound<RootSection.Content> content(SourceFile file) {
    return file.content().orElseThrow(); // not valid without content
  }

  private static void requireValid(List<SourceFile> files) throws ConfigurationException {
    List<Problem> errors = all(files, Problems::errors);
    if (!errors.isEmpty()) {
      throw new ConfigurationException(errors, all(files, Problems::warnings));
    }
  }

  private static List<Problem> all(
      List<SourceFile> files, Function<Problems, List<Problem>> which) {
    return files.stream().flatMap(file -> which.apply(file.problems()).stream()).toList();
  }

  /** One file that means the same as all of them. */
  private static Map<String, Object> plain(List<SourceFile> files) {
    Map<String, Object> result = new LinkedHashMap<>();
    List<Object> jobs = new ArrayList<>();
    for (SourceFile file : files) {
      if (content(file).plain() instanceof Map<?, ?> keys) {
        keys.forEach((key, value) -> result.putIfAbsent(key.toString(), value));
        jobs.addAll((List<?>) Objects.requireNonNull(keys.get("jobs")));
      }
    }
    result.remove(Includes.KEY);
    result.put("jobs", jobs);
    return result;
  }
}

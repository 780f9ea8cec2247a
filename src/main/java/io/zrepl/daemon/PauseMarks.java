package io.zrepl.daemon;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.JobId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which jobs are paused: an empty file for each, named after the job, in a folder that lasts over
 * restarts. The folder of the control socket would not do: it usually is in {@code /run}.
 *
 * @param folder need not exist until a job is paused
 */
record PauseMarks(Path folder) {
  private static final Logger log = LoggerFactory.getLogger(PauseMarks.class);
  private static final String SUFFIX = ".paused";
  private static final Path DEFAULT_STATE_DIRECTORY = Path.of("/var/lib/zrepl");

  /**
   * Those of the state directory: what systemd gives in {@code STATE_DIRECTORY}, otherwise {@code
   * /var/lib/zrepl}.
   */
  static PauseMarks of(Map<String, String> environment) {
    String given = environment.getOrDefault("STATE_DIRECTORY", "").split(":", 2)[0];
    Path state = given.isEmpty() ? DEFAULT_STATE_DIRECTORY : Path.of(given);
    return new PauseMarks(state.resolve("paused"));
  }

  /**
   * The jobs that are marked. Files that no job can have made are passed over, and told in the log.
   *
   * @throws IOException if the folder exists and cannot be read
   */
  Set<JobId> read() throws IOException {
    Set<JobId> jobs = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().endsWith(SUFFIX)) {
          job(file).ifPresent(jobs::add);
        }
      }
    } catch (NoSuchFileException e) {
      return Set.of();
    } catch (UncheckedIOException e) {
      throw new IOException(e.getCause());
    }
    return jobs;
  }

  private static Optional<JobId> job(Path file) {
    String name = file.getFileName().toString();
    try {
      return Optional.of(
          JobId.parse(
              URLDecoder.decode(
                  name.substring(0, name.length() - SUFFIX.length()), StandardCharsets.UTF_8)));
    } catch (InvalidValueException | IllegalArgumentException e) {
      log.atWarn()
          .addKeyValue("err", e)
          .log("{} pauses no job: it was not made by zrepl, remove it", file);
      return Optional.empty();
    }
  }

  /**
   * Marks a job; afterwards the mark is on the disk.
   *
   * @throws IOException if that is not possible
   */
  void set(JobId job) throws IOException {
    Files.createDirectories(folder);
    FileChannel.open(mark(job), StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    sync();
  }

  /**
   * Takes the mark of a job away, if it has one; afterwards it is gone from the disk.
   *
   * @throws IOException if that is not possible
   */
  void clear(JobId job) throws IOException {
    if (Files.deleteIfExists(mark(job))) {
      sync();
    }
  }

  private void sync() throws IOException {
    try (FileChannel directory = FileChannel.open(folder)) {
      directory.force(true);
    }
  }

  private Path mark(JobId job) {
    return folder.resolve(URLEncoder.encode(job.toString(), StandardCharsets.UTF_8) + SUFFIX);
  }
}

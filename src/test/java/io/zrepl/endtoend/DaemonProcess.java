package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running daemon of a {@link Site}. */
final class DaemonProcess {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

  private final Site site;
  private final Process process;
  private final Path log;
  private final JsonMapper mapper = new JsonMapper();

  DaemonProcess(Site site, Process process, Path log) {
    this.site = site;
    this.process = process;
    this.log = log;
  }

  /** Everything it logged so far. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the control socket answers. */
  void awaitReady() {
    await("the daemon answers", () -> site.zrepl("version", "--show", "daemon").status() == 0);
  }

  /** Waits for something, and fails with the log if it does not come or the daemon ends. */
  void await(String what, Callable<Boolean> condition) {
    try {
      Awaitility.await(what)
          .atMost(LONGEST_WAIT)
          .pollInterval(Duration.ofMillis(100))
          .failFast("the daemon ended", () -> !process.isAlive())
          .until(condition);
    } catch (RuntimeException e) {
      throw new AssertionError(
          what
              + ": "
              + e.getMessage()
              + "\n--- log of the daemon\n"
              + log()
              + "\n--- status\n"
              + site.zrepl("status", "--mode", "dump"),
          e);
    }
  }

  /** The status of a job: the object below its type. */
  JsonNode job(String name) {
    Site.Result result = site.zrepl("status", "--mode", "raw");
    assertThat(result.status()).as(result.errors()).isZero();
    JsonNode job = mapper.readTree(result.output()).path("Jobs").path(name);
    return job.path(job.path("type").asString());
  }

  /** Wakes a push job and waits until the invocation that this started is over. */
  JsonNode runOnce(String job) {
    String before = startOfReplication(job);
    wakeup(job);
    return awaitJob(
        job,
        "a new invocation of " + job + " is over",
        status -> !startOf(status).equals(before) && isOver(status));
  }

  /** Wakes a job. */
  void wakeup(String job) {
    Site.Result result = site.zrepl("signal", "wakeup", job);
    assertThat(result.status()).as(result.errors()).isZero();
  }

  /**
   * Wakes a job and waits until an invocation has succeeded; others that failed may have come
   * before it. Looks only into the log, which costs less than asking for the status.
   */
  void runUntilDone(String job) {
    long before = successes(job);
    wakeup(job);
    await("an invocation of " + job + " has succeeded", () -> successes(job) > before);
  }

  private long successes(String job) {
    String line = "[%s][job]: invocation is over outcome=\"done\"".formatted(job);
    return log().lines().filter(each -> each.contains(line)).count();
  }

  /** Waits until the status of a job is as wanted, and returns it. */
  JsonNode awaitJob(String job, String what, Predicate<JsonNode> condition) {
    JsonNode[] last = new JsonNode[1];
    await(
        what,
        () -> {
          last[0] = job(job);
          return condition.test(last[0]);
        });
    return last[0];
  }

  /** When the last replication of a job began; empty if none has. */
  String startOfReplication(String job) {
    return startOf(job(job));
  }

  private static String startOf(JsonNode status) {
    return status.path("Replication").path("StartAt").asString("");
  }

  private static boolean isOver(JsonNode status) {
    return List.of("Done", "PlanErr", "ExecErr")
            .contains(status.path("PruningReceiver").path("State").asString(""))
        && !status.path("Replication").path("FinishAt").asString("0001").startsWith("0001");
  }

  /** State of the last attempt of a job's replication. */
  static String attemptState(JsonNode status) {
    JsonNode attempts = status.path("Replication").path("Attempts");
    return attempts.path(attempts.size() - 1).path("State").asString("");
  }

  /** Bytes that the last attempt transferred, over all filesystems. */
  static long bytesReplicated(JsonNode status) {
    JsonNode attempts = status.path("Replication").path("Attempts");
    long sum = 0;
    for (JsonNode filesystem : attempts.path(attempts.size() - 1).path("Filesystems")) {
      for (JsonNode step : filesystem.path("Steps")) {
        sum += step.path("Info").path("BytesReplicated").asLong();
      }
    }
    return sum;
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends a signal, {@code TERM} or {@code INT}. */
  void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Sends a signal and returns the exit status. */
  int stop(String signal) throws IOException, InterruptedException {
    signal(signal);
    return awaitExit();
  }

  /** Waits for the end and returns the exit status. */
  int awaitExit() throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS))
        .as("the daemon ends; log:\n" + log())
        .isTrue();
    return process.exitValue();
  }

  /** Its child processes, and theirs. */
  List<ProcessHandle> children() {
    return process.descendants().toList();
  }
}

package io.zrepl.config;

import io.zrepl.job.JobSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Valid files with a push and a sink job of which a test changes single keys. */
final class ConfigurationText {
  private static final List<String> PUSH =
      List.of(
          "type: push",
          "name: pusher",
          "filesystems: {\"tank<\": true}",
          "connect: {type: local, listener_name: here, client_identity: me}",
          "snapshotting: {type: manual}",
          "pruning: {keep_sender: [{type: last_n, count: 2}], keep_receiver: [{type: last_n, count: 1}]}");

  private static final List<String> SINK =
      List.of(
          "type: sink",
          "name: receiver",
          "root_fs: backup/zrepl",
          "serve: {type: local, listener_name: here}");

  private static final List<String> PULL =
      List.of(
          "type: pull",
          "name: puller",
          "root_fs: backup/pulled",
          "interval: 1h",
          "connect: {type: tcp, address: 'mail:8888'}",
          "pruning: {keep_sender: [{type: last_n, count: 2}], keep_receiver: [{type: last_n, count: 1}]}");

  private static final List<String> SOURCE =
      List.of(
          "type: source",
          "name: offers",
          "filesystems: {\"tank<\": true}",
          "serve: {type: tcp, listen: ':8888', clients: {10.0.0.1: vault}}",
          "snapshotting: {type: manual}");

  private static final List<String> SNAP =
      List.of(
          "type: snap",
          "name: snaps",
          "filesystems: {\"tank<\": true}",
          "snapshotting: {type: manual}",
          "pruning: {keep: [{type: last_n, count: 1}]}");

  private ConfigurationText() {}

  /** A pull job, its keys replaced. */
  static String pull(String... changes) {
    return file(job(PULL, changes));
  }

  /** A source job, its keys replaced. */
  static String source(String... changes) {
    return file(job(SOURCE, changes));
  }

  /** A snap job, its keys replaced. */
  static String snap(String... changes) {
    return file(job(SNAP, changes));
  }

  /** The snap job alone. */
  static String snapJob(String... changes) {
    return job(SNAP, changes);
  }

  /** A push job with that cron expression, written as YAML. */
  static String cron(String yaml) {
    return push("snapshotting: {type: cron, prefix: zrepl_, cron: %s}".formatted(yaml));
  }

  /** A push job with one hook. */
  static String hook(String hook) {
    return periodic("hooks: [%s]".formatted(hook));
  }

  /** A push job that connects this way. */
  static String connect(String section) {
    return file(pushJob("connect: " + section));
  }

  /** A sink job that serves this way. */
  static String serve(String section) {
    return file(sinkJob("serve: " + section));
  }

  /** Both jobs, the keys of the push job replaced: {@code key: value}, or {@code -key}. */
  static String push(String... changes) {
    return file(job(PUSH, changes), job(SINK));
  }

  /** Both jobs, the keys of the sink job replaced. */
  static String sink(String... changes) {
    return file(job(PUSH), job(SINK, changes));
  }

  /** Both jobs, with these lines for {@code global}. */
  static String global(String lines) {
    return "global:\n" + lines.strip().indent(2) + push();
  }

  /** A push job whose snapshots are periodic, the keys of {@code snapshotting} replaced. */
  static String periodic(String... changes) {
    List<String> keys =
        changed(List.of("type: periodic", "interval: 10m", "prefix: zrepl_"), changes);
    return push("snapshotting: {" + String.join(", ", keys) + "}");
  }

  /** A push job with one keep rule on the sender. */
  static String rule(String rule) {
    return push(
        "pruning: {keep_sender: [%s], keep_receiver: [{type: last_n, count: 1}]}".formatted(rule));
  }

  /** A file of jobs, each a list of lines. */
  static String file(String... jobs) {
    return "jobs:\n" + String.join("", jobs);
  }

  /** The push job alone. */
  static String pushJob(String... changes) {
    return job(PUSH, changes);
  }

  /** The sink job alone. */
  static String sinkJob(String... changes) {
    return job(SINK, changes);
  }

  private static String job(List<String> lines, String... changes) {
    return changed(lines, changes).stream()
        .flatMap(line -> line.lines())
        .collect(Collectors.joining("\n    ", "  - ", "\n"));
  }

  private static List<String> changed(List<String> lines, String... changes) {
    List<String> result = new ArrayList<>(lines);
    for (String change : changes) {
      String key = change.startsWith("-") ? change.substring(1) : change.split(":", 2)[0];
      int index = 0;
      while (index < result.size() && !result.get(index).startsWith(key + ":")) {
        index++;
      }
      if (index < result.size()) {
        result.remove(index);
      }
      if (!change.startsWith("-")) {
        result.add(index, change);
      }
    }
    return result;
  }

  /** Reads a text that is valid. */
  static LoadedConfiguration load(String text) {
    try {
      return ConfigurationLoader.parse("zrepl.yml", text, ConfigurationLoader.Certificates.SKIP);
    } catch (ConfigurationException e) {
      throw new AssertionError(e.render() + "\n--- in:\n" + text, e);
    }
  }

  /** The push job of a valid text. */
  static JobSettings.Push loadPush(String text) {
    return load(text).configuration().jobs().stream()
        .filter(JobSettings.Push.class::isInstance)
        .map(JobSettings.Push.class::cast)
        .findFirst()
        .orElseThrow();
  }

  /** The exception of a text that is not valid. */
  static ConfigurationException reject(String text) {
    try {
      ConfigurationLoader.parse("zrepl.yml", text, ConfigurationLoader.Certificates.SKIP);
    } catch (ConfigurationException e) {
      return e;
    }
    throw new AssertionError("accepted:\n" + text);
  }
}

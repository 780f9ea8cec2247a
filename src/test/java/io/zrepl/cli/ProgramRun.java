package io.zrepl.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.zrepl.config.Configuration;
import io.zrepl.config.ConfigurationException;
import io.zrepl.config.ConfigurationLoader;
import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.endpoint.local.SendOptions;
import io.zrepl.job.JobSettings;
import io.zrepl.logging.LoggingSettings;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.JobId;
import io.zrepl.prune.PruningSettings;
import io.zrepl.replicate.ReplicationSettings;
import io.zrepl.snapshot.SnapshottingSettings;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.ServeSettings;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.Placeholder;
import io.zrepl.zfs.PlaceholderEncryption;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs the program in this process, with everything around it made up. */
final class ProgramRun {
  static final Instant NOW = Instant.parse("2026-11-23T03:17:38Z");

  /** Where the jobs of the configuration are written. */
  private static final String JOBS =
      """
      jobs:
        - type: push
          name: laptop
          filesystems: {"tank<": true, "tank/tmp<": false, "tank/tmp/x": true}
          connect: {type: local, listener_name: laptops, client_identity: me}
          snapshotting: {type: manual}
          pruning: {keep_sender: [{type: last_n, count: 1}], keep_receiver: [{type: last_n, count: 1}]}
        - {type: sink, name: laptops, root_fs: pool/sink, serve: {type: local, listener_name: laptops}}
      """;

  Path socket = Path.of("/dev/null/control");
  @Nullable String configurationProblem;
  List<String> warnings = List.of();
  Map<String, String> variables = Map.of();
  DaemonLauncher daemon = configuration -> 0;
  List<String> notPortable = List.of();
  DatasetLister datasets = datasets();
  ZfsAccess zfs =
      () -> {
        throw new AssertionError("no ZFS expected");
      };
  final List<ConfigurationSource.Request> requests = new ArrayList<>();

  /** Jobs besides the usual ones. */
  List<JobSettings> moreJobs = List.of();

  /** Whether nothing can be written to the standard output. */
  boolean outputFails;

  private static final OutputStream FULL =
      new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          throw new IOException("No space left on device");
        }
      };

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  int run(String... arguments) {
    Console console =
        new Console(
            new PrintStream(outputFails ? FULL : out, false, UTF_8),
            new PrintStream(err, false, UTF_8),
            variables,
            InstantSource.fixed(NOW),
            () -> ZoneOffset.UTC,
            OptionalInt.empty());
    return new Application(new Services(this::load, daemon, datasets, zfs, console)).run(arguments);
  }

  /** Lists these; every other that is asked for does not exist. */
  static DatasetLister datasets(Dataset... all) {
    return selection ->
        switch (selection) {
          case DatasetSelection.Exactly exactly ->
              new DatasetListing(
                  Stream.of(all)
                      .filter(dataset -> exactly.datasets().contains(dataset.path()))
                      .toList(),
                  Set.of());
          default -> new DatasetListing(List.of(all), Set.of());
        };
  }

  /** A dataset that is no placeholder. */
  static Dataset dataset(String path) {
    return new Dataset(DatasetPath.of(path), Placeholder.NONE, Optional.empty(), false);
  }

  String out() {
    return out.toString(UTF_8);
  }

  String err() {
    return err.toString(UTF_8);
  }

  private ConfigurationSource.Loaded load(ConfigurationSource.Request request)
      throws CommandException {
    requests.add(request);
    if (configurationProblem != null) {
      throw new CommandException(ConfigurationSource.FAILURE + configurationProblem);
    }
    try {
      return new ConfigurationSource.Loaded(
          configuration(),
          ConfigurationLoader.parse("test", "jobs: []", ConfigurationLoader.Certificates.SKIP)
              .effective(),
          ConfigurationLoader.parse("zrepl.yml", JOBS, ConfigurationLoader.Certificates.SKIP)
              .places(),
          warnings,
          notPortable);
    } catch (ConfigurationException e) {
      throw new CommandException(ConfigurationSource.FAILURE + e.getMessage(), e);
    }
  }

  private List<JobSettings> jobs(JobSettings... usual) {
    return Stream.concat(Stream.of(usual), moreJobs.stream()).toList();
  }

  private Configuration configuration() {
    try {
      return new Configuration(
          LoggingSettings.DEFAULT,
          socket,
          Duration.ofMinutes(10),
          jobs(
              new JobSettings.Push(
                  JobId.parse("laptop"),
                  DatasetFilter.of(Map.of("tank<", true, "tank/tmp<", false, "tank/tmp/x", true)),
                  new ConnectSettings.Local("laptops", ClientIdentity.parse("me"), Duration.ZERO),
                  new SnapshottingSettings.Manual(),
                  SendOptions.DEFAULT,
                  ReplicationSettings.DEFAULT,
                  new PruningSettings(List.of(), List.of())),
              new JobSettings.Sink(
                  JobId.parse("laptops"),
                  DatasetPath.of("pool/sink"),
                  new ServeSettings.Local("laptops"),
                  ReceiveOptions.of(PlaceholderEncryption.OFF))));
    } catch (io.zrepl.base.InvalidValueException e) {
      throw new AssertionError(e);
    }
  }
}

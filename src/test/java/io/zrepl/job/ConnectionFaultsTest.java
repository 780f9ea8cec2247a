package io.zrepl.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.rpc.FaultProxy;
import io.zrepl.rpc.FaultProxy.Kind;
import io.zrepl.rpc.Network;
import io.zrepl.rpc.WireBoundaries;
import io.zrepl.transport.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever happens to a connection, of the control or the data plane, and wherever: the receiver
 * never has a snapshot that the sender does not have, what fails may be tried again, and then
 * completes.
 */
@Tag("slow")
@Timeout(300)
class ConnectionFaultsTest {
  private static final int RANDOM_FAULTS = 12;
  private static final int AT_ONCE = 24;

  /** Missing bytes are like truncated ones; random places have them too. */
  private static final List<Kind> AT_BOUNDARIES =
      List.of(Kind.CUT, Kind.RESET, Kind.TRUNCATE, Kind.DUPLICATE, Kind.CORRUPT, Kind.DELAY);

  @TempDir private Path folder;

  private Optional<TestCertificates.Pair> certificates(boolean tls) throws Exception {
    return tls
        ? Optional.of(TestCertificates.pair(Files.createDirectories(folder.resolve("tls"))))
        : Optional.empty();
  }

  /** A place in what goes through one of the connections of a replication. */
  private record Place(int connection, boolean towardsServer, long offset) {}

  /** Every boundary of what a replication sends and gets when nothing goes wrong. */
  private static List<Place> boundaries(Network network, boolean tls, boolean push)
      throws Exception {
    try (ReplicationThroughFaults quiet = new ReplicationThroughFaults(network, push)) {
      quiet.replicate("1");
      List<FaultProxy.Recording> connections = quiet.proxy().recordings();
      assertThat(connections).as("control and data").hasSize(2);
      List<Place> places = new ArrayList<>();
      for (int i = 0; i < connections.size(); i++) {
        for (boolean up : new boolean[] {true, false}) {
          List<Long> offsets =
              tls
                  ? WireBoundaries.tls(connections.get(i), up)
                  : WireBoundaries.plain(connections.get(i), up);
          assertThat(offsets).hasSizeGreaterThan(3);
          for (long offset : offsets) {
            places.add(new Place(i, up, offset));
          }
        }
      }
      return places;
    }
  }

  @ParameterizedTest
  @CsvSource({"false, true", "false, false", "true, true", "true, false"})
  void atEachBoundaryOfFramesEndInACompleteTransfer(boolean tls, boolean push) throws Exception {
    Optional<TestCertificates.Pair> certificates = certificates(tls);
    List<Place> places = boundaries(Network.impatient(certificates), tls, push);
    Semaphore atOnce = new Semaphore(AT_ONCE);
    List<Future<Object>> cases = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Place place : places) {
        for (Kind kind : AT_BOUNDARIES) {
          atOnce.acquire();
          cases.add(
              threads.submit(() -> {
                try {
                  fail(Network.impatient(certificates), place, kind, tls, push);
                } finally {
                  atOnce.release();
                }
                return "";
              }));
        }
      }
    }
    for (Future<Object> each : cases) {
      try {
        assertThat(each.get()).isEqualTo("");
      } catch (ExecutionException e) {
        throw new AssertionError(e.getCause());
      }
    }
  }

  private static void fail(Network network, Place place, Kind kind, boolean tls, boolean push)
      throws Exception {
    try (ReplicationThroughFaults sites = new ReplicationThroughFaults(network, push)) {
      FaultProxy.Fault fault = new FaultProxy.Fault(kind, place.towardsServer, place.offset);
      sites.proxy().arm(fault, place.connection);
      sites.replicateAtLast("1", kind, tls, "connection %d, %s".formatted(place.connection, fault));
    }
  }

  @ParameterizedTest
  @CsvSource({"false, true", "false, false", "true, true", "true, false"})
  void endInACompleteTransfer(boolean tls, boolean push) throws Exception {
    long seed = new Random().nextLong();
    System.out.println("ConnectionFaultsTest seed " + seed);
    Random random = new Random(seed);
    try (ReplicationThroughFaults sites =
        new ReplicationThroughFaults(Network.impatient(certificates(tls)), push)) {
      for (int i = 0; i < RANDOM_FAULTS; i++) {
        Kind[] kinds = Kind.values();
        FaultProxy.Fault fault =
            new FaultProxy.Fault(
                kinds[random.nextInt(kinds.length)],
                random.nextBoolean(),
                random.nextInt(3) == 0 ? random.nextInt(150) : random.nextInt(3000));
        sites.proxy().arm(fault, random.nextInt(3));
        sites.replicateAtLast(
            String.valueOf(i),
            fault.kind(),
            tls,
            "seed %d, snapshot %d, %s".formatted(seed, i, fault));
      }
    }
  }
}

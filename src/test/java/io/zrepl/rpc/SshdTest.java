package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.ReplicationProtection;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.transport.ConnectSettings;
import io.zrepl.transport.Listener;
import io.zrepl.transport.LocalSshd;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The transport ssh through the real {@code ssh} and {@code sshd}, with our forced command. */
@Tag("foreign")
@Timeout(180)
class SshdTest {
  private static final Snapshot S1 =
      new Snapshot("s1", new Guid(1), new CreateTxg(1), Instant.EPOCH);

  private final StubSender sender = new StubSender();
  private final StubReceiver receiver = new StubReceiver();
  private final TaskGroup daemon = new TaskGroup("daemon");
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private LocalSshd sshd;
  @TempDir private Path folder;

  @BeforeEach
  void startSshd() throws Exception {
    Files.writeString(
        folder.resolve("zrepl.yml"),
        "global: {serve: {stdinserver: {sockdir: \"%s\"}}}\njobs: []\n".formatted(sockets()));
    sshd =
        LocalSshd.start(
            Files.createDirectory(folder.resolve("sshd")), Map.of("web", forcedCommand()));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
    daemon.close();
    sshd.close();
  }

  private Path sockets() {
    return folder.resolve("sockets");
  }

  /** The program from the classes of this test run. */
  private String forcedCommand() throws ClassNotFoundException {
    String classPath =
        Stream.of(
                Class.forName("io.zrepl.cli.Main"),
                Class.forName("picocli.CommandLine"),
                Class.forName("org.snakeyaml.engine.v2.api.Load"),
                Class.forName("com.google.re2j.Pattern"),
                Class.forName("org.slf4j.Logger"))
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
            .collect(Collectors.joining(":"));
    return "%s/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp %s io.zrepl.cli.Main --config %s stdinserver web"
        .formatted(System.getProperty("java.home"), classPath, folder.resolve("zrepl.yml"));
  }

  private ConnectSettings.Ssh settings(Path key) {
    return new ConnectSettings.Ssh(
        "127.0.0.1",
        LocalSshd.user(),
        sshd.port(),
        key,
        LocalSshd.CLIENT_OPTIONS,
        Optional.empty(),
        Duration.ofSeconds(60));
  }

  private void serve(Served served) throws Exception {
    Files.createDirectory(
        sockets(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    List<Listener> listeners =
        Transports.listen(
            new ServeSettings.Stdinserver(List.of(ClientIdentity.parse("web"))), sockets());
    RpcServer server =
        new RpcServer(listeners, _ -> served, LoggerFactory.getLogger(SshdTest.class));
    daemon.fork(
        "rpc",
        () -> {
          try {
            server.run();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void streamsGoBothWays() throws Exception {
    byte[] content = new byte[3_000_000];
    new Random(1).nextBytes(content);
    sender.opening = _ -> TestStream.of(content);
    serve(new Served.OfSender(sender));
    RemoteSender remote = new RemoteSender(Transports.connector(settings(sshd.key("web"))));
    toClose.add(remote);
    remote.checkConnectivity();
    SendRequest request =
        new SendRequest(
            DatasetPath.of("p/a"),
            Optional.empty(),
            S1,
            Optional.empty(),
            ReplicationProtection.DEFAULT);
    ByteBuffer received = ByteBuffer.allocate(content.length + 1);
    try (SendStream stream = remote.send(request)) {
      while (stream.read(received) >= 0) {
        // until its end
      }
    }
    assertThat(received.flip()).isEqualTo(ByteBuffer.wrap(content));
  }

  @Test
  void sinkReceives() throws Exception {
    byte[] content = new byte[3_000_000];
    new Random(1).nextBytes(content);
    serve(new Served.OfReceiver(receiver, stream -> new Served.Inspected(true, stream)));
    RemoteReceiver remote = new RemoteReceiver(Transports.connector(settings(sshd.key("web"))));
    toClose.add(remote);
    remote.receive(
        new ReceiveRequest(DatasetPath.of("p/a"), S1, true, true, ReplicationProtection.DEFAULT),
        TestStream.of(content));
    assertThat(receiver.received).containsExactly(content);
    remote.listFilesystems();
  }

  @Test
  void daemonThatDoesNotRunIsTold() throws Exception {
    RemoteSender remote = new RemoteSender(Transports.connector(settings(sshd.key("web"))));
    toClose.add(remote);
    assertThatThrownBy(remote::checkConnectivity)
        .isInstanceOfSatisfying(
            OperationException.class,
            e -> {
              assertThat(e.temporary()).isTrue();
              assertThat(e.describe())
                  .contains("zrepl stdinserver does not reach its daemon")
                  .contains("check that the daemon there runs and serves this identity");
            });
  }

  @Test
  void whatSshSaysIsTold() throws Exception {
    RemoteSender remote = new RemoteSender(Transports.connector(settings(sshd.strangersKey())));
    toClose.add(remote);
    assertThatThrownBy(remote::checkConnectivity)
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("Permission denied (publickey")
        .hasMessageContaining("exit status 255");
  }
}

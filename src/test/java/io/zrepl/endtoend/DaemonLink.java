package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.FreePort;
import io.zrepl.base.TlsFiles;
import io.zrepl.rpc.FaultProxy;
import io.zrepl.transport.LocalSshd;
import io.zrepl.transport.TestCertificates;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How the daemons "web" and "vault" of a test reach each other, as sections of their
 * configurations, and how the connection of a stream breaks in its middle.
 */
sealed interface DaemonLink extends AutoCloseable {
  /** Well after the beginning of a stream, and well before its end. */
  long MIDDLE = 1_000_000;

  String connectToVault();

  String serveByVault();

  String connectToWeb();

  String serveByWeb();

  /**
   * Lets the connection of the next stream break in its middle.
   *
   * @param active the daemon that connects
   * @param job its job, "push" or "pull"
   * @param before is done when the middle is reached
   */
  void breakAStream(DaemonProcess active, String job, Runnable before) throws Exception;

  @Override
  void close() throws IOException;

  /** Fails unless that has happened, as often as it was asked for. */
  void assertBroken(int times) throws Exception;

  /** Through proxies that can end a connection. */
  abstract sealed class Proxied implements DaemonLink {
    private final int vaultPort = freePort();
    private final int webPort = freePort();
    private final FaultProxy toVault = new FaultProxy(vaultPort);
    private final FaultProxy toWeb = new FaultProxy(webPort);

    Proxied() throws IOException {}

    private static int freePort() throws IOException {
      try (ServerSocket free = FreePort.bind()) {
        return free.getLocalPort();
      }
    }

    @Override
    public final String connectToVault() {
      return connect(toVault.port());
    }

    @Override
    public final String connectToWeb() {
      return connect(toWeb.port());
    }

    @Override
    public final String serveByVault() {
      return serve(vaultPort);
    }

    @Override
    public final String serveByWeb() {
      return serve(webPort);
    }

    abstract String connect(int port);

    abstract String serve(int port);

    @Override
    public final void breakAStream(DaemonProcess active, String job, Runnable before) {
      boolean push = job.equals("push");
      FaultProxy proxy = push ? toVault : toWeb;
      proxy.beforeFault(before);
      // The connection before it is that of the control plane.
      proxy.arm(new FaultProxy.Fault(FaultProxy.Kind.RESET, push, MIDDLE), 1);
    }

    @Override
    public final void assertBroken(int times) {
      assertThat(toVault.faults() + toWeb.faults()).isEqualTo(times);
    }

    @Override
    public final void close() throws IOException {
      toVault.close();
      toWeb.close();
    }
  }

  /** Plain. */
  final class Tcp extends Proxied {
    Tcp() throws IOException {}

    @Override
    String connect(int port) {
      return "{type: tcp, address: \"127.0.0.1:%d\"}".formatted(port);
    }

    @Override
    String serve(int port) {
      return "{type: tcp, listen: \"127.0.0.1:%d\", clients: {\"127.0.0.1\": web}}".formatted(port);
    }
  }

  /** With certificates of one authority. */
  final class Tls extends Proxied {
    private final TestCertificates.Pair certificates;

    /**
     * Makes the certificates.
     *
     * @param folder for them, empty
     */
    Tls(Path folder) throws Exception {
      certificates = TestCertificates.pair(folder);
    }

    private static String files(TlsFiles files) {
      return "ca: \"%s\", cert: \"%s\", key: \"%s\""
          .formatted(files.authorities(), files.certificate(), files.key());
    }

    @Override
    String connect(int port) {
      return "{type: tls, address: \"127.0.0.1:%d\", server_cn: vault.example, %s}"
          .formatted(port, files(certificates.client()));
    }

    @Override
    String serve(int port) {
      return "{type: tls, listen: \"127.0.0.1:%d\", client_cns: [web], %s}"
          .formatted(port, files(certificates.server()));
    }
  }

  /** Through {@code ssh} and {@code sshd}, whose forced command is the packaged program. */
  final class Ssh implements DaemonLink {
    private final LocalSshd sshd;
    private int broken;
    private Optional<Thread> breaker = Optional.empty();

    /**
     * Starts the server.
     *
     * @param folder for its files, empty
     */
    Ssh(Path folder, Site web, Site vault) throws Exception {
      sshd =
          LocalSshd.start(
              folder, Map.of("web", vault.stdinserver("web"), "vault", web.stdinserver("vault")));
    }

    @Override
    public String connectToVault() {
      return connect("web");
    }

    @Override
    public String connectToWeb() {
      return connect("vault");
    }

    private String connect(String key) {
      return "{type: ssh+stdinserver, host: 127.0.0.1, user: %s, port: %d, identity_file: \"%s\", options: [%s], dial_timeout: 60s}"
          .formatted(
              LocalSshd.user(),
              sshd.port(),
              sshd.key(key),
              String.join(", ", LocalSshd.CLIENT_OPTIONS));
    }

    @Override
    public String serveByVault() {
      return "{type: stdinserver, client_identities: [web]}";
    }

    @Override
    public String serveByWeb() {
      return "{type: stdinserver, client_identities: [vault]}";
    }

    @Override
    public void breakAStream(DaemonProcess active, String job, Runnable before) {
      breaker =
          Optional.of(
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      while (!killBusySsh(active, before)) {
                        Thread.sleep(20);
                      }
                    } catch (InterruptedException e) {
                      // the test is over
                    }
                  }));
    }

    private boolean killBusySsh(DaemonProcess active, Runnable before) {
      for (ProcessHandle child : active.children()) {
        boolean ssh = child.info().command().filter(name -> name.endsWith("/ssh")).isPresent();
        if (ssh && written(child) > MIDDLE) {
          before.run();
          if (child.destroyForcibly()) {
            broken++;
          }
          return true;
        }
      }
      return false;
    }

    private static long written(ProcessHandle process) {
      try {
        return Files.readAllLines(Path.of("/proc/%d/io".formatted(process.pid()))).stream()
            .filter(line -> line.startsWith("wchar: "))
            .mapToLong(line -> Long.parseLong(line.substring("wchar: ".length())))
            .sum();
      } catch (NoSuchFileException e) {
        return 0; // it has ended
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public void assertBroken(int times) throws InterruptedException {
      if (breaker.isPresent()) {
        breaker.get().join();
      }
      assertThat(broken).isEqualTo(times);
    }

    @Override
    public void close() {
      breaker.ifPresent(Thread::interrupt);
      sshd.close();
    }
  }
}

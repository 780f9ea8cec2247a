package io.zrepl.transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Connects through the user's {@code ssh} to {@code zrepl stdinserver} at the other end. */
final class SshConnector implements Connector {
  private final ConnectSettings.Ssh settings;

  SshConnector(ConnectSettings.Ssh settings) {
    this.settings = settings;
  }

  @Override
  public String target() {
    return "ssh %s@%s".formatted(settings.user(), settings.host());
  }

  /** The command line: no remote command, no terminal, no questions. */
  List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(settings.program().orElse("ssh"));
    command.addAll(List.of("-p", String.valueOf(settings.port()), "-T"));
    command.addAll(List.of("-i", settings.identityFile().toString(), "-o", "BatchMode=yes"));
    for (String option : settings.options()) {
      command.addAll(List.of("-o", option));
    }
    command.add(settings.user() + "@" + settings.host());
    return command;
  }

  @Override
  public Connection connect() throws IOException {
    SshProcess ssh = SshProcess.start(command(), target());
    try (TimeLimit limit = TimeLimit.start(settings.dialTimeout(), ssh::close)) {
      try {
        greet(ssh);
        limit.done();
        return ssh;
      } catch (IOException e) {
        TransportException failure = failure(ssh, limit.isOver(), e);
        ssh.close();
        throw failure;
      }
    }
  }

  private static void greet(SshProcess ssh) throws IOException {
    SshGreeting greeting = SshGreeting.read(ssh);
    switch (greeting) {
      case HELLO -> ssh.writeFully(SshGreeting.BEGIN.bytes());
      case PROXY_ERROR -> throw new IOException("zrepl stdinserver does not reach its daemon");
      case BEGIN -> throw new IOException("the other end is no server");
    }
  }

  private TransportException failure(SshProcess ssh, boolean timeOver, IOException failure) {
    if (timeOver) {
      return new TransportException(
          true,
          "no answer through %s within %s".formatted(target(), settings.dialTimeout()),
          "try the same by hand: " + String.join(" ", command()),
          failure);
    }
    boolean proxy = String.valueOf(failure.getMessage()).startsWith("zrepl stdinserver");
    return new TransportException(
        true,
        "cannot connect through %s: %s (ssh: %s)"
            .formatted(target(), failure.getMessage(), ssh.ending()),
        proxy
            ? "check that the daemon there runs and serves this identity"
            : "try the same by hand: %s; it must print SSHCON_HELO and nothing before it"
                .formatted(String.join(" ", command())),
        failure);
  }
}

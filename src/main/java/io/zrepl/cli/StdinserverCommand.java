package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.ClientIdentity;
import io.zrepl.transport.StdinserverRelay;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl stdinserver}: what sshd starts for a client. Standard output belongs to the
 * protocol; nothing may be printed there.
 */
final class StdinserverCommand implements Verb {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss").withZone(ZoneOffset.UTC);

  private final Services services;

  StdinserverCommand(Services services) {
    this.services = services;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(
                this,
                "stdinserver",
                "Connects the client of an ssh session with the daemon. Started by sshd.")
            .addPositional(
                Model.word(
                    0, true, "IDENTITY", "Who the client is, one of serve.client_identities."));
    spec.usageMessage()
        .footer(
            "",
            "In ~/.ssh/authorized_keys of the user that clients log in as, one line for each:",
            "  command=\"zrepl stdinserver web1\",restrict ssh-ed25519 AAAA…");
    return spec;
  }

  @Override
  public int run(Arguments arguments) throws CommandException, InterruptedException {
    ClientIdentity identity;
    try {
      identity = ClientIdentity.parse(arguments.word(0));
    } catch (InvalidValueException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    return StdinserverRelay.run(
        services.configuration(arguments).stdinserverDirectory(),
        identity,
        new FileInputStream(FileDescriptor.in).getChannel(),
        new FileOutputStream(FileDescriptor.out).getChannel(),
        this::tell);
  }

  private void tell(String problem) {
    services
        .console()
        .err()
        .println(TIME.format(services.console().clock().instant()) + " " + problem);
  }
}

package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.base.TlsFiles;
import io.zrepl.model.ClientIdentity;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl tls client}. */
final class TlsClientCommand implements Verb {
  private final Console console;

  TlsClientCommand(Console console) {
    this.console = console;
  }

  @Override
  public CommandSpec model() {
    return Model.command(this, "client", "Issues a certificate for a push or pull job.")
        .addOption(TlsOptions.folder())
        .addOption(TlsOptions.days())
        .addPositional(
            Model.word(
                0,
                true,
                "IDENTITY",
                "Who the client is: the server must have it in client_cns; a sink stores below"
                    + " root_fs/IDENTITY."));
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    ClientIdentity identity;
    try {
      identity = ClientIdentity.parse(arguments.word(0));
    } catch (InvalidValueException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    var validity = TlsOptions.validity(arguments);
    TlsFiles files =
        TlsOptions.withAuthority(
            arguments, console.clock(), authority -> authority.issueClient(identity, validity));
    console
        .out()
        .printf(
            """
            Made %2$s and %3$s. Copy them and %1$s to the client:
              connect:
                type: tls
                address: SERVER:8888
                ca: %1$s
                cert: %2$s
                key: %3$s
                server_cn: NAME-OF-THE-SERVER
            The server needs client_cns: [%4$s]
            """,
            files.authorities(), files.certificate(), files.key(), identity);
    return 0;
  }
}

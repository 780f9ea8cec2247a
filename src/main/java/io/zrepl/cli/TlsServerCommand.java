package io.zrepl.cli;

import io.zrepl.base.TlsFiles;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl tls server}. */
final class TlsServerCommand implements Verb {
  private final Console console;

  TlsServerCommand(Console console) {
    this.console = console;
  }

  @Override
  public CommandSpec model() {
    return Model.command(this, "server", "Issues a certificate for a serving job.")
        .addOption(TlsOptions.folder())
        .addOption(TlsOptions.days())
        .addPositional(
            Model.words(
                    "NAME",
                    "DNS names or addresses by which clients may expect the server (server_cn).")
                .build());
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    List<String> names = arguments.words();
    if (names.isEmpty()) {
      throw new CommandException("NAME is missing: by which name will clients expect the server?");
    }
    var validity = TlsOptions.validity(arguments);
    TlsFiles files =
        TlsOptions.withAuthority(
            arguments, console.clock(), authority -> authority.issueServer(names, validity));
    console
        .out()
        .printf(
            """
            Made %2$s and %3$s. Copy them and %1$s to the server:
              serve:
                type: tls
                listen: ":8888"
                ca: %1$s
                cert: %2$s
                key: %3$s
                client_cns: [IDENTITY]
            Clients need server_cn: %4$s
            """,
            files.authorities(), files.certificate(), files.key(), names.getFirst());
    return 0;
  }
}

package io.zrepl.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl tls}: a group of commands. */
final class TlsCommand implements Verb {
  private final Console console;

  TlsCommand(Console console) {
    this.console = console;
  }

  @Override
  public CommandSpec model() {
    CommandSpec spec =
        Model.command(
                this,
                "tls",
                "Makes the certificates for the transport tls: an authority once, then one"
                    + " certificate for each side.")
            .addSubcommand("init", new TlsInitCommand(console).model())
            .addSubcommand("server", new TlsServerCommand(console).model())
            .addSubcommand("client", new TlsClientCommand(console).model());
    spec.usageMessage()
        .synopsisSubcommandLabel("COMMAND")
        .footer(
            "",
            "On a machine that you trust most, and which need not be one of the two:",
            "  zrepl tls init",
            "  zrepl tls server vault.example.net",
            "  zrepl tls client web1",
            "Each command says which files belong where. ca.key stays where it is.");
    return spec;
  }

  @Override
  public int run(Arguments arguments) {
    return arguments.explain();
  }
}

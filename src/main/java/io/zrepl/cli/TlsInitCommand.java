package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.transport.pki.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;

/** {@code zrepl tls init}. */
final class TlsInitCommand implements Verb {
  private static final String NAME = "--name";

  private final Console console;

  TlsInitCommand(Console console) {
    this.console = console;
  }

  @Override
  public CommandSpec model() {
    return Model.command(this, "init", "Makes a certificate authority of your own.")
        .addOption(TlsOptions.folder())
        .addOption(
            Model.text("NAME", "Common name of the authority. Default: zrepl.", NAME).build());
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    Path folder = TlsOptions.folder(arguments);
    try {
      CertificateAuthority.create(folder, arguments.text(NAME, "zrepl"), console.clock());
    } catch (IOException e) {
      throw new CommandException("cannot make a certificate authority in " + folder + ": " + e, e);
    } catch (InvalidValueException e) {
      throw new CommandException(String.valueOf(e.getMessage()), e);
    }
    console
        .out()
        .printf(
            """
            Made a certificate authority in %1$s:
              ca.crt  goes to every machine (connect.ca, serve.ca)
              ca.key  stays here: whoever has it can be any client and any server
            Next: zrepl tls server NAME…, zrepl tls client IDENTITY
            """,
            folder);
    return 0;
  }
}

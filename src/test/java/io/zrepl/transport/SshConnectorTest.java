package io.zrepl.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What happens before the serving daemon has answered, with programs in the place of ssh. */
@Timeout(60)
class SshConnectorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path folder;

  /** Connects through a shell script, which is given up after that time. */
  private TransportException failure(String script, Duration patience) throws IOException {
    Path program = folder.resolve("ssh");
    Files.writeString(program, "#!/bin/sh\necho $$ >%s/pid\n%s\n".formatted(folder, script));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return failure(program, patience);
  }

  private static TransportException failure(Path program, Duration patience) {
    SshConnector connector =
        new SshConnector(
            new ConnectSettings.Ssh(
                "vault.example",
                "backup",
                22,
                Path.of("/key"),
                List.of(),
                Optional.of(program.toString()),
                patience));
    return catchThrowableOfType(TransportException.class, connector::connect);
  }

  private boolean runs() throws IOException {
    long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "it says nothing, exec sleep 1000",
    "it begins to greet, printf SSHCON_HE; exec sleep 1000",
    "it ignores that it is to end, trap '' TERM; exec sleep 1000"
  })
  void programThatDoesNotAnswerIsEndedAndTriedAgain(String what, String script) throws Exception {
    // long enough for the shell to note its process
    TransportException failure = failure(script, Duration.ofSeconds(1));
    assertThat(failure.temporary()).as(what).isTrue();
    assertThat(failure).hasMessageContaining("no answer through").hasMessageContaining("PT1S");
    Awaitility.await("no process is left").until(() -> !runs());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "printf 'Welcome to this machine; all is logged'; sleep 5, Welcome to this machine",
        "echo 'Permission denied (publickey).' >&2; exit 255, Permission denied (publickey)",
        "printf 'SSHCON_PROXY_ERROR%013d' 0 | tr 0 '\\000'; sleep 5, does not reach its daemon",
      })
  void whatComesInsteadOfAGreetingIsTold(String script, String told) throws Exception {
    TransportException failure = failure(script, LONG);
    assertThat(failure).hasMessageContaining(told);
    Awaitility.await("no process is left").until(() -> !runs());
  }

  @Test
  void programThatIsNotThereIsTold() {
    assertThat(failure(folder.resolve("nothing"), LONG)).hasMessageContaining("nothing");
  }
}

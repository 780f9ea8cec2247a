package io.zrepl.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketFileTest {
  @TempDir Path folder;

  private Path socket() {
    return folder.resolve("control");
  }

  @BeforeEach
  void closeTheFolderToOthers() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
  }

  private static ServerSocketChannel bind(Path path) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path));
  }

  @Test
  void removesASocketOnWhichNobodyListens() throws Exception {
    bind(socket()).close();
    assertThat(socket()).exists();
    try (ControlSocketFile claimed = ControlSocketFile.claim(socket())) {
      assertThat(claimed.path()).doesNotExist();
    }
  }

  @Test
  void refusesASocketOnWhichAnotherProgramListens() throws Exception {
    try (ServerSocketChannel other = bind(socket())) {
      assertThatThrownBy(() -> ControlSocketFile.claim(socket()))
          .isInstanceOf(DaemonStartException.class)
          .hasMessageContaining("another daemon is running")
          .hasMessageContaining(socket().toString());
      assertThat(other.isOpen()).isTrue();
      assertThat(socket()).exists();
    }
  }

  @Test
  void refusesASecondClaimBeforeTheFirstHasBound() throws Exception {
    try (ControlSocketFile first = ControlSocketFile.claim(socket())) {
      assertThatThrownBy(() -> ControlSocketFile.claim(first.path()))
          .hasMessageContaining("another daemon is running");
    }
    ControlSocketFile.claim(socket()).close();
  }

  @Test
  void refusesAFolderOpenToOthers() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> ControlSocketFile.claim(socket()))
        .hasMessageContaining("open to others")
        .hasMessageContaining("chmod o-rwx " + folder);
  }

  @Test
  void refusesAMissingFolder() {
    assertThatThrownBy(() -> ControlSocketFile.claim(folder.resolve("none/control")))
        .hasMessageContaining("does not exist")
        .hasMessageContaining("install -d -m 0700");
  }

  @Test
  void neverRemovesAFileThatIsNoSocket() throws Exception {
    Files.writeString(socket(), "precious");
    assertThatThrownBy(() -> ControlSocketFile.claim(socket()))
        .hasMessageContaining("taken by something that is no socket");
    assertThat(socket()).hasContent("precious");
  }

  @Test
  void removesTheSocketAtTheEnd() throws Exception {
    ControlSocketFile claimed = ControlSocketFile.claim(socket());
    try (ServerSocketChannel server = bind(socket())) {
      assertThat(server.isOpen()).isTrue();
      claimed.close();
    }
    assertThat(socket()).doesNotExist();
  }
}

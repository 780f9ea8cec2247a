package io.zrepl.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindConfigurationTest {
  @TempDir private Path folder;
  private Path first = Path.of("");
  private Path second = Path.of("");

  @BeforeEach
  void namePlaces() {
    first = folder.resolve("first.yml");
    second = folder.resolve("second.yml");
  }

  private Path find(Optional<Path> named) throws ConfigurationException {
    return ConfigurationLoader.find(named, List.of(first, second));
  }

  @Test
  void usualPlacesAreThoseOfZrepl() {
    assertThat(ConfigurationLoader.USUAL_PLACES)
        .containsExactly(
            Path.of("/etc/zrepl/zrepl.yml"), Path.of("/usr/local/etc/zrepl/zrepl.yml"));
  }

  @Test
  void takesTheNamedFileWhetherItExistsOrNot() throws Exception {
    Files.createFile(first);
    assertThat(find(Optional.of(Path.of("no/such")))).isEqualTo(Path.of("no/such"));
  }

  @Test
  void takesTheFirstPlaceThatIsThere() throws Exception {
    Files.createFile(second);
    assertThat(find(Optional.empty())).isEqualTo(second);
    assertThat(find(Optional.of(Path.of("")))).isEqualTo(second);
    Files.createSymbolicLink(first, second);
    assertThat(find(Optional.empty())).isEqualTo(first);
  }

  @Test
  void skipsADanglingLink() throws Exception {
    Files.createFile(second);
    Files.createSymbolicLink(first, folder.resolve("nothing"));
    assertThat(find(Optional.empty())).isEqualTo(second);
  }

  @Test
  void doesNotPassByAFolder() throws Exception {
    Files.createDirectory(first);
    Files.createFile(second);
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> find(Optional.empty()))
        .withMessage(first + ": this is not a regular file");
  }

  @Test
  void saysWhereItLooked() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> find(Optional.empty()))
        .withMessage(
            "%s: there is no configuration file, neither %s nor %s; name one with --config"
                .formatted(first, first, second));
  }

  @Test
  void saysWhyAFileCannotBeRead() throws Exception {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> ConfigurationLoader.load(first, ConfigurationLoader.Certificates.SKIP))
        .withMessage(first + ": there is no such file");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> ConfigurationLoader.load(folder, ConfigurationLoader.Certificates.SKIP))
        .withMessage(folder + ": this is a directory");
  }
}

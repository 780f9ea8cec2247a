package io.zrepl.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that hold a configuration against the datasets that there are. */
@LabTest
class ConfigurationCommandsTest {
  private final Guest guest;
  @TempDir private Path folder;
  private Site site;

  ConfigurationCommandsTest(Guest guest) {
    this.guest = guest;
  }

  @BeforeEach
  void makeSite() throws IOException {
    site = new Site(folder, guest);
    site.configure(
        """
        - type: push
          name: push
          filesystems: {"src/data<": true, "src/data/with blank": false, "src/gone<": true}
          snapshotting: {type: manual}
          connect: {type: local, listener_name: vault, client_identity: host}
          pruning:
            keep_sender: [{type: last_n, count: 2}]
            keep_receiver: [{type: last_n, count: 3}]
        - {type: sink, name: vault, root_fs: dst/vault, serve: {type: local, listener_name: vault}}
        """);
    guest.zfs("create", "src/data");
    guest.zfs("create", "src/data/with blank");
    guest.zfs("create", "-s", "-V", "8M", "src/data/volume");
  }

  @AfterEach
  void endSite() {
    site.close();
  }

  @Test
  void configurationIsComparedWithTheDatasetsOnlyIfAskedTo() throws IOException {
    Site.Result plain = site.zrepl("configcheck");
    assertThat(plain.errors()).isEmpty();
    assertThat(plain.status()).isZero();
    assertThat(site.takeCommands()).isEmpty();

    Site.Result compared = site.zrepl("configcheck", "--against-zfs");
    assertThat(compared.status()).as(compared.errors()).isZero();
    assertThat(compared.output()).isEmpty();
    assertThat(compared.errors().lines().filter(line -> line.startsWith("warning: ")))
        .containsExactly(
            "warning: %s:8:68: jobs[0].filesystems[\"src/gone<\"]: there is no dataset src/gone"
                .formatted(site.configuration()),
            "warning: %s:14:40: jobs[1].root_fs: there is no dataset dst/vault; create it, for example with: zfs create -p -o mountpoint=none dst/vault"
                .formatted(site.configuration()));
    assertThat(site.takeCommands())
        .isNotEmpty()
        .allMatch(line -> line.matches("zfs (list|get) .*"));

    guest.zfs("create", "-p", "-o", "mountpoint=none", "dst/vault");
    guest.zfs("create", "src/gone");
    assertThat(site.zrepl("configcheck", "--against-zfs")).isEqualTo(new Site.Result(0, "", ""));
  }

  @Test
  void decidingPatternOfEachDatasetIsShown() {
    assertThat(site.zrepl("test", "filesystems", "--job", "push", "--all"))
        .isEqualTo(
            new Site.Result(
                0,
                """
                REJECT\tdst\t\tno pattern matches
                REJECT\tsrc\t\tno pattern matches
                ACCEPT\tsrc/data\t\tsrc/data<
                ACCEPT\tsrc/data/volume\t\tsrc/data<
                REJECT\tsrc/data/with blank\t\tsrc/data/with blank
                """,
                ""));
  }

  @Test
  void placeholdersAreShown() {
    guest.zfs("create", "-o", "zrepl:placeholder=on", "dst/p");
    guest.zfs("create", "dst/p/below"); // inherits the property, which does not count
    assertThat(site.zrepl("test", "placeholder", "--all").output().lines())
        .containsExactly(
            "IS_PLACEHOLDER\tDATASET\tzrepl:placeholder",
            "no\tdst\t",
            "yes\tdst/p\ton",
            "no\tdst/p/below\t",
            "no\tsrc\t",
            "no\tsrc/data\t",
            "no\tsrc/data/volume\t",
            "no\tsrc/data/with blank\t");
    assertThat(site.zrepl("test", "placeholder", "--dataset", "dst/p").output()).contains("yes\t");
    Site.Result missing = site.zrepl("test", "placeholder", "--dataset", "dst/q");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.errors()).isEqualTo("there is no dataset dst/q\n");
  }
}

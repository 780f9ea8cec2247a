package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.PropertyName;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandTest {
  @Test
  void poolsAreThoseOfTheNamesAlone() throws Exception {
    assertThat(
            Command.query("zfs", "list", "-o", "name", "-t", "snapshot")
                .addNames(List.of("tank", "tank/a@1", "data/b#2"))
                .build()
                .pools())
        .containsExactlyInAnyOrder("tank", "data");
    assertThat(Command.change("zfs", "hold", "tag").addName("tank/a@1").build().pools())
        .containsExactly("tank");
    assertThat(Command.query("zfs", "list", "-H", "-o", "name").build().pools()).isEmpty();
  }

  @Test
  void propertiesOfAReceiveAreNoPools() throws Exception {
    ReceiveArguments arguments =
        new ReceiveArguments(
            SnapshotPath.of(DatasetPath.of("backup/a"), "1"),
            false,
            true,
            List.of(PropertyName.of("mountpoint")),
            Map.of(PropertyName.of("readonly"), "on"));
    assertThat(ReceiveCommands.command(arguments).pools()).containsExactly("backup");
  }

  @Test
  void sendByATokenIsOfTheFilesystemsPool() throws Exception {
    Command.Builder command = Command.stream("zfs", "send");
    SendCommands.addArguments(
        command,
        new SendArguments(
            DatasetPath.of("tank/a"),
            Optional.empty(),
            new Snapshot("1", new Guid(1), new CreateTxg(1), Instant.EPOCH),
            SendFlags.NONE,
            Optional.of(new ResumeToken("1-abc"))));
    assertThat(command.build().arguments()).containsExactly("zfs", "send", "-t", "1-abc");
    assertThat(command.build().pools()).containsExactly("tank");
  }

  @Test
  void nameThatLooksLikeAnOptionIsRefused() {
    assertThatThrownBy(() -> Command.change("zfs", "destroy").addName("-r"))
        .isInstanceOf(ZfsException.class);
  }
}

package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.lab.Guest;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import io.zrepl.model.VersionPath;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The rights that docs/rights.md lists for each role are enough for a user other than root, and
 * none of them can be left out; the latter takes a while, and is shown on one series.
 */
abstract class RightsOnRealZfs {
  /** A role at work on datasets of its own; whether all of it is as it should be. */
  private interface Role {
    boolean works(String name) throws Exception;
  }

  private final Guest guest;
  private final EndpointSite site;
  private final LabState lab;
  private final ProcessCommandRunner runner;
  private final Zfs alice;
  private final boolean tryWithoutEach;
  private int attempts;

  RightsOnRealZfs(Guest guest, boolean tryWithoutEach) {
    this.tryWithoutEach = tryWithoutEach;
    this.guest = guest;
    this.site = new EndpointSite(guest);
    this.lab = new LabState(guest);
    Path commands = guest.commandsAs(1000);
    this.runner =
        new ProcessCommandRunner(
            RunnerSettings.DEFAULT.withPrograms(
                Map.of("zfs", commands.resolve("zfs"), "zpool", commands.resolve("zpool"))),
            CommandObserver.NONE,
            InstantSource.system());
    this.alice = new ZfsCommands(runner);
  }

  @AfterEach
  void end() {
    site.close();
    runner.close();
  }

  private static List<String> documented(String section) throws IOException {
    Matcher command =
        Pattern.compile("(?s)### " + section + ".*?    zfs allow -u zrepl (\\S+) ")
            .matcher(Files.readString(Path.of("docs/rights.md")));
    assertThat(command.find()).as("section %s", section).isTrue();
    return List.of(command.group(1).split(","));
  }

  private void assertEnoughAndMinimal(String section, String allowedOn, Role role)
      throws Exception {
    List<String> rights = documented(section);
    assertThat(works(rights, allowedOn, role)).as("%s", rights).isTrue();
    for (String right : tryWithoutEach ? rights : List.<String>of()) {
      List<String> without = new ArrayList<>(rights);
      without.remove(right);
      assertThat(!without.isEmpty() && works(without, allowedOn, role))
          .as("%s without %s", section, right)
          .isFalse();
    }
  }

  private boolean works(List<String> rights, String allowedOn, Role role) throws Exception {
    String name = "n" + ++attempts;
    site.filter = Map.of("src/%s/a".formatted(name), true);
    site.root = "dst/" + name;
    lab.zfs(
        """
        create src/%1$s
        create src/%1$s/a
        snapshot src/%1$s/a@1
        create -o mountpoint=none dst/%1$s
        allow -u alice %2$s %3$s/%1$s
        """
            .formatted(name, String.join(",", rights), allowedOn));
    return role.works(name);
  }

  private boolean replicates() throws InterruptedException {
    return site.run().attempt().state() == AttemptState.DONE;
  }

  private static SnapshotPath snapshot(String path) {
    try {
      return (SnapshotPath) VersionPath.parse(path);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void rightsOfASenderAreEnoughAndMinimal() throws Exception {
    assertEnoughAndMinimal(
        "Sender",
        "src",
        name -> {
          site.zfsOfSender = alice;
          String filesystem = "src/%s/a".formatted(name);
          site.protection = LabReplication.RESUMABILITY;
          boolean well = replicates();
          guest.zfs("snapshot", filesystem + "@2");
          site.protection = LabReplication.INCREMENTAL;
          well &= replicates();
          guest.zfs("snapshot", filesystem + "@3");
          site.protection = LabReplication.RESUMABILITY;
          well &= replicates();
          return well && lab.holds(filesystem).isEmpty() && lab.bookmarks(filesystem).size() == 1;
        });
  }

  @Test
  void sendIsEnoughForASenderWithoutGuarantees() throws Exception {
    site.zfsOfSender = alice;
    site.protection = LabReplication.NOTHING;
    assertThat(works(List.of("send"), "src", _ -> replicates())).isTrue();
  }

  @Test
  void rightsOfSnapshottingAreEnoughAndMinimal() throws Exception {
    assertEnoughAndMinimal(
        "Snapshots",
        "src",
        name -> {
          try {
            alice.snapshot(List.of(snapshot("src/%s/a@by-alice".formatted(name))));
            return lab.exists("src/%s/a@by-alice".formatted(name));
          } catch (OperationException e) {
            return false;
          }
        });
  }

  @Test
  void rightsOfPruningAreEnoughAndMinimal() throws Exception {
    site.zfsOfSender = alice;
    assertEnoughAndMinimal(
        "Pruning",
        "src",
        name -> destroys(name, site.newSender()::destroySnapshots, "src/%s/a@1".formatted(name)));
  }

  private interface Destroyer {
    List<DestroyResult> destroy(DatasetPath filesystem, List<Snapshot> snapshots)
        throws OperationException, InterruptedException;
  }

  private boolean destroys(String name, Destroyer destroyer, String snapshot)
      throws InterruptedException {
    try {
      return destroyer
          .destroy(
              DatasetPath.of("src/%s/a".formatted(name)),
              List.of((Snapshot) site.version(snapshot)))
          .stream()
          .allMatch(result -> result.error().isEmpty());
    } catch (OperationException e) {
      return false;
    }
  }

  @Test
  void rightsOfAReceiverAreEnoughAndMinimal() throws Exception {
    site.zfsOfReceiver = alice;
    assertEnoughAndMinimal(
        "Receiver",
        "dst",
        name -> {
          String source = "src/%s/a".formatted(name);
          String copy = "dst/%s/%s".formatted(name, source);
          boolean well = replicates();
          guest.zfs("snapshot", source + "@2");
          well &= replicates();
          well = well && lab.holds(copy).keySet().equals(Set.of("@2"));
          well = well && destroys(name, site.newReceiver()::destroySnapshots, copy + "@1");
          return well && replacesPlaceholder(name);
        });
  }

  private boolean replacesPlaceholder(String name) throws Exception {
    String source = "src/" + name;
    String placeholder = "dst/%s/%s".formatted(name, source);
    guest.zfs("snapshot", placeholder + "@old");
    guest.zfs("snapshot", source + "@1");
    site.filter = Map.of(source, true);
    return replicates()
        && lab.snapshots(placeholder).equals(List.of("@1"))
        && site.property("zrepl:placeholder", placeholder).equals("off");
  }
}

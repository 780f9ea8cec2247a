package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.endpoint.local.ReceiveOptions;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import io.zrepl.model.PropertyName;
import io.zrepl.replicate.report.AttemptReport;
import io.zrepl.replicate.report.AttemptState;
import io.zrepl.zfs.PlaceholderEncryption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Options of {@code zfs receive}. */
@LabTest
class ReceiveOptionsOnRealZfsTest {
  private final Guest guest;
  private final EndpointSite site;

  ReceiveOptionsOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.site = new EndpointSite(guest);
  }

  @AfterEach
  void end() {
    site.close();
  }

  @Test
  void a31_propertiesAreReplicatedInheritedAndOverridden() throws Exception {
    site.filter = Map.of("src/s/a<", true);
    site.flags = EndpointSite.PROPERTIES;
    site.options =
        new ReceiveOptions(
            PlaceholderEncryption.INHERIT,
            List.of(PropertyName.of("zrepl:ignored"), PropertyName.of("mountpoint")),
            Map.of(PropertyName.of("zrepl:overridden"), "over ridden"),
            Optional.empty());
    guest.zfs("create", "-p", "src/s/a/child");
    for (String filesystem : List.of("src/s/a", "src/s/a/child")) {
      guest.zfs("set", "zrepl:ignored=i", "zrepl:replicate=r " + filesystem, filesystem);
    }
    guest.zfs("set", "zrepl:overridden=o", "src/s/a/child");
    guest.zfs("create", "-o", "mountpoint=none", "dst/r");

    for (String snapshot : List.of("1", "2")) {
      guest.zfs("snapshot", "-r", "src/s/a@" + snapshot);
      AttemptReport attempt = site.run().attempt();
      assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
      for (String filesystem : List.of("src/s/a", "src/s/a/child")) {
        String copy = "dst/r/" + filesystem;
        assertThat(site.snapshots(copy)).endsWith(snapshot);
        assertThat(site.source("zrepl:ignored", copy)).isEqualTo("-");
        assertThat(site.source("zrepl:replicate", copy)).isEqualTo("received");
        assertThat(site.property("zrepl:replicate", copy)).isEqualTo("r " + filesystem);
        assertThat(site.source("zrepl:overridden", copy)).isEqualTo("local");
        assertThat(site.property("zrepl:overridden", copy)).isEqualTo("over ridden");
      }
    }
  }

  @Test
  void poolWithoutTheFeatureForResumingReceivesAfterOneFailure() throws Exception {
    guest.zpool("destroy", "dst");
    guest.shell(
        "truncate -s 100M /tmp/old-pool && zpool create -f -d -O mountpoint=none dst /tmp/old-pool");
    try {
      guest.zfs("create", "dst/r");
      guest.zfs("create", "-p", "src/s/a");
      guest.zfs("snapshot", "-r", "src/s@1");

      AttemptReport attempt = site.run(2).attempt();

      assertThat(attempt.state()).as("%s", attempt).isEqualTo(AttemptState.DONE);
      assertThat(attempt.filesystems().getFirst().name()).hasToString("src/s");
      assertThat(site.snapshots("dst/r/src/s")).containsExactly("1");
      assertThat(site.snapshots("dst/r/src/s/a")).containsExactly("1");
      // known from now on
      guest.zfs("snapshot", "-r", "src/s@2");
      assertThat(site.run(1).attempt().state()).isEqualTo(AttemptState.DONE);
    } finally {
      guest.shell("zpool destroy dst; rm -f /tmp/old-pool");
    }
  }

  @Test
  void propertyThatIsNamedTwiceIsAnErrorOfTheReceive() throws Exception {
    site.options =
        new ReceiveOptions(
            PlaceholderEncryption.INHERIT,
            List.of(PropertyName.of("canmount")),
            Map.of(PropertyName.of("canmount"), "off"),
            Optional.empty());
    guest.zfs("create", "src/s");
    guest.zfs("create", "-p", "-o", "mountpoint=none", "dst/r/src");
    guest.zfs("snapshot", "src/s@1");

    assertThatThrownBy(() -> site.transfer(site.full("src/s@1")))
        .hasMessageContaining("property 'canmount' specified multiple times");
  }
}

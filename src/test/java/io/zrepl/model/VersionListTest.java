package io.zrepl.model;

import static io.zrepl.model.TestVersions.versions;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class VersionListTest {
  private static Snapshot held(String name, OptionalLong holds) {
    return new Snapshot(name, new Guid(-1), new CreateTxg(-2), Instant.ofEpochSecond(-3), holds);
  }

  @Test
  void hasTheSameVersionsInTheSameOrder() {
    List<FilesystemVersion> versions = new ArrayList<>(versions("#b,2 @c,3:1 @a,1 #b,4"));
    versions.add(held("a name with blanks", OptionalLong.of(7)));
    versions.add(held("\u00fc", OptionalLong.empty()));
    assertThat(VersionList.copyOf(versions)).containsExactlyElementsOf(versions);
  }

  @Test
  void ofNothingIsEmpty() {
    assertThat(VersionList.copyOf(List.of())).isEmpty();
  }

  @Test
  void moreHoldsThanAnybodyHasStayVeryMany() {
    Snapshot snapshot = held("a", OptionalLong.of(1L << 40));
    Snapshot stored = (Snapshot) VersionList.copyOf(List.of(snapshot)).getFirst();
    assertThat(stored.userReferences()).hasValue(Integer.MAX_VALUE);
  }

  @Test
  void isNotCopiedAgain() {
    VersionList list = VersionList.copyOf(versions("@a,1"));
    assertThat(VersionList.copyOf(list)).isSameAs(list);
  }
}

package io.zrepl.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The lab itself, as tests use it. */
@LabTest
class GuestTest {
  private final Guest guest;

  GuestTest(Guest guest) {
    this.guest = guest;
  }

  @Test
  void poolsAreFreshInEachTest() {
    assertThat(guest.zfsLines("list", "-H", "-o", "name")).containsExactly("dst", "src");
    guest.zfs("create", "src/left");
  }

  @Test
  void poolsAreFreshInEachOtherTest() {
    assertThat(guest.zfsLines("list", "-H", "-o", "name")).containsExactly("dst", "src");
    guest.zfs("create", "src/left");
  }

  @Test
  void failingCommandSaysWhy() {
    assertThatThrownBy(() -> guest.zfs("list", "nosuchpool"))
        .hasMessageContaining("cannot open 'nosuchpool'");
  }

  @Test
  void filesCanBeWrittenAndCompared() {
    guest.zfs("create", "src/a b");
    guest.writeRandom("/src/a b/file one", 100);
    assertThat(guest.checksums("/src/a b")).containsOnlyKeys("./file one");
  }
}

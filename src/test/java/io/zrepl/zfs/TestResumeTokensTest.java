package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.model.Guid;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestResumeTokensTest {
  // Made by a real ZFS: a raw incremental send.
  private static final ResumeToken REAL =
      new ResumeToken(
          "1-1164f8d409-120-789c636064000310a501c49c50360710a715e5e7a69766a63040416445bb6a3cd7a2290a"
              + "40363b92bafca4acd4e412060626a83a0cf9b4b4e2d412908c0e5c9e0d493ea9b224b51848f368eb61d55f92"
              + "0f714515bf9b3fc3c396ef0648f29c60f9bcc4dc54a07c516a414e414e62495a7e512ed0c812fde2a2648724"
              + "b079dc0c087f26e7e71614a51617e76743c424a0ee81c9172596c3a41800dd2c2818");

  @Test
  void decodesWhatZfsMade() {
    ResumeTokenContents contents = TestResumeTokens.decode(REAL);

    assertThat(contents.toName()).isEqualTo("zreplplatformtest/src@b");
    assertThat(contents.toGuid().hex()).isEqualTo("f784e1004f460f7a");
    assertThat(contents.fromGuid().map(Guid::hex)).hasValue("94a20a5f25877859");
    assertThat(contents.rawOk()).isTrue();
    assertThat(contents.compressOk()).isTrue();
    assertThat(contents.embedOk()).isFalse();
  }

  @Test
  void encodesWhatItDecodes() {
    ResumeTokenContents contents =
        new ResumeTokenContents(
            new Guid(-5), Optional.empty(), "tank/a b@x", true, false, true, false, true, 77);

    assertThat(TestResumeTokens.decode(TestResumeTokens.encode(contents))).isEqualTo(contents);
  }
}

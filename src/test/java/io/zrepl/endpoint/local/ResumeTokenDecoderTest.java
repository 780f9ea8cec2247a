package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.zfs.FakeZfs;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.ZfsException;
import io.zrepl.zfs.ZfsProblem;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A token that only a newer ZFS knows is no reason to drop partial state. */
class ResumeTokenDecoderTest {
  private static final ResumeToken UNKNOWN = new ResumeToken("2-new-form");
  private static final ResumeTokenContents CONTENTS =
      new ResumeTokenContents(
          new Guid(2), Optional.of(new Guid(1)), "src/a@2", false, true, false, false, false, 7);

  private final TestReplication test = new TestReplication();
  private final FakeZfs zfs = test.zfs;

  @Test
  void zfsIsAskedWhereTheFormIsNotKnownHere() throws Exception {
    zfs.understand(UNKNOWN, CONTENTS);
    assertThat(ResumeTokenDecoder.by(zfs).decode(UNKNOWN)).isEqualTo(CONTENTS);
    assertThat(test.receiver.decode(UNKNOWN)).isEqualTo(CONTENTS);
  }

  @Test
  void whatZfsDoesNotKnowEitherIsNoToken() {
    assertThatThrownBy(() -> ResumeTokenDecoder.by(zfs).decode(UNKNOWN))
        .isInstanceOf(InvalidValueException.class);
  }

  @Test
  void zfsThatCannotBeAskedSaysNothingAboutTheToken() {
    Zfs unavailable =
        (Zfs)
            Proxy.newProxyInstance(
                Zfs.class.getClassLoader(),
                new Class<?>[] {Zfs.class},
                (_, _, _) -> {
                  throw new ZfsException(ZfsProblem.ZFS_UNAVAILABLE, "no /dev/zfs", null);
                });
    assertThatThrownBy(() -> ResumeTokenDecoder.by(unavailable).decode(UNKNOWN))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("no /dev/zfs");
  }
}

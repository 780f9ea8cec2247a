package io.zrepl.endpoint.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Guid;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnDiskNamesTest {

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          REPLICATION, 94a20a5f25877859, prod_to_backups,  zrepl_CURSOR_G_94a20a5f25877859_J_prod_to_backups
          TENTATIVE,   0000000000000001, prod to backups,  zrepl_CURSORTENTATIVE__G_0000000000000001_J_prod to backups
          """)
  void cursorNamesAreThoseOfTheFormatOnDisk(
      CursorName.Kind kind, String guid, String job, String text) throws Exception {
    CursorName name =
        new CursorName(kind, new Guid(Long.parseUnsignedLong(guid, 16)), JobId.parse(job));

    assertThat(name.text()).isEqualTo(text);
    assertThat(CursorName.parse(text)).hasValue(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zrepl_CURSOR_G_932f3a7089_J_push",
        "zrepl_CURSOR_G_932f3a7089080ce2_J_push il\\tlegitimate",
        "otherprefix_G_932f3a7089080ce2_J_push",
        "zrepl_CURSOR_G_932F3A7089080CE2_J_push",
        "zrepl_CURSOR_G_932f3a7089080ce2_J_",
        "zrepl_CURSORTENTATIVE_G_932f3a7089080ce2_J_push",
        "zrepl_CURSOR__G_932f3a7089080ce2_J_push",
        "xzrepl_CURSOR_G_932f3a7089080ce2_J_push",
        "zrepl_replication_cursor",
        "zrepl_STEP_G_932f3a7089080ce2_J_push",
        "zrepl_CURSOR_G_f784e1004f460f7a_J_a_G_0123456789abcdef_J_b",
        ""
      })
  void otherBookmarksAreNoCursors(String name) {
    assertThat(CursorName.parse(name)).isEmpty();
  }

  @Test
  void bookmarkWithAnotherGuidThanItsNameSaysIsIgnored() {
    String name = "zrepl_CURSOR_G_932f3a7089080ce2_J_push with legitimate name";
    Guid guid = new Guid(0x932f3a7089080ce2L);

    assertThat(CursorName.of(new Bookmark(name, guid, new CreateTxg(1), Instant.EPOCH)))
        .isPresent();
    assertThat(CursorName.of(new Bookmark(name, new Guid(1), new CreateTxg(1), Instant.EPOCH)))
        .isEmpty();
  }

  @Test
  void holdTagsAreThoseOfTheFormatOnDisk() throws Exception {
    JobId job = JobId.parse("prod_to_backups");

    assertThat(new HoldTag(HoldTag.Kind.STEP, job).text())
        .isEqualTo("zrepl_STEP_J_prod_to_backups");
    assertThat(new HoldTag(HoldTag.Kind.LAST_RECEIVED, job).text())
        .isEqualTo("zrepl_last_received_J_prod_to_backups");
  }

  @ParameterizedTest
  @ValueSource(strings = {"zrepl_STEP_J_a b", "zrepl_last_received_J_sink"})
  void holdTagsAreRecognised(String tag) {
    assertThat(HoldTag.parse(tag).map(HoldTag::text)).hasValue(tag);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"zrepl_STEP_J_", "zrepl_STEP_J_a/b", "zrepl_STEP_a", "my zrepl_STEP_J_a", "keep"})
  void otherTagsAreNotRecognised(String tag) {
    assertThat(HoldTag.parse(tag)).isEmpty();
  }

  @Test
  void cursorThatDoesNotFitIntoANameSaysSo() throws Exception {
    CursorName name =
        new CursorName(CursorName.Kind.REPLICATION, new Guid(1), JobId.parse("j".repeat(150)));

    assertThat(name.in(DatasetPath.of("p".repeat(70))).toString()).hasSize(255);
    assertThatThrownBy(() -> name.in(DatasetPath.of("p".repeat(71))))
        .isInstanceOf(OperationException.class)
        .hasMessageContaining("256 characters");
  }
}

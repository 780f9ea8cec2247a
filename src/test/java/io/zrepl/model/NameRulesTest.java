package io.zrepl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which names of filesystems, snapshots and bookmarks may reach a command line. */
class NameRulesTest {
  private static final String A255 = "a".repeat(255);

  static Stream<String> validVersions() {
    return Stream.of(
        "foo#book",
        "foo/book@bar",
        "foo/book#bar",
        "foo bar/baz bar@blah foo",
        "a".repeat(251) + "/a@b");
  }

  @ParameterizedTest
  @MethodSource("validVersions")
  void acceptsVersion(String name) throws InvalidValueException {
    assertThat(VersionPath.parse(name)).hasToString(name);
  }

  static Stream<String> validFilesystems() {
    return Stream.of("foo", "foo bar/baz bar", A255, "a".repeat(253) + "/a");
  }

  @ParameterizedTest
  @MethodSource("validFilesystems")
  void acceptsFilesystem(String name) throws InvalidValueException {
    assertThat(DatasetPath.parse(name)).hasToString(name);
  }

  static Stream<String> invalidFilesystems() {
    return Stream.of(
        "",
        "/",
        "/foo",
        "foo/",
        "foo//bar",
        "foo/for%idden",
        "foo/bår",
        "foo bar/baz@blah/foo",
        "foo/./bar",
        "foo/../bar",
        "foo/b\tr",
        "foo\n",
        "a".repeat(256),
        "foo/bar@23",
        "foo#23");
  }

  @ParameterizedTest
  @MethodSource("invalidFilesystems")
  void refusesFilesystem(String name) {
    assertThatThrownBy(() -> DatasetPath.parse(name)).isInstanceOf(InvalidValueException.class);
  }

  static Stream<String> invalidVersions() {
    return Stream.of(
        "/foo@bar",
        "foo",
        "foo#book@bar",
        "foo/bar@",
        "foo/bar#",
        "foo/bar#@blah",
        "foo bar/baz bar@#lah foo",
        "foo bar/baz bar@@lah foo",
        "foo bar/baz bar##lah foo",
        "foo bar/baz@blah/foo",
        "foo/b\tr@ba\tz",
        "foo/b\tr@baz",
        "foo/bar@ba\tz",
        "foo/bar@..",
        "foo/bar@.",
        A255 + "/a@b",
        "foo/bar@23+42",
        "foo/bar@a,b",
        "foo/bar@a%b");
  }

  @ParameterizedTest
  @MethodSource("invalidVersions")
  void refusesVersion(String name) {
    assertThatThrownBy(() -> VersionPath.parse(name)).isInstanceOf(InvalidValueException.class);
  }

  @Test
  void messageShowsControlCharactersEscaped() {
    assertThatThrownBy(() -> NameRules.requireComponent("snapshot name", "a\u001bb"))
        .hasMessage(
            "snapshot name \"a\\x1bb\" has the character \\x1b; allowed are letters, digits, blank and - _ . :");
  }

  @ParameterizedTest
  @ValueSource(strings = {"validjobname", "valid with spaces", " lead", "a:b.c-d_e"})
  void acceptsJobName(String name) throws InvalidValueException {
    assertThat(JobId.parse(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a\tb",
        "a#b",
        "a@b",
        "il\\nlegal",
        "illegal\\n",
        "a/",
        "a/b",
        "/",
        "_control",
        ".",
        "ä"
      })
  void refusesJobName(String name) {
    assertThatThrownBy(() -> JobId.parse(name)).isInstanceOf(InvalidValueException.class);
  }

  @Test
  void jobNameMustLeaveRoomInTheNamesOfCursors() throws InvalidValueException {
    assertThat(JobId.parse("j".repeat(203)).toString()).hasSize(203);
    assertThatThrownBy(() -> JobId.parse("j".repeat(204)))
        .hasMessageContaining("at most 203 fit into the names of cursor bookmarks");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "a_G_0123456789abcdef_J_b, false",
    "_G_0123456789abcdef_J_, false",
    "a_G_0123456789ABCDEF_J_b, true",
    "a_G_0123456789abcde_J_b, true",
    "a_G_0123456789abcdef0_J_b, true",
    "G_0123456789abcdef_J_b, true"
  })
  void jobNameMustNotLookLikePartOfTheNameOfACursor(String name, boolean valid) throws Exception {
    if (valid) {
      assertThat(JobId.parse(name).toString()).isEqualTo(name);
    } else {
      assertThatThrownBy(() -> JobId.parse(name)).isInstanceOf(InvalidValueException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "..", "", "a@b", "<local><active>"})
  void refusesClientIdentityThatIsNoPathComponent(String identity) {
    assertThatThrownBy(() -> ClientIdentity.parse(identity))
        .isInstanceOf(InvalidValueException.class);
  }

  static Stream<Arguments> guids() {
    return Stream.of(
        Arguments.of("0", "0000000000000000"),
        Arguments.of("10709166738108889177", "949e9a68a168b859"),
        Arguments.of("18446744073709551615", "ffffffffffffffff"));
  }

  @ParameterizedTest
  @MethodSource("guids")
  void guidsAreUnsigned(String decimal, String hex) throws InvalidValueException {
    assertThat(Guid.parse(decimal)).hasToString(decimal);
    assertThat(Guid.parse(decimal).hex()).isEqualTo(hex);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "+1", "18446744073709551616", "0x10", " 1"})
  void refusesNumber(String text) {
    assertThatThrownBy(() -> Guid.parse(text)).isInstanceOf(InvalidValueException.class);
  }

  @Test
  void createTxgsAreOrderedUnsigned() throws InvalidValueException {
    assertThat(CreateTxg.parse("18446744073709551615")).isGreaterThan(CreateTxg.parse("1"));
  }

  @Test
  void resumeTokenNeverShowsItself() {
    assertThat(new ResumeToken("1-secret")).hasToString("ResumeToken[8 characters]");
  }
}

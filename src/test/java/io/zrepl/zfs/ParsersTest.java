package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.Snapshot;
import io.zrepl.model.SnapshotPath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParsersTest {
  static final List<String> VERSIONS = Recordings.VERSIONS;

  private static <T> T get(Map<String, T> map, String key) {
    return Optional.ofNullable(map.get(key)).orElseThrow();
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void readsDatasets(String version) {
    DatasetParser.Result result =
        DatasetParser.parse(Recordings.of(version).get("datasets-all").output());

    Map<String, Dataset> datasets =
        result.datasets().stream()
            .collect(Collectors.toMap(dataset -> dataset.path().toString(), dataset -> dataset));
    assertThat(datasets)
        .containsOnlyKeys(
            "back",
            "back/partial",
            "back/ph",
            "back/ph/child",
            "back/tabs",
            "tank",
            "tank/a",
            "tank/a/b c",
            "tank/a/vol",
            "tank/enc",
            "tank/other");
    assertThat(datasets.values().stream().filter(dataset -> dataset.placeholder().isPlaceholder()))
        .extracting(dataset -> dataset.path().toString())
        .containsExactly("back/ph");
    assertThat(get(datasets, "back/ph/child").placeholder()).isEqualTo(Placeholder.NONE);
    assertThat(get(datasets, "back/tabs").placeholder().localValue()).contains("a\tb");
    assertThat(get(datasets, "back/partial").resumeToken().orElseThrow().text()).startsWith("1-");
    assertThat(datasets.values().stream().filter(Dataset::encrypted))
        .extracting(dataset -> dataset.path().toString())
        .containsExactly("tank/enc");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void valueWithForgedLineOnlyHidesItsOwnDataset(String version) {
    // back/off was given a value that looks like a line about back/ph
    DatasetParser.Result result =
        DatasetParser.parse(Recordings.of(version).get("datasets-all").output());

    assertThat(result.skipped()).containsOnlyKeys("back/off");
    assertThat(result.datasets())
        .contains(
            new Dataset(
                DatasetPath.of("back/ph"),
                new Placeholder(true, Optional.of("on")),
                Optional.empty(),
                false));
  }

  @Test
  void completeForgedDatasetIsLeftOutWithTheRealOne() {
    String output =
        """
        a\tzrepl:placeholder\tx
        b\tzrepl:placeholder\ton\tlocal
        b\treceive_resume_token\t-\t-
        b\tencryption\toff\tdefault
        rest\tlocal
        a\treceive_resume_token\t-\t-
        a\tencryption\toff\tdefault
        b\tzrepl:placeholder\t-\t-
        b\treceive_resume_token\t-\t-
        b\tencryption\toff\tdefault
        """;
    DatasetParser.Result result = DatasetParser.parse(output);
    assertThat(result.datasets()).isEmpty();
    assertThat(result.skipped()).hasSize(2);
  }

  @Test
  void datasetWithNameNobodyMayUseIsSkipped() {
    String output =
        """
        a/%recv\tzrepl:placeholder\t-\t-
        a/%recv\treceive_resume_token\t-\t-
        a/%recv\tencryption\toff\tdefault
        a/b\tzrepl:placeholder\t\tlocal
        a/b\treceive_resume_token\t\t-
        a/b\tencryption\taes-256-gcm\t-
        """;
    DatasetParser.Result result = DatasetParser.parse(output);
    assertThat(result.skipped()).hasSize(1);
    assertThat(result.datasets())
        .containsExactly(
            new Dataset(
                DatasetPath.of("a/b"),
                new Placeholder(false, Optional.of("")),
                Optional.empty(),
                true));
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void readsSnapshotsAndBookmarks(String version) throws InvalidValueException {
    VersionParser.Result result =
        VersionParser.parse(Recordings.of(version).get("versions-all").output());

    assertThat(result.skipped()).isEmpty();
    assertThat(result.entries())
        .extracting(entry -> entry.path().toString())
        .containsExactlyInAnyOrder(
            "tank/a@1",
            "tank/a@two words",
            "tank/a@3",
            "tank/a#1",
            "tank/a#two words",
            "tank/a/b c@1",
            "tank/a/vol@1");
    Map<String, VersionParser.Entry> byName = new HashMap<>();
    result.entries().forEach(entry -> byName.put(entry.path().toString(), entry));
    var snapshot = (Snapshot) get(byName, "tank/a@1").version();
    assertThat(snapshot.userReferences()).hasValue(2);
    assertThat(get(byName, "tank/a#1").version().isSameStateAs(snapshot)).isTrue();
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void readsOddSnapshotNames(String version) throws InvalidValueException {
    // recorded with the type as a last column
    String output =
        Recordings.of(version).get("list-odd").output().replaceAll("(?m)\tsnapshot$", "");
    assertThat(VersionParser.parse(output).entries())
        .extracting(entry -> entry.path().name())
        .contains(
            "with space", "-dash", ".dot", "_u", "a:b:c", "1", "A.B-C_D:E", " lead", "trail ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a@b\t1\t2\t3",
        "a@b\t1\t2\t3\t0\t0",
        "a@b\t-\t2\t3\t0",
        "a@b\t1\t2\tyesterday\t0",
        "a@b\t1\t2\t9223372036854775807\t0",
        "a@b\t1\t2\t3\tmany",
        "warning: something",
      })
  void refusesOtherLines(String line) {
    assertThatThrownBy(() -> VersionParser.parse(line + "\n"))
        .isInstanceOf(InvalidValueException.class);
  }

  @Test
  void skipsVersionsWithNamesNobodyMayUse() throws InvalidValueException {
    VersionParser.Result result =
        VersionParser.parse("a@%x\t1\t2\t3\t0\na/b@y\t18446744073709551615\t2\t3\t0\n");
    assertThat(result.skipped()).hasSize(1);
    assertThat(result.entries()).hasSize(1);
    assertThat(result.entries().getFirst().version().guid().toString())
        .isEqualTo("18446744073709551615");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void readsHoldsWithBlanksInTags(String version) throws InvalidValueException {
    Map<String, SnapshotPath> asked = new HashMap<>();
    for (String name : List.of("s1", "s2", "s3")) {
      SnapshotPath path = SnapshotPath.of(DatasetPath.of("src/data"), name);
      asked.put(path.toString(), path);
    }
    assertThat(HoldParser.parse(Recordings.of(version).get("holds-H").output(), asked))
        .extracting(hold -> hold.snapshot().name() + " " + hold.tag())
        .containsExactlyInAnyOrder(
            "s1 repl_hold:job-1", "s1 tag1", "s1 tag two", "s2 repl_hold:job-1");
  }

  @Test
  void holdOfAnotherSnapshotIsUnexpected() {
    assertThatThrownBy(() -> HoldParser.parse("a@b\ttag\tdate\n", Map.of()))
        .isInstanceOf(InvalidValueException.class);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "full\tzroot/test/a@1\t5389768, 5389768",
        "incremental\tzroot/test/a@1\tzroot/test/a@2\t5383936, 5383936",
        "incremental\tzroot/test/a#1\tzroot/test/a@2\t5383312, 5383312",
        "incremental\t1\tzroot/test/a@2\t10511856, 10511856",
        "full\tzroot/test/a@3\t10518512, 10518512",
        "full\tpool1/otherjob/ds with spaces@blaffoo\t12912, 12912",
        "full\tpool1/otherjob/another ds with spaces/childfs@blaffoo\t12912, 12912",
        "incremental\tblaffoo\tpool1/otherjob/another ds with spaces@blaffoo2\t624, 624",
        "incremental\tp1 with/ spaces d1@1 with space\tp1 with/ spaces d1@2 with space, none",
        "full\tp1 with/ spaces d1@2 with space, none",
        "full\ta@b\t9223372036854775807, none",
        "full\ta@b\t18446744073709551000, none",
        "full\ta@b\t0, 0",
      })
  void readsEstimates(String line, Long size) {
    String output =
        "resume token contents:\nnvlist version: 0\n\ttoname = x@y\n" + line + "\nsize\t7\n";
    assertThat(EstimateParser.parse(output))
        .contains(size == null ? OptionalLong.empty() : OptionalLong.of(size));
  }

  @ParameterizedTest
  @CsvSource({
    "send-full-nvP, 14625848",
    "send-incr-nvP, 3188144",
    "send-bookmark-nvP, 3188144",
    "send-token-nvP, 6473208",
    "send-token-incr-nvP, 1737672",
    "send-token-bm-nvP, 1737672",
    "enc-nvP-nokey, 3207088",
    "send-Lce-nvP, 3188144",
  })
  void readsRecordedEstimates(String id, long size) {
    for (String version : VERSIONS) {
      assertThat(EstimateParser.parse(Recordings.of(version).get(id).output()))
          .contains(OptionalLong.of(size));
    }
  }

  /** One stream, so that its size is also that of the whole, which the last line tells. */
  @ParameterizedTest
  @FieldSource("VERSIONS")
  void readsTheEstimateOfEveryRecordedDryRun(String version) {
    Recordings recordings = Recordings.of(version);
    List<String> ids =
        recordings.ids().stream()
            .filter(id -> id.endsWith("-nvP") && !id.equals("send-incr-I-nvP"))
            .filter(id -> recordings.get(id).status() == 0)
            .toList();
    assertThat(ids).hasSizeGreaterThan(15);
    for (String id : ids) {
      String output = recordings.get(id).output();
      long whole = Long.parseLong(output.strip().substring(output.lastIndexOf("size\t") + 5));
      assertThat(EstimateParser.parse(output)).as(id).contains(OptionalLong.of(whole));
    }
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void failedDryRunsGiveNoEstimate(String version) {
    Recordings recordings = Recordings.of(version);
    for (String id : recordings.ids()) {
      if (id.endsWith("-nvP") && recordings.get(id).status() != 0) {
        assertThat(EstimateParser.parse(recordings.get(id).output())).as(id).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void readsTheRecordedEstimatesOfSeveralSteps(String version) {
    String output = Recordings.of(version).get("send-incr-I-nvP").output();
    List<String> targets = List.of("auto_2026-01-02_03:04:05", "s2", "s3");
    assertThat(EstimateParser.parseSteps(output, DatasetPath.of("src/data"), "s1", targets))
        .contains(
            List.of(OptionalLong.of(624), OptionalLong.of(3188144), OptionalLong.of(1088048)));
  }

  @ParameterizedTest
  @CsvSource({
    "a>p/f@b b>p/f@c, true",
    "@a>p/f@b p/f@b>p/f@c, true",
    "a>p/f@b, false",
    "a>p/f@b b>p/f@c c>p/f@d, false",
    "a>p/f@c, false",
    "a>p/f@x x>p/f@b b>p/f@c, false",
    "a>p/f/g@b b>p/f/g@c, false",
    "a>p/f@b a>p/f@c, false",
    "x>p/f@b b>p/f@c, false",
    "b>p/f@c a>p/f@b, false",
  })
  void estimatesOfOtherStepsThanThoseAskedForCountForNothing(String steps, boolean fits) {
    StringBuilder output = new StringBuilder("a warning\n");
    for (String step : steps.split(" ", -1)) {
      output.append("incremental\t").append(step.replace('>', '\t')).append("\t7\n");
    }
    output.append("size\t99\n");
    assertThat(
            EstimateParser.parseSteps(
                output.toString(), DatasetPath.of("p/f"), "a", List.of("b", "c")))
        .isEqualTo(
            fits ? Optional.of(List.of(OptionalLong.of(7), OptionalLong.of(7))) : Optional.empty());
  }

  @Test
  void outputWithoutStreamIsNoEstimate() {
    assertThat(EstimateParser.parse("size\t7\nfull\tnosnapshot\t9\n")).isEmpty();
  }

  @ParameterizedTest(name = "{0}: {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        "destroy-batch-held;           src/data;    p1 p2 p3;      p2",
        "destroy-held;                 src/data;    s1;            s1",
        "destroy-clone;                src/data/a;  m1;            m1",
        "destroy-single-clone;         tank/a;      3;             3",
        "destroy-batch-allmissing;     src/data;    nosuch1;       all missing",
        "destroy-missing-snap;         src/data;    nosuch;        all missing",
        "destroy-missing-fs-snapshot;  tank/nosuch; x y;           filesystem missing",
        "destroy-missing-pool-snapshot; nopool/fs;  x;             filesystem missing",
        "destroy-readonly-pool;        dst/full;    extra;         unclear",
        "nonroot-destroy;              src/data;    s1;            unclear",
      })
  void readsEveryRecordedFailureOfADestroy(
      String id, String filesystem, String names, String expected) {
    for (String version : VERSIONS) {
      String errors = Recordings.of(version).get(id).errors();
      DatasetPath path = DatasetPath.of(filesystem);
      String found =
          DestroyMessages.allMissing(errors)
              ? "all missing"
              : DestroyMessages.filesystemMissing(errors, path)
                  ? "filesystem missing"
                  : DestroyMessages.refused(errors, path, Set.of(names.split(" ", -1)))
                      .map(refused -> String.join(" ", refused.keySet()))
                      .orElse("unclear");
      assertThat(found).as("%s: %s", version, errors).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void namesUndestroyableSnapshotsWithReasons(String version) {
    String errors = Recordings.of(version).get("destroy-batch-held").errors();
    Map<String, String> refused =
        DestroyMessages.refused(errors, DatasetPath.of("src/data"), Set.of("p1", "p2", "p3"))
            .orElseThrow();
    assertThat(refused).containsOnlyKeys("p2");
    assertThat(refused.get("p2"))
        .isEqualTo(
            version.startsWith("2.1")
                ? "dataset is busy"
                : "it's being held. Run 'zfs holds -r src/data@p2' to see holders.");
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void namesSnapshotsWithClones(String version) {
    String errors = Recordings.of(version).get("destroy-batch-clone-and-held").errors();
    assertThat(
            DestroyMessages.refused(
                errors, DatasetPath.of("tank/a"), Set.of("1", "3", "4", "two words")))
        .contains(
            Map.of(
                "3", "snapshot has dependent clones",
                "two words", "snapshot has dependent clones"));
  }

  @Test
  void colonsInNamesDoNotConfuse() {
    String errors =
        """
        cannot destroy snapshot a/b@x: y: dataset is busy: really
        cannot destroy snapshot a/b@x: dataset is busy
        """;
    assertThat(DestroyMessages.refused(errors, DatasetPath.of("a/b"), Set.of("x", "x: y")))
        .contains(Map.of("x: y", "dataset is busy: really", "x", "dataset is busy"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cannot destroy snapshot a/b@x: busy\ninternal error: out of cheese\n",
        "cannot destroy snapshot other@x: busy\n",
        "cannot destroy snapshot a/b@notours: busy\n",
        "cannot destroy snapshots: permission denied\n",
        "",
      })
  void anyOtherLineMakesTheWholeUnclear(String errors) {
    assertThat(DestroyMessages.refused(errors, DatasetPath.of("a/b"), Set.of("x"))).isEmpty();
  }

  @Test
  void missingNamesCountOnlyIfAskedFor() {
    String errors = "cannot open 'a': dataset does not exist\nno datasets available\n";
    assertThat(MissingNames.parse(errors, Set.of("a"))).contains(Set.of("a"));
    assertThat(MissingNames.parse(errors, Set.of("b"))).isEmpty();
    assertThat(MissingNames.parse("cannot open 'a': I/O error\n", Set.of("a"))).isEmpty();
  }

  @Test
  void messagesHideTokensAndUsage() {
    String errors =
        Recordings.of("2.3.2").get("recv-s-interrupted").errors() + "usage:\n\tsend ...\n";
    assertThat(MessageText.ofErrors(errors))
        .contains("Partially received snapshot is saved.")
        .endsWith("zfs send -t (resume token)");
    assertThat(MessageText.ofErrors("x".repeat(100_000)).length()).isLessThan(2100);
    assertThat(MessageText.ofErrors("tank/a@2026-11-25-10-00 \u001b[31m"))
        .isEqualTo("tank/a@2026-11-25-10-00 ?[31m");
  }

  @Test
  void chunksKeepOrderAndLimit() {
    List<String> names = List.of("aaaa", "bbbb", "cc", "d".repeat(30), "e");
    assertThat(ArgumentChunks.split(names, 10))
        .containsExactly(
            List.of("aaaa", "bbbb"), List.of("cc"), List.of("d".repeat(30)), List.of("e"));
    assertThat(ArgumentChunks.split(List.of(), 10)).isEmpty();
  }
}

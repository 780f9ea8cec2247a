package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.ReplicationGuarantee;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Another program that keeps the same objects on disk was stopped somewhere in a step, and this one
 * goes on: it resumes, moves the cursor, releases the holds, and sends nothing twice.
 *
 * <p>The leftovers are made by hand; for the other direction, those of this program are compared
 * with the documented names and numbers.
 */
@LabTest
class ProgramSwitchOnRealZfsTest {
  private static final long CUT = 300_000;
  private static final String STEP = "zrepl_STEP_J_sender-job";
  private static final String LAST = "zrepl_last_received_J_receiver-job";

  private final Guest guest;
  private final LabState state;
  private final LabReplication lab;

  ProgramSwitchOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.state = new LabState(guest);
    this.lab = new LabReplication(guest);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  /** Where in the step from @1 to @2 the other program was stopped. */
  private enum Point {
    /** Before it; the step to @1 is complete. */
    IDLE,
    /** The protecting objects are placed. */
    PROTECTED,
    /** A part of the stream has arrived. */
    PARTIAL,
    /** All has arrived. */
    RECEIVED,
    /** The receiver holds @2 as well. */
    HELD_TWICE,
    /** The receiver holds @2 only. */
    HELD,
    /** The sender has the new cursor beside the old one. */
    CURSOR_TWICE,
    /** The old cursor is gone, the step's objects are there. */
    CURSOR_MOVED;

    String filesystem() {
      return "src/s/" + name();
    }

    String copy() {
      return "dst/r/" + filesystem();
    }

    boolean atLeast(Point other) {
      return compareTo(other) >= 0;
    }
  }

  /** The points that differ: guarantee "nothing" places no objects. */
  private static List<Point> points(ReplicationGuarantee guarantee) {
    return guarantee == ReplicationGuarantee.NOTHING
        ? List.of(Point.IDLE, Point.PARTIAL, Point.RECEIVED)
        : List.of(Point.values());
  }

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void leftoversOfAnyPointAreRecognisedMovedAndReleased(ReplicationGuarantee guarantee)
      throws Exception {
    List<Point> points = points(guarantee);
    lab.protection = LabReplication.both(guarantee);
    lab.filter = points.stream().collect(Collectors.toMap(Point::filesystem, _ -> true));
    makeBothSnapshots(points);
    Map<String, String> guids = guids();
    StringBuilder leftovers = new StringBuilder("set -e\n");
    for (Point point : points) {
      leftovers.append(leftoversOf(point, guarantee, guids));
    }
    // Where nothing is left to send, only the next step can clean up.
    List<Point> received = points.stream().filter(point -> point.atLeast(Point.RECEIVED)).toList();
    leftovers.append("zfs snapshot %s\n".formatted(all(received, "@3")));
    guest.shell(leftovers.toString());

    RunResult result = lab.runWell();

    for (Point point : points) {
      assertThat(result.steps(point.filesystem()))
          .as("steps after %s", point)
          .containsExactly(point.atLeast(Point.RECEIVED) ? "@2->@3" : "@1->@2");
      assertThat(result.firstStep(point.filesystem()).resumed())
          .as("resumed after %s", point)
          .isEqualTo(point == Point.PARTIAL);
    }
    assertObjectsOfACompletedStep(points, guarantee);
  }

  private void makeBothSnapshots(List<Point> points) {
    StringBuilder script = new StringBuilder("set -e\nzfs create src/s\nzfs create dst/r\n");
    script.append("zfs create -o zrepl:placeholder=on -o mountpoint=none dst/r/src\n");
    script.append("zfs create -o zrepl:placeholder=on -o mountpoint=none dst/r/src/s\n");
    points.forEach(point -> script.append("zfs create %s\n".formatted(point.filesystem())));
    script.append("zfs snapshot %s\n".formatted(all(points, "@1")));
    script.append("head -c 600k /dev/urandom > /%s/file\n".formatted(Point.PARTIAL.filesystem()));
    script.append("zfs snapshot %s\n".formatted(all(points, "@2")));
    guest.shell(script.toString());
  }

  private static String all(List<Point> points, String suffix) {
    return points.stream()
        .map(point -> point.filesystem() + suffix)
        .collect(Collectors.joining(" "));
  }

  /** Of all snapshots of the sender. */
  private Map<String, String> guids() {
    return guest
        .zfsLines("get", "-Hp", "-r", "-t", "snapshot", "-o", "name,value", "guid", "src/s")
        .stream()
        .map(line -> line.split("\t", -1))
        .collect(Collectors.toMap(fields -> fields[0], fields -> fields[1]));
  }

  private static String leftoversOf(
      Point point, ReplicationGuarantee guarantee, Map<String, String> guids) {
    boolean nothing = guarantee == ReplicationGuarantee.NOTHING;
    String fs = point.filesystem();
    StringBuilder script = new StringBuilder();
    String receive = "zfs receive -s " + point.copy();
    script.append("zfs send %s@1 | %s@1\n".formatted(fs, receive));
    UnaryOperator<String> cursor = name -> bookmark("zrepl_CURSOR", fs, name, guids);
    UnaryOperator<String> tentative = name -> bookmark("zrepl_CURSORTENTATIVE_", fs, name, guids);
    if (!nothing && !point.atLeast(Point.CURSOR_MOVED)) {
      script.append(cursor.apply("@1"));
    }
    if (!nothing && !point.atLeast(Point.HELD)) {
      script.append("zfs hold %s %s@1\n".formatted(LAST, point.copy()));
    }
    if (point.atLeast(Point.PROTECTED)) {
      switch (guarantee) {
        case RESUMABILITY -> script.append("zfs hold %s %s@1 %s@2\n".formatted(STEP, fs, fs));
        case INCREMENTAL -> script.append(tentative.apply("@1")).append(tentative.apply("@2"));
        case NOTHING -> {}
      }
    }
    if (point == Point.PARTIAL) {
      script.append(
          "zfs send -i @1 %s@2 | head -c %d | %s@2 2>/dev/null || true\n"
              .formatted(fs, CUT, receive));
    }
    if (point.atLeast(Point.RECEIVED)) {
      script.append("zfs send -i @1 %s@2 | %s@2\n".formatted(fs, receive));
    }
    if (!nothing && point.atLeast(Point.HELD_TWICE)) {
      script.append("zfs hold %s %s@2\n".formatted(LAST, point.copy()));
    }
    if (!nothing && point.atLeast(Point.CURSOR_TWICE)) {
      script.append(cursor.apply("@2"));
    }
    return script.toString();
  }

  private static String bookmark(
      String prefix, String filesystem, String name, Map<String, String> guids) {
    long guid = Long.parseUnsignedLong(String.valueOf(guids.get(filesystem + name)));
    return "zfs bookmark %s%s %s#%s_G_%016x_J_sender-job\n"
        .formatted(filesystem, name, filesystem, prefix, guid);
  }

  private void assertObjectsOfACompletedStep(List<Point> points, ReplicationGuarantee guarantee) {
    boolean nothing = guarantee == ReplicationGuarantee.NOTHING;
    Map<String, String> guids = guids();
    List<String> cursors = new ArrayList<>();
    List<String> copies = new ArrayList<>();
    List<String> holds = new ArrayList<>();
    for (Point point : points) {
      String newest = point.atLeast(Point.RECEIVED) ? "@3" : "@2";
      if (!nothing) {
        cursors.add(cursorOf(point.filesystem(), newest, guids));
        holds.add(point.copy() + newest + " " + LAST);
      }
      copies.addAll(List.of(point.copy() + "@1", point.copy() + "@2"));
      if (newest.equals("@3")) {
        copies.add(point.copy() + "@3");
      }
    }
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-t", "bookmark", "-r", "src", "dst"))
        .containsExactlyInAnyOrderElementsOf(cursors);
    assertThat(guest.zfsLines("list", "-H", "-o", "name", "-t", "snapshot", "-r", "dst"))
        .containsExactlyInAnyOrderElementsOf(copies);
    assertThat(
            guest
                .shell(
                    "zfs list -H -o name -t snapshot -r src dst | xargs zfs holds -H"
                        + " | tr '\\t' ' ' | cut -d ' ' -f 1,2")
                .lines())
        .containsExactlyInAnyOrderElementsOf(holds);
    assertThat(guest.zfsLines("get", "-H", "-r", "-o", "value", "receive_resume_token", "dst"))
        .containsOnly("-");
  }

  private static String cursorOf(String filesystem, String name, Map<String, String> guids) {
    long guid = Long.parseUnsignedLong(String.valueOf(guids.get(filesystem + name)));
    return "%s#zrepl_CURSOR_G_%016x_J_sender-job".formatted(filesystem, guid);
  }

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void initialStepThatWasInterruptedIsResumed(ReplicationGuarantee guarantee) throws Exception {
    lab.protection = LabReplication.both(guarantee);
    state.zfs(
        """
        create src/s
        create dst/r
        create -o zrepl:placeholder=on -o mountpoint=none dst/r/src
        """);
    guest.writeRandom("/src/s/file", 600);
    guest.zfs("snapshot", "src/s@1");
    switch (guarantee) {
      case RESUMABILITY -> guest.zfs("hold", STEP, "src/s@1");
      case INCREMENTAL ->
          guest.zfs("bookmark", "src/s@1", "src/s" + state.tentative("src/s@1", "sender-job"));
      case NOTHING -> {}
    }
    guest.shell(
        "zfs send src/s@1 | head -c " + CUT + " | zfs receive -s dst/r/src/s@1 2>&1 || true");
    assertThat(state.hasPartialState("dst/r/src/s")).isTrue();

    RunResult result = lab.runWell();

    assertThat(result.steps("src/s")).containsExactly("->@1");
    assertThat(result.firstStep("src/s").resumed()).isTrue();
    boolean nothing = guarantee == ReplicationGuarantee.NOTHING;
    assertThat(state.holds("src/s")).isEmpty();
    assertThat(state.bookmarks("src/s"))
        .isEqualTo(nothing ? List.of() : List.of(state.cursor("src/s@1", "sender-job")));
    assertThat(state.holds("dst/r/src/s"))
        .isEqualTo(nothing ? Map.of() : Map.of("@1", List.of(LAST)));
    assertThat(state.property("zrepl:placeholder", "dst/r/src")).isEqualTo("on");
  }

  @ParameterizedTest
  @EnumSource(ReplicationGuarantee.class)
  void whatThisProgramLeavesWhenItIsCutIsWhatTheOtherOneKnows(ReplicationGuarantee guarantee)
      throws Exception {
    lab.protection = LabReplication.both(guarantee);
    state.zfs(
        """
        create src/s
        create dst/r
        snapshot src/s@1
        """);
    lab.runWell();
    guest.writeRandom("/src/s/file", 600);
    guest.zfs("snapshot", "src/s@2");
    lab.aroundSender = Disturbances.cutAfter(CUT);
    assertThat(lab.run().errors()).isNotEmpty();

    String cursor = state.cursor("src/s@1", "sender-job");
    assertThat(state.bookmarks("src/s"))
        .containsExactlyInAnyOrderElementsOf(
            switch (guarantee) {
              case RESUMABILITY -> List.of(cursor);
              // The base needs no bookmark beside its cursor.
              case INCREMENTAL -> List.of(cursor, state.tentative("src/s@2", "sender-job"));
              case NOTHING -> List.of();
            });
    assertThat(state.holds("src/s"))
        .isEqualTo(
            guarantee == ReplicationGuarantee.RESUMABILITY
                ? Map.of("@1", List.of(STEP), "@2", List.of(STEP))
                : Map.of());
    assertThat(state.holds("dst/r/src/s"))
        .isEqualTo(
            guarantee == ReplicationGuarantee.NOTHING ? Map.of() : Map.of("@1", List.of(LAST)));
    assertThat(state.hasPartialState("dst/r/src/s")).isTrue();
    assertThat(
            guest.zfsLines(
                "get", "-H", "-o", "value", "-s", "local", "zrepl:placeholder", "dst/r/src"))
        .containsExactly("on");
  }

  @Test
  void placeholdersOfOldVersionsAreRecognised() throws Exception {
    // They are marked with the hash of their own name instead of "on".
    state.zfs(
        """
        create src/s
        create src/s/a
        snapshot src/s@1 src/s/a@1
        create -p dst/r/src
        """);
    guest.zfs(
        "create",
        "-o",
        "zrepl:placeholder=" + legacyHash("dst/r/src/s"),
        "-o",
        "mountpoint=none",
        "dst/r/src/s");
    lab.runWell();
    assertThat(state.snapshots("dst/r/src/s")).containsExactly("@1");
    assertThat(state.property("zrepl:placeholder", "dst/r/src/s")).isEqualTo("off");
    assertThat(state.snapshots("dst/r/src/s/a")).containsExactly("@1");
  }

  private static String legacyHash(String text) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-512/256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}

package io.zrepl.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is sent to the terminal. */
class PainterTest {
  private static Canvas canvas(String first, String second) {
    Canvas canvas = new Canvas(2, 5);
    canvas.put(0, 0, 5, first, Style.ERROR);
    canvas.put(1, 0, 5, second, Style.NORMAL);
    return canvas;
  }

  @Test
  void sendsOnlyRowsThatHaveChanged() {
    Painter painter = new Painter(true, true);
    assertThat(painter.paint(canvas("one", "two"))).contains("one", "two", "\u001b[2J");
    assertThat(painter.paint(canvas("one", "two"))).isEmpty();
    assertThat(painter.paint(canvas("one", "new")))
        .isEqualTo("\u001b[?2026h\u001b[2;1H\u001b[0mnew  \u001b[0m\u001b[?2026l");
    painter.forget();
    assertThat(painter.paint(canvas("one", "new"))).contains("one", "new");
  }

  @Test
  void drawsEverythingInAnotherSize() {
    Painter painter = new Painter(true, true);
    painter.paint(canvas("one", "two"));
    assertThat(painter.paint(new Canvas(3, 5))).contains("\u001b[2J");
  }

  @Test
  void withoutColourOnlyWeightTellsFailures() {
    assertThat(new Painter(true, true).paint(canvas("one", "two"))).contains("\u001b[0;1;31mone");
    assertThat(new Painter(false, true).paint(canvas("one", "two")))
        .contains("\u001b[0;1mone")
        .doesNotContain("31m");
  }

  @Test
  void withoutUnicodeAllIsAscii() {
    String painted = new Painter(true, false).paint(canvas("│─█░ä", "too long"));
    assertThat(painted).contains("|-#.?", "too ~");
    assertThat(painted.chars()).allMatch(c -> c < 0x7f);
  }
}

package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineFeedTest {
  private final List<String> lines = new ArrayList<>();
  private final LineFeed feed = new LineFeed(lines::add);

  private void add(byte... bytes) throws ZfsException {
    feed.add(bytes, bytes.length);
  }

  private void add(String text) throws ZfsException {
    add(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void linesAreHandedOnAsSoonAsTheyAreComplete() throws Exception {
    add("one\ntw");
    assertThat(lines).containsExactly("one");
    add("o\n\nthree");
    assertThat(lines).containsExactly("one", "two");
    feed.end();
    assertThat(lines).containsExactly("one", "two", "three");
  }

  @Test
  void characterMayBeCutBetweenTwoReads() throws Exception {
    add((byte) 0xc3);
    add((byte) 0xbc, (byte) '\n');
    assertThat(lines).containsExactly("\u00fc");
  }

  @Test
  void lineWithoutEndIsNotCollectedForEver() {
    assertThatThrownBy(() -> add("x".repeat(LineFeed.LONGEST_LINE + 1)))
        .isInstanceOf(ZfsException.class)
        .hasMessageContaining("longer than");
  }
}

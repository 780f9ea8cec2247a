package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who makes room before anybody has shown who they are. */
class StrangerSlotsTest {
  private final StrangerSlots slots = new StrangerSlots(new ServerLimits(5, 3, 1, 1, 1, 1));
  private final List<String> evicted = new ArrayList<>();

  private StrangerSlots.Stranger enter(String name) {
    return slots.enter(name.substring(0, 1), () -> evicted.add(name));
  }

  @Test
  void oldestOfAnOriginThatHasItsPartMakesRoom() {
    enter("a1");
    enter("b1");
    enter("a2");
    enter("a3");
    enter("a4");
    enter("a5");
    assertThat(evicted).containsExactly("a1", "a2");
  }

  @Test
  void whenAllPlacesAreTakenTheOriginWithMostMakesRoomNotAnHonestOne() {
    enter("h1");
    enter("a1");
    enter("a2");
    enter("a3");
    enter("b1");
    enter("c1");
    enter("d1");
    assertThat(evicted).containsExactly("a1", "a2");
    enter("e1");
    assertThat(evicted).as("all have one: the oldest of all").endsWith("h1");
  }

  @Test
  void whoLeavesMakesRoomOnce() {
    StrangerSlots.Stranger first = enter("a1");
    enter("a2");
    enter("a3");
    first.leave();
    first.leave();
    enter("a4");
    assertThat(evicted).isEmpty();
    enter("a5");
    assertThat(evicted).containsExactly("a2");
  }
}

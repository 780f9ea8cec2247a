package io.zrepl.zfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zrepl.zfs.CommandSlots.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which commands wait for which. */
@Timeout(60)
class CommandSlotsTest {
  private final CommandSlots slots = new CommandSlots(2, 1);

  /** Ends when it has a slot, by interruption, or never. */
  private static Thread waiting(Taking taking, CountDownLatch got) {
    return Thread.startVirtualThread(() -> {
      try (Slot _ = taking.take()) {
        got.countDown();
      } catch (InterruptedException e) {
        // the test is over
      }
    });
  }

  private interface Taking {
    Slot take() throws InterruptedException;
  }

  @Test
  void commandThatIsNotShortAnyMoreMakesRoom() throws Exception {
    Slot first = slots.forCommand();
    Slot second = slots.forCommand();
    CountDownLatch got = new CountDownLatch(1);
    Thread third = waiting(slots::forCommand, got);
    assertThat(slots.forLongCommand(first)).isPresent();
    got.await();
    third.join();
    second.close();
  }

  @Test
  void tooManyLongCommandsMakeNoRoomAnyMore() throws Exception {
    List<Slot> hanging = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      hanging.add(slots.forLongCommand(slots.forCommand()).orElseThrow());
    }
    Slot ninth = slots.forCommand();
    assertThat(slots.forLongCommand(ninth)).isEmpty();
    hanging.getFirst().close();
    Optional<Slot> exchanged = slots.forLongCommand(ninth);
    assertThat(exchanged).isPresent();
  }

  @Test
  void sendsAndReceivesAndCommandsDoNotTakeEachOthersPlace() throws Exception {
    Slot send = slots.forSend();
    Slot receive = slots.forReceive();
    slots.forCommand().close();
    CountDownLatch got = new CountDownLatch(2);
    Thread nextSend = waiting(slots::forSend, got);
    Thread nextReceive = waiting(slots::forReceive, got);
    send.close();
    receive.close();
    receive.close();
    got.await();
    nextSend.join();
    nextReceive.join();
  }

  @Test
  void placeThatIsGivenBackTwiceIsOnePlace() throws Exception {
    Slot only = slots.forSend();
    only.close();
    only.close();
    Slot next = slots.forSend();
    CountDownLatch got = new CountDownLatch(1);
    Thread other = waiting(slots::forSend, got);
    await()
        .until(() ->
            other.getState() == Thread.State.TIMED_WAITING
                || other.getState() == Thread.State.TERMINATED);
    other.interrupt();
    other.join();
    assertThat(got.getCount()).isEqualTo(1);
    next.close();
  }
}

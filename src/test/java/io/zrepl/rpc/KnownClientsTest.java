package io.zrepl.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.ClientIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long something is kept of a client. */
class KnownClientsTest {
  private final AtomicLong now = new AtomicLong(-5);
  private final List<String> forgotten = new ArrayList<>();
  private final KnownClients clients =
      new KnownClients(ServerLimits.DEFAULT, client -> forgotten.add(client.toString()), now::get);

  private KnownClients.Client enter(String name) throws InvalidValueException {
    return clients.enter(ClientIdentity.parse(name));
  }

  private void pass(long nanoseconds) {
    now.addAndGet(nanoseconds);
  }

  @Test
  void whoComesBackInTimeFindsItsSlots() throws Exception {
    KnownClients.Client first = enter("a");
    first.leave();
    pass(KnownClients.KEPT.toNanos() - 1);
    KnownClients.Client again = enter("a");
    assertThat(again.slots()).isSameAs(first.slots());
    pass(KnownClients.KEPT.multipliedBy(2).toNanos());
    enter("b");
    assertThat(forgotten).as("a is connected").isEmpty();
  }

  @Test
  void clientWithoutConnectionsIsForgotten() throws Exception {
    KnownClients.Client one = enter("a");
    KnownClients.Client other = enter("a");
    one.leave();
    pass(KnownClients.KEPT.toNanos());
    enter("b");
    assertThat(forgotten).isEmpty();
    other.leave();
    pass(KnownClients.KEPT.toNanos());
    enter("b");
    assertThat(forgotten).containsExactly("a");
    assertThat(clients.size()).isEqualTo(1);
  }

  @Test
  void manyAreNotKeptAtAll() throws Exception {
    for (int i = 0; i < KnownClients.MOST_KEPT + 10; i++) {
      enter("c" + i).leave();
    }
    assertThat(clients.size()).isEqualTo(KnownClients.MOST_KEPT);
    assertThat(forgotten).hasSize(10).startsWith("c0", "c1");
  }
}

package io.zrepl.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.zrepl.endpoint.Receiver;
import io.zrepl.lab.Guest;
import io.zrepl.lab.LabTest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What concerns a pool is found out once, and concerns no other pool. */
@LabTest(poolSize = 128)
class FullPoolOnRealZfsTest {
  private final Guest guest;
  private final LabReplication lab;
  private final LabState state;
  private final AtomicInteger receives = new AtomicInteger();

  FullPoolOnRealZfsTest(Guest guest) {
    this.guest = guest;
    this.lab = new LabReplication(guest);
    this.state = new LabState(guest);
  }

  @AfterEach
  void end() {
    lab.close();
  }

  /** Why there is no room. */
  enum Cause {
    QUOTA_OF_THE_POOL,
    FULL
  }

  @ParameterizedTest
  @EnumSource(Cause.class)
  void filesystemsOfAFullPoolAreNotTriedOneByOneAndAnotherPoolGoesOn(Cause cause) throws Exception {
    for (String name : new String[] {"a", "b", "c"}) {
      guest.zfs("create", "-p", "src/s/" + name);
      guest.writeRandom("/src/s/" + name + "/file", 9 * 1024);
    }
    guest.zfs("snapshot", "-r", "src/s@1");
    guest.zfs("create", "dst/r");
    guest.zfs("create", "src/r");
    long available =
        Long.parseLong(guest.zfs("get", "-Hp", "-o", "value", "available", "dst").strip());
    switch (cause) {
      case QUOTA_OF_THE_POOL -> guest.zfs("set", "quota=6M", "dst");
      case FULL ->
          guest.zfs("create", "-o", "reservation=" + (available - (5 << 20)), "dst/ballast");
    }
    lab.filter = Map.of("src/s<", true, "src/s", false);
    lab.aroundReceiver = this::counting;

    RunResult result = lab.run();

    assertThat(receives).as("%s", result.errors()).hasValue(1);
    assertThat(result.attempt().filesystems()).hasSize(3);
    for (String name : new String[] {"a", "b", "c"}) {
      assertThat(state.snapshots("src/s/" + name)).containsExactly("@1");
    }
    lab.root = "src/r";
    lab.runWell();
    assertThat(state.snapshots("src/r/src/s/c")).containsExactly("@1");

    lab.root = "dst/r";
    switch (cause) {
      case QUOTA_OF_THE_POOL -> guest.zfs("set", "quota=none", "dst");
      case FULL -> guest.zfs("destroy", "dst/ballast");
    }
    lab.runWell();
    assertThat(state.snapshots("dst/r/src/s/a")).containsExactly("@1");
  }

  private Receiver counting(Receiver receiver) {
    return (Receiver)
        Proxy.newProxyInstance(
            Receiver.class.getClassLoader(),
            new Class<?>[] {Receiver.class},
            (_, method, arguments) -> {
              if (method.getName().equals("receive")) {
                receives.incrementAndGet();
              }
              try {
                return method.invoke(receiver, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}

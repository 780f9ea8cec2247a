package io.zrepl.daemon;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGINT and SIGTERM: the first asks for an orderly stop, the second ends the process at once, with
 * status 1. SIGHUP: the configuration is read again.
 *
 * <p>A shutdown hook would not do: the exit status would be that of the signal, and a second signal
 * would be ignored. The Java platform's only other way is {@code sun.misc.Signal}, exported by the
 * module {@code jdk.unsupported}; it is called by reflection because the compiler refuses to be
 * quiet about it.
 */
final class StopSignals {
  private static final Logger log = LoggerFactory.getLogger(StopSignals.class);

  private StopSignals() {}

  /**
   * Handles the signals from now on.
   *
   * @param ending what the daemon's main thread waits for
   * @param reload what SIGHUP does, on a thread of its own
   */
  static void install(Ending ending, Runnable reload) {
    AtomicInteger received = new AtomicInteger();
    for (String name : new String[] {"INT", "TERM"}) {
      handle(name, () -> received(name, received.incrementAndGet(), ending));
    }
    handle("HUP", () -> Thread.ofVirtual().name("reload").start(reload));
  }

  private static void received(String name, int count, Ending ending) {
    if (count == 1) {
      log.atInfo().addKeyValue("signal", "SIG" + name).log("stopping");
      ending.stop();
    } else {
      log.atError()
          .addKeyValue("signal", "SIG" + name)
          .log("second signal: ending at once, without waiting for running commands");
      Runtime.getRuntime().halt(1);
    }
  }

  private static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      log.atWarn()
          .addKeyValue("signal", "SIG" + name)
          .setCause(e)
          .log("this Java runtime cannot handle signals: the daemon ends without an orderly stop");
    }
  }
}
